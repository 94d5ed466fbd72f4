"""What the files beside the weights really are: their first bytes, the members of archives, the ends of weight files.

Nothing is unpacked and nothing is run. Each file costs one short read, archives and weight files one more.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from inspector.errors import CannotLook
from inspector.knowledge.file_kinds import KIND_BY_ID, LOOK_BYTES, recognise_content
from inspector.model import RepositoryFile
from inspector.sources.base import Source
from inspector.values import frozen

#: At most so many files of one target are looked into, those that can run code by their names first.
MAX_FILES: Final = 1000
#: A ZIP archive ends with its directory: this much of the end finds one that has no long comment.
TAIL_BYTES: Final = 65_557
#: The longest ZIP directory that is read.
MAX_DIRECTORY_BYTES: Final = 4_000_000

_MEMBERS_THAT_RUN: Final = re.compile(
    r"\.(?:pkl|pickle|pt|pth|ckpt|bin|joblib|dill|npy|py|pyc|so|dll|exe|sh|bat|ps1|jar|class)$", re.IGNORECASE
)


@frozen
class Content:
    """What one file is by content. `named` is its kind by name and `promised` that kind in words.

    `kind` and `label` are "" where the bytes tell nothing; `members` are the archive's members that can run code;
    `also` says what else the file is; `harmless` is True where the content contradicts a dangerous name.
    """

    path: str
    named: str
    promised: str
    kind: str = ""
    label: str = ""
    members: tuple[str, ...] = ()
    also: str = ""
    harmless: bool = False


def look_into(source: Source, files: Sequence[RepositoryFile]) -> tuple[Mapping[str, Content], tuple[str, ...]]:
    """What the first `MAX_FILES` files are, by path; and the paths of those that could not be looked into."""
    contents: dict[str, Content] = {}
    failed: list[str] = []
    for file in files[:MAX_FILES]:
        try:
            contents[file.path] = _look(source, file)
        except CannotLook:
            failed.append(file.path)
    return contents, tuple(failed)


def _look(source: Source, file: RepositoryFile) -> Content:
    promised = KIND_BY_ID[file.kind].label if file.kind in KIND_BY_ID else "a file of another kind"
    if file.kind == "weights":
        also = "a ZIP archive" if _zip_members(source, file) is not None else ""
        return Content(path=file.path, named=file.kind, promised=promised, also=also)
    first = source.read(file.path, 0, min(LOOK_BYTES, file.bytes))
    kind, label = recognise_content(first, file.bytes)
    if kind == "numpy" and b"|O" in first:
        kind, label = "pickle", "a NumPy array of objects (a pickle)"
    members: tuple[str, ...] = ()
    if kind == "archive" or "ZIP" in label:
        members = tuple(name for name in _zip_members(source, file) or () if _MEMBERS_THAT_RUN.search(name))
    if kind == "archive" and file.kind in ("pickle", "torch-program") and members:
        kind, label = "pickle", f"{label} with {members[0]}"
    harmless = kind in _HARMLESS
    return Content(
        path=file.path, named=file.kind, promised=promised, kind=kind, label=label, members=members, harmless=harmless
    )


_HARMLESS: Final = frozenset({"lfs-pointer", "text", "json", "image", "media", "gguf", "data"})


def _zip_members(source: Source, file: RepositoryFile) -> list[str] | None:
    """Names of the members of the ZIP archive that ends with the file, None where there is none."""
    tail_start = max(0, file.bytes - TAIL_BYTES)
    tail = source.read(file.path, tail_start, file.bytes)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return None
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    begin = tail_start + at - size
    if at + 22 + comment != len(tail) or begin < 0 or size > MAX_DIRECTORY_BYTES:
        return None
    directory = source.read(file.path, begin, begin + size)
    return _names(directory, entries) if directory[:4] == b"PK\x01\x02" else None


def _names(directory: bytes, entries: int) -> list[str]:
    names: list[str] = []
    at = 0
    while len(names) < entries and directory[at : at + 4] == b"PK\x01\x02":
        name, extra, comment = (int.from_bytes(directory[at + i : at + i + 2], "little") for i in (28, 30, 32))
        names.append(directory[at + 46 : at + 46 + name].decode("utf-8", "replace"))
        at += 46 + name + extra + comment
    return names
