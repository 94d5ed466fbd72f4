"""The header reader says what the official loader says, and says why."""

import io
import itertools
import os
from pathlib import Path
from typing import Any

import pytest
import safetensors
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.dtypes import DTYPES
from inspector.errors import AccessDenied, NotAFile, NotFound
from inspector.readers import header_scan
from inspector.readers.faults import FAULT_KINDS, KIND_BY_ID, MAX_FAULTS_PER_KIND
from inspector.readers.header import MAX_HEADER_BYTES, read_header
from inspector.readers.header_scan import MAX_FORMS
from tests.builder import file_bytes, framed, header_bytes, header_of
from tests.readers.mutations import files

A = '"dtype":"F32","shape":[1],"data_offsets":[0,4]'
FOUR = bytes(4)


def loader_opens(data: bytes) -> bool:
    try:
        safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError:
        return False
    return True


def entry(**fields: Any) -> bytes:
    base = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    return header_bytes({"a": base | fields})


#: literal header, data, fault kind expected ("" for none)
CASES: dict[str, tuple[bytes, bytes, str]] = {
    "plain": (f'{{"a":{{{A}}}}}'.encode(), FOUR, ""),
    "no tensors": (b"{}", b"", ""),
    "trailing comma": (f'{{"a":{{{A}}},}}'.encode(), FOUR, "header-not-json"),
    "comma after metadata only": (b'{"__metadata__":{},}', b"", "header-not-json"),
    "no comma after metadata": (f'{{"__metadata__":{{}}"a":{{{A}}}}}'.encode(), FOUR, "header-not-json"),
    "second value": (f'{{"a":{{{A}}}}}{{}}'.encode(), FOUR, "header-not-json"),
    "not utf-8": (b'{"\xff":1}', b"", "header-not-utf8"),
    "nul padding": (f'{{"a":{{{A}}}}}'.encode() + b"\0", FOUR, "header-not-json"),
    "list at the top": (b"[]", b"", "header-not-object"),
    "nan": (f'{{"a":{{{A},"x":NaN}}}}'.encode(), FOUR, "header-not-json"),
    "giant float": (f'{{"a":{{{A},"x":1e999}}}}'.encode(), FOUR, "number-out-of-range"),
    "giant integer": (f'{{"a":{{{A},"x":{"9" * 400}}}}}'.encode(), FOUR, "number-out-of-range"),
    "largest float": (f'{{"a":{{{A},"x":1.7976931348623157e308}}}}'.encode(), FOUR, "unknown-field"),
    "rounds to the largest float": (
        f'{{"a":{{{A},"x":1.7976931348623158e308}}}}'.encode(),
        FOUR,
        "number-out-of-range",
    ),
    "309 digits": (f'{{"a":{{{A},"x":{"1" * 309}}}}}'.encode(), FOUR, "unknown-field"),
    "long exponent": (f'{{"a":{{{A},"x":17.9e+0000000000307}}}}'.encode(), FOUR, "unknown-field"),
    "digits behind a giant": (f'{{"a":{{{A},"x":18446744073709551616.4e289}}}}'.encode(), FOUR, "number-out-of-range"),
    "126 deep": (f'{{"a":{{{A},"x":{"[" * 126}{"]" * 126}}}}}'.encode(), FOUR, "header-too-deep"),
    "125 deep": (f'{{"a":{{{A},"x":{"[" * 125}{"]" * 125}}}}}'.encode(), FOUR, "unknown-field"),
    "very deep": (b"[" * 200_000, b"", "header-too-deep"),
    "lone surrogate": (f'{{"\\ud800":{{{A}}}}}'.encode(), FOUR, "lone-surrogate"),
    "escaped backslash before u": (f'{{"\\\\ud800":{{{A}}}}}'.encode(), FOUR, ""),
    "pair of surrogates": (f'{{"\\ud83d\\ude00":{{{A}}}}}'.encode(), FOUR, ""),
    "metadata null": (b'{"__metadata__":null}', b"", "metadata-null"),
    "metadata number": (b'{"__metadata__":{"a":1}}', b"", "metadata-not-strings"),
    "metadata list": (b'{"__metadata__":[]}', b"", "metadata-not-strings"),
    "metadata twice": (b'{"__metadata__":{},"__metadata__":{}}', b"", "metadata-twice"),
    "metadata key twice": (b'{"__metadata__":{"a":"1","a":"2"}}', b"", "duplicate-metadata-key"),
    "name twice": (f'{{"a":{{{A}}},"a":{{{A}}}}}'.encode(), FOUR, "duplicate-name"),
    "name twice, escaped": (f'{{"a":{{{A}}},"\\u0061":{{{A}}}}}'.encode(), FOUR, "duplicate-name"),
    "name twice, the first impossible": (
        f'{{"a":{{"dtype":"F32","shape":[9],"data_offsets":[90,4]}},"a":{{{A}}}}}'.encode(),
        FOUR,
        "duplicate-name",
    ),
    "field twice": (f'{{"a":{{{A},"dtype":"F32"}}}}'.encode(), FOUR, "field-twice"),
    "field missing": (b'{"a":{"dtype":"F32","shape":[1]}}', FOUR, "field-missing"),
    "unknown field": (f'{{"a":{{{A},"x":1}}}}'.encode(), FOUR, "unknown-field"),
    "entry as list": (b'{"a":["F32",[1],[0,4]]}', FOUR, "array-entry"),
    "entry as longer list": (b'{"a":["F32",[1],[0,4],0]}', FOUR, "entry-not-a-tensor"),
    "entry as number": (b'{"a":1}', b"", "entry-not-a-tensor"),
    "dtype as object": (b'{"a":{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4]}}', FOUR, "dtype-as-object"),
    "dtype as fuller object": (b'{"a":{"dtype":{"F32":{}},"shape":[1],"data_offsets":[0,4]}}', FOUR, "dtype-unknown"),
    "dtype in lower case": (b'{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}', FOUR, "dtype-unknown"),
    "dimension 1.0": (b'{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', FOUR, "shape-invalid"),
    "dimension -0": (b'{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}', b"", "shape-invalid"),
    "dimension true": (b'{"a":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}', FOUR, "shape-invalid"),
    "dimension 01": (b'{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', FOUR, "header-not-json"),
    "dimension 2^64": (
        b'{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}}',
        FOUR,
        "shape-invalid",
    ),
    "three offsets": (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', FOUR, "offsets-invalid"),
    "hole": (b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}', FOUR, "hole"),
    "overlap": (
        b'{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}',
        FOUR,
        "overlap",
    ),
    "reversed": (b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[4,0]}}', FOUR, "offsets-reversed"),
    "wrong size": (b'{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}', FOUR, "size-mismatch"),
    "overflow": (b'{"a":{"dtype":"U8","shape":[2305843009213693952],"data_offsets":[0,4]}}', FOUR, "size-overflow"),
    "overflow before a zero": (
        b'{"a":{"dtype":"U8","shape":[9223372036854775808,9223372036854775808,0],"data_offsets":[0,0]}}',
        b"",
        "size-overflow",
    ),
    "zero before an overflow": (
        b'{"a":{"dtype":"U8","shape":[0,9223372036854775808,9223372036854775808],"data_offsets":[0,0]}}',
        b"",
        "",
    ),
    "half a byte": (b'{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}', b"\0", "bits-not-whole-bytes"),
    "data cut": (f'{{"a":{{{A}}}}}'.encode(), bytes(3), "data-beyond-file"),
    "data appended": (f'{{"a":{{{A}}}}}'.encode(), bytes(5), "trailing-bytes"),
    "leading blank": (f' {{"a":{{{A}}}}}'.encode(), FOUR, "leading-whitespace"),
    "much padding": (b"{}" + b" " * 5000, b"", "large-padding"),
    "tab padding": (b"{}\t\t", b"", "padding-not-spaces"),
    "tensor called metadata": (f'{{"__metadata__":{{{A}}}}}'.encode(), FOUR, "metadata-not-strings"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_the_loaders_and_the_fault_is_named(case: str) -> None:
    body, data, kind = CASES[case]
    shard = read_header(framed(body, data))
    assert shard.loadable is loader_opens(framed(body, data))
    assert {fault.kind for fault in shard.faults} >= ({kind} if kind else set())
    assert bool(shard.faults) is bool(kind)
    refused = any(KIND_BY_ID[fault.kind].refused for fault in shard.faults)
    assert refused is not shard.loadable


def test_every_kind_of_header_fault_has_a_case() -> None:
    framing = {"file-too-small", "header-too-large", "header-beyond-file", "lfs-pointer", "foreign-format"}
    refused = {kind.id for kind in FAULT_KINDS if kind.refused} - framing
    assert refused == {kind for _, _, kind in CASES.values() if kind and KIND_BY_ID[kind].refused}


def test_fault_kinds_are_a_table() -> None:
    assert len(KIND_BY_ID) == len(FAULT_KINDS)
    assert all(kind.expected and kind.source for kind in FAULT_KINDS)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "file-too-small"),
        (b"1234567", "file-too-small"),
        ((MAX_HEADER_BYTES + 1).to_bytes(8, "little") + b"{}", "header-too-large"),
        ((3).to_bytes(8, "little") + b"{}", "header-beyond-file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n", "lfs-pointer"),
        (b"<!doctype html><html><body>404</body></html>", "foreign-format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "foreign-format"),
        (b"PK\x03\x04" + bytes(60), "foreign-format"),
        (b"GGUF\x03\0\0\0" + bytes(60), "foreign-format"),
    ],
)
def test_what_is_not_framed_is_refused_and_named(data: bytes, kind: str) -> None:
    shard = read_header(data)
    assert shard.loadable is False
    assert kind in {fault.kind for fault in shard.faults}
    assert not loader_opens(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bytes(8), "a header length of 0"),
        (bytes(100), "nothing but zero bytes"),
        (bytes(8) + b"{}", "a header length of 0"),
        (b"Entry not found", "plain text that begins 'Entry not found'"),
        (b'{"error":"Repository not found"}', "JSON text that begins"),
        (b"\xef\xbb\xbfversion https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"# xet version 0\nfilesize = 1\n", "a Xet pointer"),
        (b"/annex/objects/SHA256E-s1--00\n", "a git-annex pointer"),
        (b"outs:\n- md5: 00\n", "a DVC pointer"),
        (framed(f'{{"a\tb":{{{A}}}}}'.encode(), FOUR), "Invalid control character at '"),
        (framed(f'{{"a":{{{A[:-5]}{{}}}}}}'.encode(), FOUR), "an object as data_offsets"),
        (framed(f'{{"a":{{"dtype":"{"F" * 99}","shape":[1],"data_offsets":[0,4]}}}}'.encode(), FOUR), "F'…"),
    ],
)
def test_what_is_seen_is_said_in_words(data: bytes, words: str) -> None:
    assert not loader_opens(data)
    assert words in "; ".join(fault.saw for fault in read_header(data).faults)


@pytest.mark.parametrize(("length", "opens"), [(MAX_HEADER_BYTES, True), (MAX_HEADER_BYTES + 1, False)])
def test_the_header_limit_is_the_formats(tmp_path: Path, length: int, opens: bool) -> None:
    path = tmp_path / "big.safetensors"
    with open(path, "wb") as file:
        file.write(length.to_bytes(8, "little") + b"{}")
        for _ in range(length // 1_000_000):
            file.write(b" " * 1_000_000)
        file.truncate(8 + length)
    if not opens:
        assert read_header(path).faults[0].kind == "header-too-large"
        return
    assert read_header(path).loadable is loader_opens(path.read_bytes())


def test_all_dtypes_are_read_with_their_widths() -> None:
    spec = {row.name: (row.name, (8,)) for row in DTYPES}
    shard = read_header(file_bytes(spec))
    assert shard.loadable is True
    assert [tensor.stored_bytes for tensor in shard.tensors] == [row.bits for row in DTYPES]


def test_every_byte_is_labelled_once() -> None:
    data = file_bytes({"a": ("F32", (2, 3)), "b": ("BF16", ()), "c": ("U8", (0,))}, {"format": "pt"})
    shard = read_header(data)
    assert shard.header_bytes + shard.stored_bytes == shard.file_bytes == len(data)
    assert shard.metadata == {"format": "pt"}
    assert [(t.name, t.shape, t.elements, t.declared_bytes) for t in shard.tensors] == [
        ("a", (2, 3), 6, 24),
        ("b", (), 1, 2),
        ("c", (0,), 0, 0),
    ]


def test_a_path_a_file_its_bytes_and_its_header_say_the_same(tmp_path: Path) -> None:
    data = file_bytes({"a": ("F32", (4,))})
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    length = int.from_bytes(data[:8], "little")
    tables = [
        read_header(path).tensors,
        read_header(str(path)).tensors,
        read_header(io.BytesIO(data)).tensors,
        read_header(data).tensors,
        read_header(data[: 8 + length], file_bytes=len(data)).tensors,
        read_header(data[8 : 8 + length], file_bytes=len(data)).tensors,
    ]
    assert all(table == tables[0] and len(table) == 1 for table in tables)


def test_bad_places_are_errors_with_a_subject(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        read_header(tmp_path / "nowhere.safetensors")
    with pytest.raises(NotAFile):
        read_header(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_fifo_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(NotAFile, match="FIFO"):
        read_header(tmp_path / "pipe.safetensors")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_access_denied(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"")
    path.chmod(0)
    with pytest.raises(AccessDenied, match="permission"):
        read_header(path)


def test_thousands_of_faults_are_counted_not_kept() -> None:
    header = {f"t{i}": {"dtype": "x", "shape": [1], "data_offsets": [0, 4]} for i in range(5000)}
    faults = read_header(header_bytes(header)).faults
    assert len(faults) == MAX_FAULTS_PER_KIND
    assert sum(fault.count for fault in faults) == 5000


def test_a_large_header_that_is_no_object_is_refused_without_being_read() -> None:
    shard = read_header(framed(b"[" * 3_000_000))
    assert shard.loadable is False
    assert [fault.kind for fault in shard.faults] == ["header-not-object"]


def test_a_header_that_costs_too_much_to_read_gets_no_verdict() -> None:
    body = b'{"__metadata__":{' + b",".join(b'"%d":""' % i for i in range(400_000)) + b"}}"
    shard = read_header(framed(body))
    assert shard.loadable is None
    assert "limit" in shard.limit


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("order", list(itertools.permutations(("dtype", "shape", "data_offsets"))))
def test_plain_headers_of_every_writer_take_the_fast_way(order: tuple[str, ...], separators: tuple[str, str]) -> None:
    import json

    spec = {"model.layers.0.weight": ("BF16", (2, 3)), "ü": ("F32", ()), "z": ("U8", (1, 2, 3))}
    header = {name: {key: fields[key] for key in order} for name, fields in header_of(spec).items()}
    text = json.dumps(header, separators=separators, ensure_ascii=False)
    rows = header_scan.scan(text, 1, len(text) - 1)
    if order[1] == "data_offsets":  # parts dtype from shape: no writer's habit, left to the strict reader
        assert rows is None
    else:
        assert rows is not None
        assert rows.names == list(spec)
        assert [form.shape for form in rows.forms] == [(2, 3), (), (1, 2, 3)]
    assert read_header(framed(text.encode(), bytes(22))).loadable is True


def test_a_header_longer_than_a_chunk_is_scanned_whole() -> None:
    spec = {f"model.layers.{i}.mlp.experts.weight": ("U8", (1,)) for i in range(30_000)}
    shard = read_header(file_bytes(spec))
    assert len(shard.tensors) == 30_000
    assert shard.loadable is True


def differences(seed: int, count: int) -> list[bytes]:
    """Mutated files on which reader and loader disagree."""
    return [
        data for data in itertools.islice(files(seed), count) if read_header(data).loadable is not loader_opens(data)
    ]


def test_no_disagreement_with_the_loader_on_mutated_files() -> None:
    assert differences(seed=20, count=8000) == []


@pytest.mark.slow
def test_no_disagreement_with_the_loader_on_a_million_mutated_files() -> None:
    assert differences(seed=21, count=1_000_000) == []


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise_and_agree_with_the_loader(data: bytes) -> None:
    assert read_header(data).loadable is loader_opens(data)
    assert read_header(framed(data)).loadable is loader_opens(framed(data))


@pytest.mark.parametrize(("count", "opens"), [(MAX_FORMS, True), (MAX_FORMS + 1, None)])
def test_more_forms_than_are_worked_on_get_no_verdict(count: int, opens: bool | None) -> None:
    shard = read_header(file_bytes({f"t{i}": ("U8", (0, i)) for i in range(count)}))
    assert shard.loadable is opens
    assert ("different forms" in shard.limit) is (opens is None)
