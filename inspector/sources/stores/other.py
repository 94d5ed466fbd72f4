"""Any other file system that fsspec knows: listed once, ranges by keyword, each call under a time limit."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from inspector.errors import CannotLook, ChangedWhileReading, NotFound, Unreachable
from inspector.model import ReadCost
from inspector.sources.network.ranges import Received
from inspector.sources.stores.libraries import told, within
from inspector.sources.stores.store import MOST_OBJECTS, Stored, too_many

T = TypeVar("T")

#: How long one call of a library may take: it tells nothing until it is done.
CALL_SECONDS: Final = 60.0

# Fields of a description that change with the content.
_IDENTITY_FIELDS = ("version_id", "etag", "ETag", "generation", "md5", "sha256", "mtime", "modified", "created")


class OtherStore:
    """What an fsspec file system holds; a file that changes between two reads is noticed by its description."""

    def __init__(self, ref: str, fs: Any, *, call_seconds: float = CALL_SECONDS) -> None:
        self._ref, self._fs, self._seconds = ref, fs, call_seconds
        self._lock = threading.Lock()
        self._requests = self._bytes = 0
        self._seen: dict[str, Mapping[str, Any]] = {}
        self._closed = False

    def find(self, prefix: str) -> Mapping[str, Stored]:
        found = self._call(self._ref, lambda: self._fs.find(prefix.rstrip("/"), detail=True))
        if len(found) > MOST_OBJECTS:
            raise too_many(self._ref)
        self._seen = {key: info for key, info in found.items() if key.startswith(prefix)}
        return {key: _stored(info) for key, info in self._seen.items()}

    def read(self, subject: str, key: str, start: int, stop: int, known: Stored | None) -> Received:
        size = self._unchanged_bytes(subject, key, asked_again=start > 0)
        stop = min(stop, size)
        data = b""
        if start < stop:
            data = self._call(subject, lambda: bytes(self._fs.cat_file(key, start=start, end=stop)))
        if len(data) != max(0, stop - start):
            wanted = f"{stop - start:,} bytes from {start:,} on"
            raise ChangedWhileReading(f"{subject}: {wanted} expected, {len(data):,} came.")
        with self._lock:
            self._bytes += len(data)
        return Received(data=data, total_bytes=size, identity="")

    def _unchanged_bytes(self, subject: str, key: str, *, asked_again: bool) -> int:
        """Size of a file; where it was read before, it is described again, and must be the same."""
        before = self._seen.get(key)
        if before is None or asked_again:
            self._fs.invalidate_cache()
            now = self._call(subject, lambda: self._fs.info(key))
            if now.get("type") == "directory":
                raise NotFound(f"{subject}: a folder.")
            if before is not None and _differs(before, now):
                raise ChangedWhileReading(f"{subject}: it was replaced between two reads.")
            self._seen[key] = before = now
        return _stored(before).bytes or 0

    def cost(self) -> ReadCost:
        return ReadCost(requests=self._requests, bytes=self._bytes)

    def close(self) -> None:
        self._closed = True

    def _call(self, subject: str, call: Callable[[], T]) -> T:
        if self._closed:
            raise CannotLook("The run was stopped.")
        with self._lock:
            self._requests += 1
        late = Unreachable(f"{subject}: no answer in {self._seconds:g} s.")
        return told(subject, lambda: within(self._seconds, call, late))


def _stored(info: Mapping[str, Any]) -> Stored:
    size = info.get("size")
    return Stored(bytes=size if isinstance(size, int) and size >= 0 else None)


def _differs(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Two descriptions of one file that are not of one content; fields that they do not share say nothing."""
    told = [(before[name], now[name]) for name in _IDENTITY_FIELDS if before.get(name) and now.get(name)]
    shared = [(old, new) for old, new in told if type(old) is type(new)]
    return before.get("size") != now.get("size") or any(old != new for old, new in shared)
