"""HTTP/1.1 requests over kept connections: bounded in time and bytes, no redirect followed, no error hidden.

The standard library's parser of answers is used; connections are our own, because each receive must end in
time whatever a server does, and because the address behind a name is checked before anything is sent.
"""

import select
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from io import BufferedReader, RawIOBase
from typing import Any

from inspector.errors import CannotLook
from inspector.model import ReadCost
from inspector.sources.network.clocks import AnswerClock, Run
from inspector.sources.network.dialling import Dialler
from inspector.sources.network.proxies import proxy_for
from inspector.sources.network.retry import Transient, told
from inspector.sources.network.settings import Network
from inspector.sources.network.urls import Origin, Url

# The rest of an answer is read, so that its connection can be kept, where it is short and comes at once.
_DRAINED_BYTES = 64 * 1024
_DRAINED_SECONDS = 0.5
# What an answer may bring besides its body: headers and interim answers; then, for each part of the body, chunk
# sizes and trailers. Few enough that chunks of a byte each, which cost far more time than bytes, end at once.
_HEAD_BYTES = 256 * 1024
_OVERHEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 64 * 1024
_MOST_INTERIM_ANSWERS = 16


class _Wire(RawIOBase):
    """The socket as a file whose every read obeys the clock of the answer under way."""

    def __init__(self, sock: socket.socket, clock: AnswerClock) -> None:
        super().__init__()
        self._sock = sock
        self.clock = clock
        self._bytes_left = _HEAD_BYTES

    def expect(self, body_bytes: int) -> None:
        """So much of the body is wanted next."""
        self._bytes_left = _OVERHEAD_BYTES + body_bytes + body_bytes // 2

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._bytes_left <= 0:
            raise HTTPException("endless headers")
        self._sock.settimeout(self.clock.left())
        count = self._sock.recv_into(buffer)
        self.clock.received(count)
        self._bytes_left -= count
        return count


class _Bound:
    """What `HTTPResponse` takes for a socket: one stream, in which interim answers come before the final one."""

    def __init__(self, wire: _Wire) -> None:
        self._stream = BufferedReader(wire, _CHUNK_BYTES)

    def makefile(self, mode: str, *_: Any) -> Any:
        return self._stream


class Answer:
    """One answer: status, headers by lower-case name, a body that is read as far as it is wanted."""

    def __init__(self, response: HTTPResponse, wire: _Wire, sock: socket.socket, transport: "Transport") -> None:
        self._response = response
        self._wire = wire
        self._sock = sock
        self._transport = transport
        self.status = response.status
        self.headers = _joined_headers(response)
        self.fault: Transient | None = None

    def read(self, limit: int) -> bytes:
        """At most `limit` bytes of the body; where it breaks off, what came, and `fault` says why."""
        parts, wanted = [], limit
        try:
            while wanted > 0 and (part := self._next(min(wanted, _CHUNK_BYTES))):
                parts.append(part)
                wanted -= len(part)
        except (OSError, HTTPException, ValueError) as error:
            self.fault = _broken(error)
        return b"".join(parts)

    def _next(self, limit: int) -> bytes:
        self._wire.expect(limit)
        return self._response.read(limit)

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def finish(self) -> None:
        """Keeps the connection where the body is over or nearly so, cuts it off otherwise."""
        self._wire.clock.end_within(_DRAINED_SECONDS)
        with suppress(OSError, HTTPException, ValueError, CannotLook):
            if not self._response.isclosed() and (self._response.length or 0) <= _DRAINED_BYTES:
                self._next(_DRAINED_BYTES)
        clean = self._response.isclosed() and not self._response.will_close and self.fault is None
        self._transport.give_back(self._sock, self._wire.clock.bytes, keep=clean)


class Transport:
    """GET requests to `home` and wherever its redirects may lead; safe to share between threads."""

    def __init__(self, home: Origin, network: Network) -> None:
        self.patience = network.patience
        self.run = Run(network.patience.total_seconds, extended_by_bytes=network.patience.extended_by_bytes)
        self._network = network
        self._dialler = Dialler(home, network)
        self._lock = threading.Lock()
        self._idle: dict[Origin, list[socket.socket]] = {}
        self._busy: dict[socket.socket, Origin] = {}
        self._requests = 0
        self._bytes = 0

    def get(self, url: Url, headers: Mapping[str, str]) -> Answer:
        """The answer's head. Raises `Transient` where none came, `CannotLook` where none may be asked for."""
        request = self._request(url, headers)
        while (kept := self._take_idle(url.origin)) is not None:
            try:
                return self._exchange(kept, request)
            except Transient as fault:  # A kept connection may have been closed by the server just now.
                if fault.costly:
                    raise
        return self._exchange(self._dial(url.origin), request)

    def cost(self) -> ReadCost:
        with self._lock:
            return ReadCost(requests=self._requests, bytes=self._bytes)

    def close(self) -> None:
        """Ends every request under way."""
        self.run.stop()
        self._dialler.stop()
        with self._lock:
            sockets = [*self._busy, *(sock for kept in self._idle.values() for sock in kept)]
            self._idle.clear()
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def give_back(self, sock: socket.socket, received: int, *, keep: bool) -> None:
        """An answer is over; its connection is kept for the next one or closed."""
        self.run.received(received)
        with self._lock:
            self._bytes += received
            origin = self._busy.pop(sock)
            if keep:
                self._idle.setdefault(origin, []).append(sock)
        if not keep:
            sock.close()

    def _request(self, url: Url, headers: Mapping[str, str]) -> bytes:
        proxy = proxy_for(url.origin, self._network) if url.origin.scheme == "http" else None
        target = f"{url.origin}{url.target}" if proxy else url.target
        fields = {"Host": url.origin.netloc, "User-Agent": self._network.user_agent, "Accept": "*/*", **headers}
        if proxy and proxy.authorization:
            fields["Proxy-Authorization"] = proxy.authorization
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _take_idle(self, origin: Origin) -> socket.socket | None:
        while True:
            with self._lock:
                kept = self._idle.get(origin)
                if not kept:
                    return None
                sock = kept.pop()
                self._busy[sock] = origin
            if not _has_news(sock):
                return sock
            self.give_back(sock, 0, keep=False)

    def _dial(self, origin: Origin) -> socket.socket:
        clock = AnswerClock(self.patience, self.run, self.patience.connect_seconds)
        try:
            sock = self._dialler.dial(origin, clock)
        except TimeoutError as error:
            raise Transient(f"no connection to {origin}: {told(error)}", costly=True) from None
        with self._lock:
            self._busy[sock] = origin
        return sock

    def _exchange(self, sock: socket.socket, request: bytes) -> Answer:
        clock = AnswerClock(self.patience, self.run, self.patience.answer_seconds)
        wire = _Wire(sock, clock)
        with self._lock:
            self._requests += 1
        try:
            sock.settimeout(clock.left())
            sock.sendall(request)
            response = _final_answer(_Bound(wire))
        except (OSError, HTTPException, ValueError) as error:
            self.give_back(sock, clock.bytes, keep=False)
            raise _broken(error) from None
        except CannotLook:
            self.give_back(sock, clock.bytes, keep=False)
            raise
        return Answer(response, wire, sock, self)


def _final_answer(bound: _Bound) -> HTTPResponse:
    """The head of the answer that counts: what only says that one will come (status 1xx) is passed over."""
    for _ in range(_MOST_INTERIM_ANSWERS):
        response = HTTPResponse(bound, method="GET")  # type: ignore[arg-type]
        response.begin()
        if response.status >= 200:
            return response
        # Otherwise it closes the stream that all of them share when it is thrown away.
        response.fp = None  # type: ignore[assignment]
    raise HTTPException("endless interim answers")


def _broken(error: BaseException) -> Transient:
    if isinstance(error, TimeoutError):
        return Transient("the server is too slow", costly=True)
    if isinstance(error, RemoteDisconnected | IncompleteRead):
        return Transient("the connection broke off")
    if isinstance(error, OSError):
        return Transient(f"the connection broke off: {told(error)}")
    return Transient("the answer is no valid HTTP")


def _joined_headers(response: HTTPResponse) -> Mapping[str, str]:
    joined: dict[str, str] = {}
    for name, value in response.headers.items():
        name = name.lower()
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _has_news(sock: socket.socket) -> bool:
    """Something to read on an idle connection: closed by the server, or bytes that nobody asked for."""
    try:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            return bool(poll.poll(0))
        return bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True
