"""Trying again: what is worth it, how long to wait, when to give up."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from inspector.errors import CannotLook, Unreachable
from inspector.sources.network.settings import Patience

T = TypeVar("T")

NO_ANSWER = "no answer in time"

RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


class Transient(Exception):
    """A failure that another attempt may mend, and the error it becomes when none does.

    `costly` attempts are few: they ran out of time, or the server contradicts itself. `wait_seconds` is what
    the server asked for; one after a long wait is costly too.
    """

    def __init__(
        self,
        what: str,
        *,
        costly: bool = False,
        wait_seconds: float | None = None,
        becomes: type[CannotLook] = Unreachable,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.costly = costly
        self.wait_seconds = wait_seconds
        self.becomes = becomes


def told(error: BaseException) -> str:
    """What went wrong, without numbers of the operating system or lines of OpenSSL."""
    if isinstance(error, TimeoutError):
        return NO_ANSWER
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(reason).replace("_", " ").lower()


class Halt(Protocol):
    """The end of a run: a clock that all reads share and a way to stop them."""

    def left(self) -> float:
        """Seconds until the run ends. Raises `Unreachable` when it is over."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, or raise at once when the run is stopped."""
        ...


class Attempts:
    """Counts the failures of one read; `failed` waits, or raises an error with the file's name."""

    def __init__(self, subject: str, patience: Patience, halt: Halt) -> None:
        self._subject = subject
        self._patience = patience
        self._halt = halt
        self._failures = 0
        self._costly = 0

    def progressed(self) -> None:
        """What came before the failure is kept, so the count starts afresh."""
        self._failures = self._costly = 0

    def failed(self, fault: Transient) -> None:
        self._failures += 1
        self._costly += fault.costly or (fault.wait_seconds or 0.0) > self._patience.longest_wait_seconds
        if self._failures >= self._patience.attempts or self._costly >= self._patience.costly_attempts:
            raise self._surrender(fault)
        self._halt.sleep(self._wait_seconds(fault))

    def _wait_seconds(self, fault: Transient) -> float:
        if fault.wait_seconds is not None:
            if fault.wait_seconds > self._halt.left():
                raise self._surrender(fault)
            return fault.wait_seconds
        doubled = self._patience.first_wait_seconds * 2.0 ** (self._failures - 1)
        return min(doubled, self._patience.longest_wait_seconds) * _spread()

    def _surrender(self, fault: Transient) -> CannotLook:
        tries = "1 attempt" if self._failures == 1 else f"{self._failures} attempts"
        message = f"{self._subject}: {fault.what} ({tries})."
        if fault.wait_seconds:
            return fault.becomes(message, hint=f"The server asks to come back in {_span(fault.wait_seconds)}.")
        return fault.becomes(message)


def _span(seconds: float) -> str:
    """In the largest unit of which there are two or more."""
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60))
    return next(
        (f"{round(seconds / size):,} {name}" for name, size in units if seconds >= 2 * size), f"{seconds:.0f} s"
    )


def _spread() -> float:
    """0.75 to 1.25: files that failed together must not all come back together."""
    return 0.75 + os.urandom(1)[0] / 510


def persist(subject: str, patience: Patience, halt: Halt, attempt: Callable[[], T]) -> T:
    """The result of the first attempt that succeeds. Raises what the last `Transient` becomes, and other errors."""
    attempts = Attempts(subject, patience, halt)
    while True:
        try:
            return attempt()
        except Transient as fault:
            attempts.failed(fault)


def naming(subject: str, error: CannotLook) -> CannotLook:
    """The error with a sentence that begins with `subject`, where it does not yet."""
    if error.message.startswith(subject):
        return error
    return type(error)(f"{subject}: {error.message[:1].lower()}{error.message[1:]}", hint=error.hint)


def asked_wait_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds that Retry-After asks for, given as a number or as a date; None without one."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    return _seconds_until(value) if value else None


def _seconds_until(date: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None
