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
        (b"[" * 100_000, "nests too deeply"),
        (b"9" * 5000, "number too long"),
        (b"[" * (MAX_CONTAINERS + 1), "limit"),
    ],
)
def test_what_is_no_json_says_why(raw: bytes, why: str) -> None:
    with pytest.raises(NotJson, match=why):
        parse_json(raw)
