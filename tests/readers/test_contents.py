"""What files are by content."""

import io
import pickle
import zipfile
from pathlib import Path

import pytest

from inspector.model import RepositoryFile
from inspector.readers.contents import MAX_FILES, Content, look_into
from inspector.sources.local import open_local


def _look(folder: Path, name: str, content: bytes, kind: str) -> Content:
    (folder / name).write_bytes(content)
    file = RepositoryFile(path=name, bytes=len(content), kind=kind)
    contents, failed = look_into(open_local(str(folder)), [file])
    assert failed == ()
    return contents[name]


def _zip(*members: str, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, b"x" * 100)
        archive.comment = comment
    return buffer.getvalue()


def test_a_pickle_is_a_pickle(tmp_path: Path) -> None:
    found = _look(tmp_path, "x.bin", pickle.dumps({"a": 1}), "pickle")
    assert (found.kind, found.harmless) == ("pickle", False)


def test_a_numpy_array_of_objects_is_a_pickle(tmp_path: Path) -> None:
    head = b"\x93NUMPY\x01\x00v\x00{'descr': '%s', 'fortran_order': False, 'shape': (1,)}"
    assert _look(tmp_path, "a.npy", head % b"|O", "numpy").kind == "pickle"
    assert _look(tmp_path, "b.npy", head % b"<f4", "numpy").kind == "numpy"


def test_text_under_a_dangerous_name_is_harmless(tmp_path: Path) -> None:
    assert _look(tmp_path, "x.bin", b"nothing but text here", "pickle").harmless


def test_members_of_archives_that_can_run_are_named(tmp_path: Path) -> None:
    found = _look(tmp_path, "x.zip", _zip("a/data.pkl", "a/readme.txt", "b/setup.py"), "archive")
    assert found.members == ("a/data.pkl", "b/setup.py")


def test_an_archive_of_torch_is_a_pickle(tmp_path: Path) -> None:
    assert _look(tmp_path, "x.pt", _zip("model/data.pkl"), "pickle").kind == "pickle"


@pytest.mark.parametrize(
    ("tail", "also"),
    [
        (_zip("a.txt"), "a ZIP archive"),
        (_zip("a.txt", comment=b"c" * 1000), "a ZIP archive"),
        (_zip("a.txt") + b"x", ""),
        (b"PK\x05\x06" + bytes(18), ""),
        (b"PK\x05\x06", ""),
        (b"", ""),
    ],
)
def test_the_end_of_a_weight_file_tells_a_polyglot(tail: bytes, also: str, tmp_path: Path) -> None:
    content = (2).to_bytes(8, "little") + b"{}" + tail
    assert _look(tmp_path, "x.safetensors", content, "weights").also == also


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "here.bin").write_bytes(b"x")
    files = [RepositoryFile(path=name, bytes=1, kind="pickle") for name in ("here.bin", "gone.bin")]
    contents, failed = look_into(open_local(str(tmp_path)), files)
    assert list(contents) == ["here.bin"]
    assert failed == ("gone.bin",)


def test_files_beyond_the_limit_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"x")
    first = RepositoryFile(path="a.bin", bytes=1, kind="pickle")
    gone = RepositoryFile(path="gone.bin", bytes=1, kind="pickle")
    assert look_into(open_local(str(tmp_path)), [first] * MAX_FILES + [gone])[1] == ()
    assert look_into(open_local(str(tmp_path)), [first] * (MAX_FILES - 1) + [gone])[1] == ("gone.bin",)
