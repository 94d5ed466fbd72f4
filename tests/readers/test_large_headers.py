"""Large headers are read one after the other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from inspector.readers.large_headers import LARGE_BYTES, Turn


def test_a_small_header_does_not_wait() -> None:
    lock = Lock()
    with lock, Turn(lock) as turn:
        assert turn.waits(lambda first: LARGE_BYTES)(b"") == LARGE_BYTES


def test_a_large_header_waits_until_the_other_is_done() -> None:
    lock, begun = Lock(), Event()

    def read() -> int:
        with Turn(lock) as turn:
            begun.set()
            return turn.waits(lambda first: LARGE_BYTES + 1)(b"")

    with ThreadPoolExecutor(1) as pool:
        with Turn(lock) as first:
            needed = first.waits(lambda first: LARGE_BYTES + 1)
            assert needed(b"") == needed(b"") == LARGE_BYTES + 1
            reading = pool.submit(read)
            assert begun.wait(5)
            with pytest.raises(TimeoutError):
                reading.result(timeout=0.1)
        assert reading.result(timeout=5) == LARGE_BYTES + 1


def test_a_failure_gives_the_turn_back() -> None:
    lock = Lock()

    def fail() -> None:
        with Turn(lock) as turn:
            turn.waits(lambda first: LARGE_BYTES + 1)(b"")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert not lock.locked()
