"""HTTP proxies: which one a request goes through, and the tunnel through it."""

import base64
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from inspector.errors import Unsupported
from inspector.sources.network.names import Clock
from inspector.sources.network.retry import Transient, told
from inspector.sources.network.settings import Network
from inspector.sources.network.urls import Origin

_HINT = "Set HTTP_PROXY or HTTPS_PROXY to http://host:port; others are not supported."
_MOST_ANSWER_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Proxy:
    """A plain HTTP proxy; `authorization` is the value of Proxy-Authorization or ""."""

    host: str
    port: int
    authorization: str


def proxy_for(origin: Origin, network: Network) -> Proxy | None:
    """The proxy that requests to `origin` go through. Raises `Unsupported` for a SOCKS or TLS proxy."""
    text = network.proxies.get(origin.scheme) or network.proxies.get("all")
    if not text or any(_covers(entry, origin) for entry in network.no_proxy):
        return None
    try:
        return _proxy(urlsplit(text if "://" in text else f"http://{text}"))
    except ValueError:
        raise Unsupported(f"The proxy for {origin.scheme} is no http:// URL.", hint=_HINT) from None


def _proxy(parts: SplitResult) -> Proxy:
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("no plain proxy")
    credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    secret = base64.b64encode(credentials.encode()).decode()
    return Proxy(parts.hostname, parts.port or 80, f"Basic {secret}" if parts.username else "")


def _covers(entry: str, origin: Origin) -> bool:
    """Does an entry of NO_PROXY name this host: itself, a domain above it, host:port, or a network of addresses?"""
    suffix = entry.lower().lstrip(".")
    if entry == "*" or suffix in (origin.host, origin.netloc) or origin.host.endswith(f".{suffix}"):
        return True
    try:
        return "/" in entry and ip_address(origin.host) in ip_network(entry, strict=False)
    except ValueError:
        return False


def open_tunnel(sock: socket.socket, origin: Origin, proxy: Proxy, clock: Clock) -> None:
    """Makes a connection to a proxy one to `origin`. Raises `Transient`, the connection closed."""
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    lines = [f"CONNECT {host}:{origin.port} HTTP/1.1", f"Host: {host}:{origin.port}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    try:
        sock.settimeout(clock.left())
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        status = _proxy_status(lambda: _one_byte(sock, clock))
    except OSError as error:
        sock.close()
        raise Transient(f"no tunnel through the proxy: {told(error)}") from None
    if status != 200:
        sock.close()
        raise Transient(f"the proxy {proxy.host} answered {status}")


def _one_byte(sock: socket.socket, clock: Clock) -> bytes:
    sock.settimeout(clock.left())
    return sock.recv(1)


def _proxy_status(take: Callable[[], bytes]) -> int:
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        byte = take()
        if not byte or len(head) > _MOST_ANSWER_BYTES:
            raise OSError("its answer broke off")
        head += byte
    words = head.split(maxsplit=2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
