"""Keeping under a server's request limit by the RateLimit headers it sends, before it has to refuse."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.errors import Unreachable
from inspector.sources.network.retry import Halt

# `"resolvers";r=2998;t=172`: requests that remain in a window that ends in t seconds.
_RATE_LIMIT = re.compile(
    r'"?(?P<name>[\w-]{1,64})"?\s*;\s*r\s*=\s*(?P<left>\d{1,9})\s*;\s*t\s*=\s*(?P<seconds>\d{1,9})'
)

# Until a bucket's first answer tells how much is left, only so many requests are under way.
UNKNOWN_AT_ONCE = 8

_LOOK_AGAIN_SECONDS = 0.1
# Windows are told in whole seconds: ends that differ by less are one end.
_ROUNDING_SECONDS = 1.5


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

    Answers overtake each other, and one that arrives may not count requests that are still under way: what
    is free is the least that any answer of the window told, without those under way.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._answered = False
        self._least: int | None = None
        self._ends_at = 0.0
        self._say = say

    def enter(self, subject: str, halt: Halt) -> None:
        """Returns when a request may go. Raises `Unreachable` where the window outlasts the run."""
        while True:
            with self._changed:
                wait = self._wait_seconds()
                if wait <= 0:
                    self._under_way += 1
                    return
                if self._under_way:
                    self._changed.wait(min(_LOOK_AGAIN_SECONDS, halt.left()))
                    continue
            self._sleep(subject, wait, halt)

    def leave(self, limit: RateLimit | None) -> None:
        """A request is answered, or has failed (`limit` None)."""
        with self._changed:
            self._under_way -= 1
            self._answered = True
            if limit is not None:
                self._learn(limit)
            elif self._least is not None:
                # It may have been counted.
                self._least = max(0, self._least - 1)
            self._changed.notify_all()

    def _learn(self, limit: RateLimit) -> None:
        ends_at = time.monotonic() + limit.seconds
        if self._least is None or ends_at > self._ends_at + _ROUNDING_SECONDS:
            self._least, self._ends_at = limit.left, ends_at
        else:
            self._least, self._ends_at = min(self._least, limit.left), max(self._ends_at, ends_at)

    def _wait_seconds(self) -> float:
        """0 where a request may go, more where it may not: as long as the window lasts."""
        now = time.monotonic()
        if self._least is not None and now >= self._ends_at:
            # A window that has ended tells nothing of the next one until its first answer.
            self._least, self._answered = None, False
        if self._least is None:
            return 0.0 if self._answered or self._under_way < UNKNOWN_AT_ONCE else _LOOK_AGAIN_SECONDS
        return 0.0 if self._least > self._under_way else self._ends_at - now

    def _sleep(self, subject: str, wait: float, halt: Halt) -> None:
        if wait > halt.left():
            raise Unreachable(
                f"{subject}: the server's request limit is used up for {round(wait)} s.",
                hint="Try again later, or log in: the limit is higher with a token.",
            )
        if self._say:
            self._say(f"waiting {round(wait)} s for the server's request limit")
        halt.sleep(wait)
