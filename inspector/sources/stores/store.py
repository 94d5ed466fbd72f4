"""What every kind of object storage promises: keys below a prefix, and exact ranges of one object."""

from collections.abc import Mapping
from typing import Final, Protocol

from inspector.errors import LimitReached
from inspector.model import ReadCost
from inspector.sources.network.ranges import Received
from inspector.values import frozen

MOST_OBJECTS: Final = 200_000


@frozen
class Stored:
    """One object as listed: its size (None where the store tells none), and what changes when its content does."""

    bytes: int | None
    identity: str = ""


class Store(Protocol):
    """One bucket, container or file system; every method may be called from several threads at once."""

    def find(self, prefix: str) -> Mapping[str, Stored]:
        """All objects whose key begins with `prefix`, by key. Raises `CannotLook`, `LimitReached` where there
        are more than `MOST_OBJECTS`."""
        ...

    def read(self, subject: str, key: str, start: int, stop: int, known: Stored | None) -> Received:
        """The bytes `[start, stop)`, fewer only where the object ends; of the object that is `known`, where one is.

        Raises `CannotLook` with a sentence that begins with `subject`, `ChangedWhileReading` where it was replaced.
        """
        ...

    def cost(self) -> ReadCost: ...

    def close(self) -> None: ...


def too_many(ref: str) -> LimitReached:
    return LimitReached(f"{ref}: more than {MOST_OBJECTS:,} objects.", hint="Name a longer prefix.")
