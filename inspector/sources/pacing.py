"""Keeping under a server's request limit by the RateLimit headers it sends, before it has to refuse."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.errors import Unreachable
from inspector.sources.retry import Halt

# `"resolvers";r=2998;t=172`: requests that remain in a window that ends in t seconds.
_RATE_LIMIT = re.compile(
    r'"?(?P<name>[\w-]{1,64})"?\s*;\s*r\s*=\s*(?P<left>\d{1,9})\s*;\s*t\s*=\s*(?P<seconds>\d{1,9})'
)

# Until a bucket's first answer tells how much is left, only so many requests are under way.
UNKNOWN_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What one answer tells: `left` requests remain for `seconds`."""

    name: str
    left: int
    seconds: int


def parse_rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """The RateLimit header of an answer, None where there is none that can be read."""
    match = _RATE_LIMIT.search(headers.get("ratelimit", ""))
    return RateLimit(match["name"], int(match["left"]), int(match["seconds"])) if match else None


class Pacer:
    """Lets a request go only when the window has room for it; one per bucket of requests.

    Requests under way may not be counted yet by the answer that arrives, so they are taken off what it says.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._answered = False
        self._left: int | None = None
        self._ends_at = 0.0
        self._say = say

    def enter(self, subject: str, halt: Halt) -> None:
        """Returns when a request may go. Raises `Unreachable` where the window outlasts the run."""
        while True:
            with self._changed:
                wait = self._wait_seconds()
                if wait <= 0:
                    self._take()
                    return
                if wait < 0.1 or not self._answered:
                    self._changed.wait(min(0.1, halt.left()))
                    continue
            self._sleep(subject, wait, halt)

    def leave(self, limit: RateLimit | None) -> None:
        """A request is answered, or has failed (`limit` None)."""
        with self._changed:
            self._under_way -= 1
            self._answered = True
            if limit is not None:
                self._left = max(0, limit.left - self._under_way)
                self._ends_at = time.monotonic() + limit.seconds
            self._changed.notify_all()

    def _wait_seconds(self) -> float:
        if self._left is None:
            return 0.05 if not self._answered and self._under_way >= UNKNOWN_AT_ONCE else 0.0
        if self._left > 0:
            return 0.0
        if self._under_way:
            return 0.05
        return self._ends_at - time.monotonic()

    def _take(self) -> None:
        if self._left is not None:
            # A window that has ended tells nothing of the next one until its first answer.
            self._left = self._left - 1 if self._left > 0 else None
            self._answered = self._left is not None
        self._under_way += 1

    def _sleep(self, subject: str, wait: float, halt: Halt) -> None:
        if wait > halt.left():
            raise Unreachable(
                f"{subject}: the server's request limit is used up for {round(wait)} s.",
                hint="Try again later, or log in: the limit is higher with a token.",
            )
        if self._say:
            self._say(f"waiting {round(wait)} s for the server's request limit")
        halt.sleep(wait)
