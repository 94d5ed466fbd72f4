"""A server that sends whatever bytes a script tells it to, at whatever pace: the hostile ones."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

#: Gets the connection and the request's head; what it sends is the answer. The connection is closed afterwards.
Script = Callable[[socket.socket, bytes], None]


class RawServer:
    """Serves each connection by `script`, request after request until the script or the client is done."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._open: set[socket.socket] = set()
        self._stopped = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait; True where the server was stopped meanwhile."""
        return self._stopped.wait(seconds)

    def __enter__(self) -> "RawServer":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                byte = connection.recv(1)
                if not byte:
                    return
                head += byte
            self.requests.append(head)
            self._script(connection, head)
            connection.shutdown(socket.SHUT_WR)


def head(status: str = "200 OK", **headers: str) -> bytes:
    """Status line and headers; underscores in names become hyphens."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
