"""A range of one file, whatever it takes: resumed where it broke off, asked again where it was not believed."""

from collections.abc import Callable

from inspector.sources.network.ranges import Received, demand_same, identity_of, receive_range
from inspector.sources.network.retry import Attempts, Halt, Transient
from inspector.sources.network.settings import Patience
from inspector.sources.network.transport import Answer
from inspector.values import replace

# Bytes that make a broken attempt count as progress rather than as a failure.
_PROGRESS_BYTES = 16 * 1024

# Answers shorter than asked, each valid in itself, that one read follows.
_MOST_SHORT_ANSWERS = 64


def fetch_range(
    subject: str,
    ask: Callable[[int, int], Answer],
    start: int,
    stop: int,
    *,
    patience: Patience,
    halt: Halt,
    before: Received | None = None,
    identity: Callable[[Answer], str] = identity_of,
) -> Received:
    """The bytes `[start, stop)`, fewer only where the file ends; `ask(start, stop)` opens an answer.

    `before` is what an earlier read of the file was told: its size and identity must still hold. `identity` is
    what an answer tells of the file's content.
    """
    attempts = Attempts(subject, patience, halt)
    parts: list[bytes] = []
    reached, short = start, 0
    while True:
        try:
            got = _attempt(ask, reached, stop, before, identity)
        except Transient as fault:
            attempts.failed(fault)
            continue
        before = before if before and before.identity else got
        parts.append(got.data)
        reached += len(got.data)
        if reached >= min(stop, got.total_bytes):
            return Received(data=b"".join(parts), total_bytes=got.total_bytes, identity=got.identity)
        if len(got.data) >= _PROGRESS_BYTES:
            attempts.progressed()
        short += 1
        if got.fault or short > _MOST_SHORT_ANSWERS:
            attempts.failed(got.fault or Transient("the server sends less than it is asked for", costly=True))


def _attempt(
    ask: Callable[[int, int], Answer],
    start: int,
    stop: int,
    before: Received | None,
    identity: Callable[[Answer], str],
) -> Received:
    with ask(start, stop) as answer:
        got = replace(receive_range(answer, start, stop), identity=identity(answer))
    demand_same(before, got)
    return got
