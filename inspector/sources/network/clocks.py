"""How long reads may take: one answer by its speed, all reads of a source together."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from inspector.errors import CannotLook, Unreachable
from inspector.sources.network.settings import Patience

# Reads that bring so much never run out of time together.
GETTING_ON_BYTES_PER_SECOND = 64 * 1024


class Run:
    """The time that all reads of one source share; only time with a read under way counts.

    What arrives adds to it, so that reading gigabytes (verify) ends only where it no longer gets on.
    """

    def __init__(self, total_seconds: float, *, extended_by_bytes: bool = True) -> None:
        self._total_seconds = total_seconds
        self._extended_by_bytes = extended_by_bytes
        self._lock = threading.Lock()
        self._under_way = 0
        self._spent = 0.0
        self._since = 0.0
        self._stopped = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A read is under way."""
        with self._lock:
            self._since = self._since if self._under_way else time.monotonic()
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                self._spent += 0.0 if self._under_way else time.monotonic() - self._since

    def left(self) -> float:
        """Seconds that remain. Raises `Unreachable` when there are none, `CannotLook` after `stop`."""
        if self._stopped.is_set():
            raise CannotLook("The run was stopped.")
        with self._lock:
            current = time.monotonic() - self._since if self._under_way else 0.0
            left = self._total_seconds - self._spent - current
        if left <= 0:
            raise Unreachable(
                f"Gave up: all reads together may take {self._total_seconds:g} s where they bring so little."
            )
        return left

    def received(self, count: int) -> None:
        """So much arrived."""
        if self._extended_by_bytes:
            with self._lock:
                self._spent -= count / GETTING_ON_BYTES_PER_SECOND

    def sleep(self, seconds: float) -> None:
        """Wait that long, less where the run ends or is stopped."""
        self._stopped.wait(min(seconds, self.left()))
        self.left()

    def stop(self) -> None:
        self._stopped.set()


class AnswerClock:
    """Time that one answer may take: some for its head, then as long as bytes keep coming fast enough."""

    def __init__(self, patience: Patience, run: Run, first_seconds: float) -> None:
        self._rate = patience.least_bytes_per_second
        self._run = run
        self._first_seconds = first_seconds
        self._started = self._last = time.monotonic()
        self._end = math.inf
        self.bytes = 0

    def left(self) -> float:
        """Seconds the next receive may take. Raises `TimeoutError`, or `Unreachable` when the run is over."""
        now = time.monotonic()
        average = self._started + self._first_seconds + self.bytes / self._rate
        left = min(average, self._last + self._first_seconds, self._end) - now
        if left <= 0:
            raise TimeoutError("too slow")
        return min(left, self._run.left())

    def end_within(self, seconds: float) -> None:
        """What is left of the answer must come within so many seconds."""
        self._end = time.monotonic() + seconds

    def received(self, count: int) -> None:
        self.bytes += count
        self._last = time.monotonic()
