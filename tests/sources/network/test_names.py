"""Names of hosts: resolved in time, or not at all."""

import socket
import threading
import time
from typing import Any

import pytest

from inspector.errors import CannotLook
from inspector.sources.network.clocks import AnswerClock, Run
from inspector.sources.network.names import addresses_of
from inspector.sources.network.retry import Transient
from inspector.sources.network.settings import Patience


def clock(run: Run, seconds: float) -> AnswerClock:
    return AnswerClock(Patience(), run, seconds)


def test_an_address_is_its_own() -> None:
    family, address = addresses_of("127.0.0.1", 80, clock(Run(5.0), 5.0))[0]
    assert (family, address) == (int(socket.AF_INET), ("127.0.0.1", 80))


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 300, "a..b"])
def test_a_name_that_has_none(host: str) -> None:
    with pytest.raises(Transient, match=f"^no address for {host}: "):
        addresses_of(host, 80, clock(Run(30.0), 30.0))


@pytest.fixture
def silent_resolver(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A resolver that never answers."""
    over = threading.Event()

    def wait(*_: Any, **__: Any) -> list[Any]:
        over.wait(20.0)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield
    over.set()


@pytest.mark.usefixtures("silent_resolver")
def test_a_resolver_that_does_not_answer() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        addresses_of("host.example", 80, clock(Run(5.0), 0.3))
    assert time.monotonic() - began < 2.0


@pytest.mark.usefixtures("silent_resolver")
def test_stopping_does_not_wait_for_the_resolver() -> None:
    run = Run(20.0)
    threading.Timer(0.1, run.stop).start()
    began = time.monotonic()
    with pytest.raises(CannotLook, match="stopped"):
        addresses_of("host.example", 80, clock(run, 20.0))
    assert time.monotonic() - began < 2.0
