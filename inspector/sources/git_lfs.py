"""Git LFS: recognising a pointer that stands where a file should be, and finding the file in the repository."""

import os
import re
import stat
from typing import Final

from inspector.values import frozen

MOST_POINTER_BYTES = 1024
_VERSIONS = (
    b"version https://git-lfs.github.com/spec/v1",
    b"version https://hawser.github.com/spec/v1",
    b"version http://git-media.io/v/2",
)
# Compiled on first use: hardly any run meets a pointer.
_OID: Final = rb"oid sha256:([0-9a-f]{64})"
_SIZE: Final = rb"size (0|[1-9]\d{0,18})"
_MOST_GITDIR_BYTES = 4096


@frozen
class Pointer:
    """The promise of a pointer file: the size and SHA-256 of the real content."""

    sha256: str
    bytes: int


def parse_pointer(data: bytes) -> Pointer | None:
    """The pointer that `data`, a file's whole content, is; None for everything else."""
    if len(data) >= MOST_POINTER_BYTES or not data.startswith(_VERSIONS):
        return None
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    oid = next((match for line in lines if (match := re.fullmatch(_OID, line))), None)
    size = next((match for line in lines if (match := re.fullmatch(_SIZE, line))), None)
    if lines[0] not in _VERSIONS or oid is None or size is None:
        return None
    return Pointer(sha256=oid[1].decode("ascii"), bytes=int(size[1]))


def find_object(folder: str, pointer: Pointer) -> str | None:
    """Path of the real content in the repository that `folder` belongs to, None where it was not fetched.

    Only a regular file of the promised size is taken; its content is not hashed.
    """
    git_folder = _git_folder(folder)
    if git_folder is None:
        return None
    oid = pointer.sha256
    path = os.path.join(git_folder, "lfs", "objects", oid[:2], oid[2:4], oid)
    try:
        found = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return path if stat.S_ISREG(found.st_mode) and found.st_size == pointer.bytes else None


def shown_object(pointer: Pointer) -> str:
    """Where the real content is, as a report names it: from the repository's root."""
    oid = pointer.sha256
    return f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}"


def _git_folder(folder: str) -> str | None:
    """The `.git` folder of the nearest repository at or above `folder`; that of the main one for a worktree."""
    current = os.path.abspath(folder)
    while True:
        candidate = os.path.join(current, ".git")
        if os.path.isdir(candidate):
            return candidate
        if os.path.isfile(candidate):
            return _linked_git_folder(candidate)
        parent = os.path.dirname(current)
        if parent == current:
            return None
        current = parent


def _linked_git_folder(file: str) -> str | None:
    text = _first_line(file)
    if not text.startswith("gitdir: "):
        return None
    own = os.path.join(os.path.dirname(file), text.removeprefix("gitdir: "))
    common = _first_line(os.path.join(own, "commondir"))
    return os.path.normpath(os.path.join(own, common)) if common else os.path.normpath(own)


def _first_line(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_GITDIR_BYTES).split(b"\n")[0].decode("utf-8", "replace").strip()
    except OSError:
        return ""
