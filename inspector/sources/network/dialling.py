"""Opening a connection to an origin: addresses checked before use, through a proxy where there is one, TLS."""

import socket
from contextlib import suppress
from threading import get_ident
from typing import TYPE_CHECKING

from inspector.errors import CannotLook, RefusedRedirect
from inspector.sources.network.addresses import Reach, may_lead, reach_of, reach_of_name
from inspector.sources.network.names import Address, Clock, addresses_of
from inspector.sources.network.proxies import open_tunnel, proxy_for
from inspector.sources.network.retry import NO_ANSWER, Transient, told
from inspector.sources.network.settings import Network
from inspector.sources.network.urls import Origin

if TYPE_CHECKING:
    import ssl

# All addresses of a host but the last get a share of the time only: one that swallows packets must not cost the rest.
_SHARE_SECONDS = 3.0


class Dialler:
    """Opens sockets; an origin other than `home` is reached only where a redirect from home may lead."""

    def __init__(self, home: Origin, network: Network) -> None:
        self._home = home
        self._network = network
        self._home_reach = reach_of_name(home.host)
        self._context: ssl.SSLContext | None = None
        self._opening: dict[int, socket.socket] = {}

    def dial(self, origin: Origin, clock: Clock) -> socket.socket:
        """A connected socket. Raises `Transient`, or `RefusedRedirect` before anything is sent."""
        try:
            return self._dial(origin, clock)
        finally:
            self._opening.pop(get_ident(), None)

    def stop(self) -> None:
        """Wakes every thread that waits for a connection."""
        for sock in list(self._opening.values()):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _dial(self, origin: Origin, clock: Clock) -> socket.socket:
        proxy = proxy_for(origin, self._network)
        if proxy is None:
            return self._secured(self._connect(origin, clock), origin, clock)
        self._check(reach_of_name(origin.host), origin)
        sock = self._connect_any(
            addresses_of(proxy.host, proxy.port, clock), f"the proxy {proxy.host}:{proxy.port}", clock
        )
        if origin.scheme == "https":
            open_tunnel(sock, origin, proxy, clock)
        return self._secured(sock, origin, clock)

    def _connect(self, origin: Origin, clock: Clock) -> socket.socket:
        addresses = addresses_of(origin.host, origin.port, clock)
        for _, address in addresses:
            self._check(reach_of(str(address[0])), origin)
        sock = self._connect_any(addresses, str(origin), clock)
        if origin == self._home:
            self._home_reach = reach_of(str(sock.getpeername()[0]))
        return sock

    def _check(self, reach: Reach, origin: Origin) -> None:
        if origin != self._home and not may_lead(self._home_reach, reach):
            raise RefusedRedirect(f"A redirect to {reach.value} is refused ({origin}).")

    def _secured(self, sock: socket.socket, origin: Origin, clock: Clock) -> socket.socket:
        if origin.scheme == "http":
            return sock
        import ssl

        self._context = self._context or tls_context(self._network)
        try:
            secured = self._context.wrap_socket(sock, server_hostname=origin.host, do_handshake_on_connect=False)
            self._opening[get_ident()] = secured
            secured.settimeout(clock.left())
            secured.do_handshake()
            return secured
        except ssl.SSLCertVerificationError as error:
            sock.close()
            raise _bad_certificate(origin, error.verify_message) from None
        except OSError as error:
            sock.close()
            raise Transient(f"no TLS connection to {origin}: {told(error)}") from None

    def _connect_any(self, addresses: list[Address], place: str, clock: Clock) -> socket.socket:
        reason = "no address"
        for position, (family, address) in enumerate(addresses, 1):
            left = clock.left()
            sock = socket.socket(family, socket.SOCK_STREAM)
            self._opening[get_ident()] = sock
            try:
                sock.settimeout(left if position == len(addresses) else min(left, _SHARE_SECONDS))
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return sock
            except OSError as error:
                sock.close()
                reason = told(error)
        raise Transient(f"no connection to {place}: {reason}", costly=reason == NO_ANSWER)


def tls_context(network: Network) -> "ssl.SSLContext":
    """Certificates as given, else those of the system, else those that certifi brings."""
    import ssl

    if network.ca_file or network.ca_folder:
        given = network.ca_file or network.ca_folder
        try:
            return ssl.create_default_context(cafile=network.ca_file or None, capath=network.ca_folder or None)
        except OSError as error:
            raise CannotLook(f"No certificates can be read from {given}: {told(error)}.") from None
    context = ssl.create_default_context()
    if not context.get_ca_certs() and not ssl.get_default_verify_paths().capath:
        try:
            import certifi  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            return context
        context.load_verify_locations(certifi.where())
    return context


def _bad_certificate(origin: Origin, reason: str) -> CannotLook:
    return CannotLook(
        f"{origin}: its certificate is not trusted: {reason}.",
        hint="Behind a company proxy, set SSL_CERT_FILE to its certificate bundle.",
    )
