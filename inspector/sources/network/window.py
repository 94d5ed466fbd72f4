"""How many bytes a first read asks for: enough for a header, learned from the headers read before."""

import threading

from inspector.units import round_up

FIRST_WINDOW_BYTES = 128 * 1024
_LEAST_BYTES = 8 * 1024
_STEP_BYTES = 1024
_SLACK_PERCENT = 2

# One small header is no reason to ask for less of all the others.
_LEAST_SAMPLES = 4


class Window:
    """Begins wide; then the largest beginning that was needed so far, and a little more."""

    def __init__(self, first_bytes: int = FIRST_WINDOW_BYTES) -> None:
        self._lock = threading.Lock()
        self._first = first_bytes
        self._largest = 0
        self._samples = 0

    @property
    def bytes(self) -> int:
        if self._samples < _LEAST_SAMPLES:
            return self._first
        wanted = self._largest + self._largest * _SLACK_PERCENT // 100
        stepped = round_up(wanted, _STEP_BYTES)
        return max(_LEAST_BYTES, min(stepped, 2 * self._first))

    def needed(self, count: int) -> None:
        """A file's beginning turned out to be so long."""
        with self._lock:
            self._largest = max(self._largest, count)
            self._samples += 1
