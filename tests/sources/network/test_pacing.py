"""Request limits are kept before they are hit; waits and attempts are counted."""

import threading
import time
from collections.abc import Mapping
from email.utils import formatdate

import pytest

from inspector.errors import CannotLook, ChangedWhileReading, Unreachable
from inspector.sources.network.clocks import Run
from inspector.sources.network.pacing import UNKNOWN_AT_ONCE, Pacer, RateLimit, parse_rate_limit
from inspector.sources.network.ranges import contradiction
from inspector.sources.network.retry import Attempts, Transient, asked_wait_seconds, persist
from inspector.sources.network.settings import Patience
from inspector.sources.network.window import FIRST_WINDOW_BYTES, Window


class Halted:
    """A run with so much time left; waits are noted and not waited."""

    def __init__(self, seconds: float = 100.0) -> None:
        self.seconds = seconds
        self.waits: list[float] = []

    def left(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        time.sleep(min(seconds, 0.01))


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ('"resolvers";r=2998;t=172', RateLimit("resolvers", 2998, 172)),
        ('"api"; r = 0; t = 55', RateLimit("api", 0, 55)),
        ("api;r=1;t=2", RateLimit("api", 1, 2)),
        ("", None),
        ("r=1", None),
        ('"api";r=-1;t=5', None),
        ('"api";r=' + "9" * 30 + ";t=5", None),
    ],
)
def test_the_rate_limit_header(value: str, limit: RateLimit | None) -> None:
    assert parse_rate_limit({"ratelimit": value}) == limit


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": formatdate(0, usegmt=True)}, 0.0),
    ],
)
def test_retry_after(headers: Mapping[str, str], seconds: float | None) -> None:
    assert asked_wait_seconds(headers) == seconds


def test_retry_after_as_a_date() -> None:
    wait = asked_wait_seconds({"retry-after": formatdate(time.time() + 30, usegmt=True)})
    assert wait is not None
    assert 25 < wait <= 30


class TestPacer:
    def test_few_go_before_the_first_answer(self) -> None:
        pacer, halt = Pacer(), Halted()
        gone = []

        def ask() -> None:
            pacer.enter("file", halt)
            gone.append(1)

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(UNKNOWN_AT_ONCE + 4)]
        for thread in threads:
            thread.start()
        time.sleep(0.15)
        assert len(gone) == UNKNOWN_AT_ONCE
        pacer.leave(None)
        for thread in threads:
            thread.join(2)
        assert len(gone) == UNKNOWN_AT_ONCE + 4

    def test_a_used_up_window_is_waited_out(self) -> None:
        said: list[str] = []
        pacer, halt = Pacer(said.append), Halted()
        pacer.enter("file", halt)
        pacer.leave(RateLimit("api", 1, 0))
        pacer.enter("file", halt)
        pacer.leave(RateLimit("api", 0, 1))
        began = time.monotonic()
        pacer.enter("file", halt)
        assert time.monotonic() - began > 0.8
        assert said

    def test_requests_under_way_are_taken_off(self) -> None:
        pacer, halt = Pacer(), Halted(seconds=0.5)
        for _ in range(4):
            pacer.enter("file", halt)
        pacer.leave(RateLimit("api", 3, 60))
        for _ in range(3):
            pacer.leave(None)
        with pytest.raises(Unreachable, match=r"^file: the server's request limit is used up for \d+ s"):
            pacer.enter("file", halt)


class TestAttempts:
    def test_waits_double_up_to_a_longest(self) -> None:
        halt = Halted()
        attempts = Attempts("file", Patience(attempts=7, first_wait_seconds=1, longest_wait_seconds=4), halt)
        for _ in range(6):
            attempts.failed(Transient("lost"))
        for wait, expected in zip(halt.waits, [1, 2, 4, 4, 4, 4], strict=True):
            assert 0.75 * expected <= wait <= 1.25 * expected
        with pytest.raises(Unreachable, match=r"^file: lost \(7 attempts\)\.$"):
            attempts.failed(Transient("lost"))

    def test_costly_attempts_are_few(self) -> None:
        attempts = Attempts("file", Patience(attempts=5, costly_attempts=2), Halted())
        attempts.failed(Transient("slow", costly=True))
        with pytest.raises(Unreachable, match="2 attempts"):
            attempts.failed(Transient("slow", costly=True))

    def test_progress_starts_the_count_afresh(self) -> None:
        halt = Halted()
        attempts = Attempts("file", Patience(attempts=2), halt)
        for _ in range(5):
            attempts.failed(Transient("lost"))
            attempts.progressed()
        assert len(halt.waits) == 5
        attempts.failed(Transient("lost"))
        with pytest.raises(Unreachable, match="2 attempts"):
            attempts.failed(Transient("lost"))

    def test_an_asked_wait_longer_than_the_run_ends_it(self) -> None:
        with pytest.raises(Unreachable) as caught:
            Attempts("file", Patience(), Halted(seconds=5)).failed(Transient("busy", wait_seconds=60))
        assert "60 s" in caught.value.hint

    def test_what_a_failure_becomes(self) -> None:
        def attempt() -> None:
            raise contradiction("two sizes")

        with pytest.raises(ChangedWhileReading, match="two sizes"):
            persist("file", Patience(), Halted(), attempt)


class TestRun:
    def test_only_time_with_a_read_under_way_counts(self) -> None:
        run = Run(0.2)
        time.sleep(0.3)
        with run.reading():
            assert run.left() > 0.1
            time.sleep(0.25)
            with pytest.raises(Unreachable, match="all reads together"):
                run.left()

    def test_what_arrives_adds_to_it(self) -> None:
        run = Run(0.1)
        run.received(64 * 1024 * 5)
        with run.reading():
            time.sleep(0.2)
            assert 4.5 < run.left() < 5.1

    def test_a_limit_of_the_user_stays(self) -> None:
        run = Run(0.1, extended_by_bytes=False)
        run.received(10**9)
        with run.reading():
            time.sleep(0.15)
            with pytest.raises(Unreachable):
                run.left()

    def test_stopped(self) -> None:
        run = Run(10.0)
        run.stop()
        with pytest.raises(CannotLook, match="stopped"):
            run.sleep(5.0)


class TestWindow:
    def test_wide_until_enough_is_known(self) -> None:
        window = Window()
        for _ in range(3):
            window.needed(20_000)
            assert window.bytes == FIRST_WINDOW_BYTES
        window.needed(10_000)
        assert 20_000 < window.bytes <= 22 * 1024

    def test_follows_the_largest(self) -> None:
        window = Window()
        for needed in (1, 1, 1, 1):
            window.needed(needed)
        assert window.bytes == 8 * 1024
        window.needed(200_000)
        assert 200_000 < window.bytes < 210_000
        window.needed(50_000_000)
        assert window.bytes == 2 * FIRST_WINDOW_BYTES
