"""Git LFS pointers and where their content is."""

from pathlib import Path

import pytest

from inspector.readers.header import read_shard
from inspector.sources.git_lfs import MOST_POINTER_BYTES, Pointer, find_object, parse_pointer
from inspector.sources.local import open_local

OID = "0123456789abcdef" * 4
TEXT = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + OID.encode() + b"\nsize 7\n"
POINTER = Pointer(sha256=OID, bytes=7)


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        TEXT.rstrip(b"\n"),
        TEXT.replace(b"\n", b"\r\n"),
        TEXT.replace(b"https://git-lfs.github.com/spec/v1", b"https://hawser.github.com/spec/v1"),
        TEXT.replace(b"https://git-lfs.github.com/spec/v1", b"http://git-media.io/v/2"),
        TEXT.replace(b"oid", b"ext-0-foo sha256:" + b"f" * 64 + b"\noid"),
        TEXT + b"\n" * (MOST_POINTER_BYTES - 1 - len(TEXT)),
    ],
)
def test_a_pointer(data: bytes) -> None:
    assert parse_pointer(data) == POINTER


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"version 1\n",
        TEXT.replace(b"sha256", b"sha512"),
        TEXT.replace(OID.encode(), OID[:-1].encode()),
        TEXT.replace(b"size 7", b"size -7"),
        TEXT.replace(b"size 7", b"size 07"),
        TEXT.replace(b"spec/v1", b"spec/v12"),
        TEXT + b"\n" * (MOST_POINTER_BYTES - len(TEXT)),
        b"\x08\0\0\0\0\0\0\0{}      " + TEXT,
    ],
)
def test_no_pointer(data: bytes) -> None:
    assert parse_pointer(data) is None


def lay_object(git_folder: Path, data: bytes = b"content") -> Path:
    path = git_folder / "lfs" / "objects" / OID[:2] / OID[2:4] / OID
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def test_the_object_of_the_repository_at_or_above(tmp_path: Path) -> None:
    path = lay_object(tmp_path / ".git")
    (tmp_path / "models" / "a").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "models" / "a"):
        assert find_object(str(folder), POINTER) == str(path)


def test_the_object_of_a_worktree_is_in_the_main_repository(tmp_path: Path) -> None:
    path = lay_object(tmp_path / "main" / ".git")
    own = tmp_path / "main" / ".git" / "worktrees" / "w"
    own.mkdir(parents=True)
    (own / "commondir").write_text("../..\n", encoding="utf-8")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / ".git").write_text(f"gitdir: {own}\n", encoding="utf-8")
    assert find_object(str(tmp_path / "w"), POINTER) == str(path)


def test_the_object_of_a_submodule_is_with_its_own_repository(tmp_path: Path) -> None:
    path = lay_object(tmp_path / ".git" / "modules" / "models" / "a")
    (tmp_path / "models" / "a" / "unet").mkdir(parents=True)
    (tmp_path / "models" / "a" / ".git").write_text("gitdir: ../../.git/modules/models/a\n", encoding="utf-8")
    assert find_object(str(tmp_path / "models" / "a" / "unet"), POINTER) == str(path)
    assert find_object(str(tmp_path), POINTER) is None


def test_an_object_that_was_not_fetched(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert find_object(str(tmp_path), POINTER) is None


def test_an_object_of_another_size_is_not_taken(tmp_path: Path) -> None:
    lay_object(tmp_path / ".git", b"too long a content")
    assert find_object(str(tmp_path), POINTER) is None


def test_a_link_in_place_of_an_object_is_not_followed(tmp_path: Path) -> None:
    path = lay_object(tmp_path / ".git")
    path.unlink()
    (tmp_path / "secret").write_bytes(b"content")
    path.symlink_to(tmp_path / "secret")
    assert find_object(str(tmp_path), POINTER) is None


def test_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("not a link to a repository\n", encoding="utf-8")
    assert find_object(str(tmp_path), POINTER) is None


class TestCheckout:
    """A working copy in which some files are still pointers."""

    def test_fetched_content_is_read_in_place_of_its_pointer(self, tmp_path: Path) -> None:
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "model.safetensors").write_bytes(TEXT)
        lay_object(tmp_path / ".git")
        source = open_local(str(tmp_path / "model"))
        (file,) = source.list_files()
        assert (file.bytes, file.sha256) == (7, OID)
        assert file.link_target == f".git/lfs/objects/{OID[:2]}/{OID[2:4]}/{OID}"
        assert source.read("model.safetensors", 0, 100) == b"content"
        assert source.size_bytes("model.safetensors") == 7

    def test_a_pointer_without_its_content_is_what_it_is(self, tmp_path: Path) -> None:
        (tmp_path / "model.safetensors").write_bytes(TEXT)
        (tmp_path / ".git").mkdir()
        source = open_local(str(tmp_path))
        (file,) = source.list_files()
        assert file.bytes == len(TEXT)
        shard = read_shard(file.path, file.bytes, lambda needed: source.read_beginning(file.path, needed))
        (pointer,) = [fault for fault in shard.faults if fault.kind == "lfs-pointer"]
        assert pointer.saw == f"a Git LFS pointer to 7 bytes with SHA-256 {OID}"
