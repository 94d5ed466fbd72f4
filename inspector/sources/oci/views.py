"""Bytes that can be read at any place, whatever they lie in: a blob, a part of an archive, a file here."""

from collections.abc import Callable
from threading import Lock
from typing import Final, Protocol

#: What a first read of a blob asks for: an archive's first header, and that of the weights in it.
WINDOW_BYTES: Final = 64 * 1024

_MOST_KEPT_BYTES = 16 * 1024 * 1024
# Reads of this size are of contents, which nobody reads twice.
_MOST_KEPT_AT_ONCE = 1024 * 1024


class View(Protocol):
    """Some bytes. `size` is None where only reading to the end would tell."""

    @property
    def size(self) -> int | None: ...

    @property
    def fetched(self) -> int:
        """Bytes that were brought here so far to answer reads."""
        ...

    def read(self, start: int, stop: int, ahead: int = 0) -> bytes:
        """The bytes `[start, stop)`, fewer only where they end; up to `ahead` bytes from `start` on may come along.

        Raises `CannotLook`.
        """
        ...


class FetchedView:
    """A view whose every read costs a round trip: what came along with one answers the next."""

    def __init__(self, size: int, fetch: Callable[[int, int], bytes], beginning: bytes = b"") -> None:
        self.size, self._fetch = size, fetch
        self.fetched = 0
        self._lock = Lock()
        self._kept: list[tuple[int, bytes]] = [(0, beginning)] if beginning else []

    def read(self, start: int, stop: int, ahead: int = 0) -> bytes:
        stop = min(stop, self.size)
        if start >= stop:
            return b""
        have = self._held(start, stop)
        if len(have) == stop - start:
            return have
        begin = start + len(have)
        data = have + self._fetch(begin, min(self.size, max(stop, begin + ahead)))
        self._keep(start, data, len(data) - len(have))
        return data[: stop - start]

    def _held(self, start: int, stop: int) -> bytes:
        """The longest beginning of `[start, stop)` that is here."""
        with self._lock:
            best = b""
            for at, data in reversed(self._kept):
                part = data[start - at : stop - at] if at <= start else b""
                if len(part) == stop - start:
                    return part
                best = max(best, part, key=len)
            return best

    def _keep(self, start: int, data: bytes, count: int) -> None:
        with self._lock:
            self.fetched += count
            if len(data) > _MOST_KEPT_AT_ONCE:
                return
            self._kept.append((start, data))
            while sum(len(kept) for _, kept in self._kept) > _MOST_KEPT_BYTES:
                del self._kept[0]


class PartView:
    """A part of another view."""

    def __init__(self, whole: View, start: int, size: int) -> None:
        self.size, self._whole, self._start = size, whole, start

    @property
    def fetched(self) -> int:
        return self._whole.fetched

    def read(self, start: int, stop: int, ahead: int = 0) -> bytes:
        stop = min(stop, self.size)
        if start >= stop:
            return b""
        most_ahead = min(ahead, self.size - start)
        return self._whole.read(self._start + start, self._start + stop, most_ahead)


class LocalView:
    """A file of a local source."""

    def __init__(self, size: int, read: Callable[[int, int], bytes]) -> None:
        self.size, self._read = size, read
        self.fetched = 0

    def read(self, start: int, stop: int, ahead: int = 0) -> bytes:
        data = self._read(start, min(stop, self.size)) if start < min(stop, self.size) else b""
        self.fetched += len(data)
        return data
