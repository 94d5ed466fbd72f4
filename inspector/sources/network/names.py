"""From a host's name to its addresses, in the time that there is and no longer."""

import socket
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol

from inspector.sources.network.retry import Transient, told

_LOOK_AGAIN_SECONDS = 0.1

#: Address family, and what `connect` takes.
Address = tuple[int, tuple[Any, ...]]


class Clock(Protocol):
    """Seconds that opening a connection may still take; raises when there are none, or when the run is stopped."""

    def left(self) -> float: ...


def addresses_of(host: str, port: int, clock: Clock) -> list[Address]:
    """The addresses of a host. Raises `Transient`, and what `clock` raises.

    The system's resolver cannot be interrupted: it runs in a thread of its own, which is left behind if need be.
    """
    answer: SimpleQueue[list[Address] | OSError | UnicodeError] = SimpleQueue()
    Thread(target=_look_up, args=(host, port, answer.put), daemon=True).start()
    while True:
        try:
            found = answer.get(timeout=min(_LOOK_AGAIN_SECONDS, clock.left()))
        except Empty:
            continue
        if isinstance(found, list):
            return found
        raise Transient(f"no address for {host}: {told(found)}")


def _look_up(host: str, port: int, tell: Callable[[list[Address] | OSError | UnicodeError], None]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        tell(error)
    else:
        tell([(int(family), address) for family, _, _, _, address in found])
