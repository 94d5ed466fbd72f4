"""Beginnings of files and small files that were read before, kept by the hash of the whole file's content.

An entry belongs to the server that promised the hash: nobody can plant a header under a hash that another
server vouches for. It says itself what it is the beginning of, so that a file in the wrong place counts for nothing.
Nothing here ever fails a read: a cache that cannot be read or written is an empty one.
"""

import hashlib
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress

from inspector.errors import CannotLook
from inspector.sources.local import open_regular, read_exactly
from inspector.values import frozen

DEFAULT_LIMIT_BYTES = 250_000_000
MOST_ENTRY_BYTES = 128 * 1024 * 1024

_SUFFIX = ".beginning"
_MAGIC = "inspector-cache-2"
_KEPT_PERCENT = 80


@frozen
class CacheUse:
    """What a cache holds."""

    folder: str
    entries: int
    bytes: int
    limit_bytes: int


class HeaderCache:
    """A folder of compressed beginnings, never larger than its limit for long: the oldest go first."""

    def __init__(self, folder: str, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._used: int | None = None

    def get(self, owner: str, content_hash: str) -> bytes | None:
        """The beginning that `put` was given for this hash by this owner, None where there is none."""
        name = _name(owner, content_hash)
        with suppress(OSError, CannotLook), open_regular(self._path(name), name) as file:
            return _unpacked(read_exactly(file, MOST_ENTRY_BYTES), _first_line(name))
        return None

    def put(self, owner: str, content_hash: str, beginning: bytes) -> None:
        """Keeps a beginning. It replaces one that is there."""
        name = _name(owner, content_hash)
        packed = _first_line(name) + zlib.compress(beginning, 1)
        if len(beginning) > MOST_ENTRY_BYTES or len(packed) > self._limit // 4:
            return
        with suppress(OSError):
            self._write(self._path(name), packed)
            self._make_room(len(packed))

    def use(self) -> CacheUse:
        sizes = [size for _, size, _ in self._entries()]
        return CacheUse(folder=self._folder, entries=len(sizes), bytes=sum(sizes), limit_bytes=self._limit)

    def clear(self) -> CacheUse:
        """Removes every entry, and nothing else. Tells what was there."""
        before = self.use()
        for _, _, path in self._entries():
            with suppress(OSError):
                os.unlink(path)
        return before

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name[:2], name + _SUFFIX)

    def _write(self, path: str, packed: bytes) -> None:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        temporary = f"{path[: -len(_SUFFIX)]}-{os.getpid()}-{threading.get_ident()}{_SUFFIX}"
        try:
            with open(temporary, "wb") as file:
                file.write(packed)
            os.replace(temporary, path)
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def _make_room(self, added: int) -> None:
        with self._lock:
            self._used = sum(size for _, size, _ in self._entries()) if self._used is None else self._used + added
            if self._used > self._limit:
                self._used = self._evict()

    def _evict(self) -> int:
        entries = sorted(self._entries())
        used = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if used <= self._limit * _KEPT_PERCENT // 100:
                break
            with suppress(OSError):
                os.unlink(path)
                used -= size
        return used

    def _entries(self) -> Iterator[tuple[int, int, str]]:
        """Time of writing, size and path of each entry."""
        with suppress(OSError), os.scandir(self._folder) as folders:
            for folder in folders:
                if len(folder.name) == 2 and folder.is_dir(follow_symlinks=False):
                    yield from _entries_in(folder.path)


def _entries_in(folder: str) -> Iterator[tuple[int, int, str]]:
    with suppress(OSError), os.scandir(folder) as files:
        for file in files:
            if file.name.endswith(_SUFFIX) and file.is_file(follow_symlinks=False):
                found = file.stat(follow_symlinks=False)
                yield found.st_mtime_ns, found.st_size, file.path


def _name(owner: str, content_hash: str) -> str:
    return hashlib.sha256(f"{owner}\n{content_hash}".encode()).hexdigest()


def _first_line(name: str) -> bytes:
    return f"{_MAGIC} {name}\n".encode("ascii")


def _unpacked(packed: bytes, first_line: bytes) -> bytes | None:
    if not packed.startswith(first_line):
        return None
    unpacker = zlib.decompressobj()
    try:
        beginning = unpacker.decompress(packed[len(first_line) :], MOST_ENTRY_BYTES + 1)
    except zlib.error:
        return None
    return beginning if unpacker.eof and len(beginning) <= MOST_ENTRY_BYTES else None
