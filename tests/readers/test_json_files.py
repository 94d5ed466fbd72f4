"""Configuration and indexes: bounded, tolerant as the libraries are, duplicates noticed."""

import pytest

from inspector.readers.json_files import MAX_CONTAINERS, NotJson, parse_json


@pytest.mark.parametrize(
    ("text", "value", "twice"),
    [
        ('{"a": 1}', {"a": 1}, []),
        (
            '{"a": {"b": ["c", {"d": "e"}]}, "f": "g", "h": null}',
            {"a": {"b": ["c", {"d": "e"}]}, "f": "g", "h": None},
            [],
        ),
        ('{"a": 1, "a": 2}', {"a": 2}, ["a"]),
        ('{"x": {"a": "1", "b": "2", "a": "3"}}', {"x": {"a": "3", "b": "2"}}, ["a"]),
        ('{"a": 1, "\\u0061": 2}', {"a": 2}, ["a"]),
        ('{"a": "\\"", "b": 1}', {"a": '"', "b": 1}, []),
        ('"a"', "a", []),
        ("[]", [], []),
        ("3", 3, []),
    ],
)
def test_keys_that_come_twice_are_noticed(text: str, value: object, twice: list[str]) -> None:
    repeated: list[str] = []
    assert parse_json(text.encode(), repeated=repeated) == value
    assert repeated == twice


def test_what_the_libraries_write_is_taken() -> None:
    assert str(parse_json(b'{"a": NaN, "b": Infinity}')) == "{'a': nan, 'b': inf}"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"{", "line 1"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"\xff", "UTF-8"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16 text"),
        (b"[" * 100_000, "nests too deeply"),
        (b"9" * 5000, "number too long"),
        (b"[" * (MAX_CONTAINERS + 1), "limit"),
    ],
)
def test_what_is_no_json_says_why(raw: bytes, why: str) -> None:
    with pytest.raises(NotJson, match=why):
        parse_json(raw)


def test_integers_beyond_64_bits_are_no_counts() -> None:
    largest = 2**64 - 1
    assert parse_json(f"[{largest}, {largest + 1}, -1, 1{'0' * 400}]".encode()) == [largest, 2.0**64, -1, float("inf")]
