"""The content of a gzip stream at any place within stated bounds: unpacked from the nearest place that is known."""

import zlib
from threading import Lock
from typing import Any

from inspector.errors import CannotLook, LimitReached
from inspector.sources.oci.views import WINDOW_BYTES, View
from inspector.units import format_bytes

_STEP_BYTES = 256 * 1024
# Packed bytes are fetched in large steps and unpacked in small ones: what follows a stream is copied at its end.
_LARGE_STEP_BYTES = 1024 * 1024
_SLICE_BYTES = 32 * 1024
_MOST_STREAMS = 200_000
_FIRST_SPACING_BYTES = 1024 * 1024
_MOST_PLACES = 32


class Gunzipped:
    """A view of what the first `most_packed` bytes of `packed` unpack to, and of no more than `most_unpacked` of that.

    Its size is not known.
    """

    size = None

    def __init__(self, packed: View, most_packed: int, most_unpacked: int) -> None:
        self._packed = packed
        self._most_packed = min(most_packed, packed.size or 0)
        self._most_unpacked = most_unpacked
        self._lock = Lock()
        self._spacing = _FIRST_SPACING_BYTES
        self._places: list[tuple[int, int, Any]] = []
        self._at, self._from, self._unpacker, self._pending = 0, 0, _unpacker(), b""
        self._ended = False
        self._streams = 0

    @property
    def fetched(self) -> int:
        return self._packed.fetched

    def read(self, start: int, stop: int, ahead: int = 0) -> bytes:
        if stop > self._most_unpacked:
            raise self._too_far(self._most_unpacked, "of its content ")
        with self._lock:
            self._seek(start)
            parts: list[bytes] = []
            while self._at < stop and (part := self._unpack(stop - self._at)):
                parts.append(part)
            return b"".join(parts)

    def _seek(self, start: int) -> None:
        if start < self._at:
            known = [place for place in self._places if place[0] <= start]
            self._at, self._from, unpacker = known[-1] if known else (0, 0, _unpacker())
            self._unpacker, self._pending, self._ended, self._streams = unpacker.copy(), b"", False, 0
        while self._at < start and self._unpack(start - self._at):
            pass

    def _unpack(self, count: int) -> bytes:
        """Up to `count` bytes more, b"" at the end. Raises `LimitReached` where the bound on packed bytes is."""
        while not self._ended:
            if not self._pending:
                self._note_place()
            packed = self._pending or self._more()
            try:
                part = self._unpacker.decompress(packed, min(count, _STEP_BYTES))
            except zlib.error:
                raise CannotLook(f"its gzip stream is broken after {self._at:,} unpacked bytes") from None
            self._at += len(part)
            self._pending = self._unpacker.unconsumed_tail
            if self._unpacker.eof:
                self._next_member()
            if part:
                return bytes(part)
            self._ended = self._ended or not packed
        return b""

    def _note_place(self) -> None:
        """Now and then, a place to come back to; where there are many, every second is enough."""
        last = self._places[-1][0] if self._places else 0
        if self._at < last + self._spacing:
            return
        self._places.append((self._at, self._from, self._unpacker.copy()))
        if len(self._places) > _MOST_PLACES:
            self._places, self._spacing = self._places[1::2], 2 * self._spacing

    def _more(self) -> bytes:
        if self._from >= self._most_packed < (self._packed.size or 0):
            raise self._too_far(self._most_packed, "")
        ahead = WINDOW_BYTES if self._from < _LARGE_STEP_BYTES else _LARGE_STEP_BYTES
        stop = min(self._from + _SLICE_BYTES, self._most_packed)
        data = self._packed.read(self._from, stop, min(ahead, self._most_packed - self._from))
        self._from += len(data)
        return data

    def _next_member(self) -> None:
        """A gzip file may be several streams in a row; what follows the last and is none is padding."""
        self._pending = self._unpacker.unused_data or self._more()
        if self._pending.startswith(b"\x1f"):
            self._unpacker = _unpacker()
            self._streams += 1
            if self._streams > _MOST_STREAMS:
                raise LimitReached(f"it is compressed in more than {_MOST_STREAMS:,} streams")
        else:
            self._ended, self._pending = True, b""

    def _too_far(self, most_bytes: int, of: str) -> CannotLook:
        bound = format_bytes(most_bytes, "iec")
        return LimitReached(f"it is compressed, and no more than the first {bound} {of}are unpacked")


def _unpacker() -> Any:
    return zlib.decompressobj(wbits=31)
