"""One large header at a time: what is made of a header takes many times the memory of its text."""

from threading import Lock
from typing import Final

from inspector.sources.base import Needed

#: Headers up to this size, some 25,000 tensors, are read at once.
LARGE_BYTES: Final = 2_000_000


class Turn:
    """One header's reading and parsing; a large one waits until no other large one is under way."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._taken = False

    def waits(self, needed: Needed) -> Needed:
        """`needed`, which waits where the answer is large: before the rest of the header is read."""

        def count(first: bytes) -> int:
            wanted = needed(first)
            if wanted > LARGE_BYTES and not self._taken:
                self._lock.acquire()
                self._taken = True
            return wanted

        return count

    def __enter__(self) -> "Turn":
        return self

    def __exit__(self, *_: object) -> None:
        if self._taken:
            self._lock.release()
