"""How far an address reaches, and which addresses a redirect may lead to."""

import socket
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# IPv6 forms whose last four bytes are an IPv4 address: compatible, translated, NAT64 with the well-known prefix.
_LAST_FOUR_BYTES = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")))


class Reach(Enum):
    """Who can be behind an address."""

    PUBLIC = "a public address"
    PRIVATE = "a private address"
    LINK_LOCAL = "a link-local address"
    LOOPBACK = "a loopback address"


def reach_of(address: str) -> Reach:
    """Reach of an IPv4 or IPv6 address, of the IPv4 address inside one, "0.0.0.0" being loopback."""
    ip = ip_address(address.partition("%")[0])
    ip = (_inside(ip) if isinstance(ip, IPv6Address) else None) or ip
    if ip.is_loopback or ip.is_unspecified:
        return Reach.LOOPBACK
    if ip.is_link_local:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if ip.is_global and not ip.is_multicast else Reach.PRIVATE


def _inside(ip: IPv6Address) -> IPv4Address | None:
    if not ip.is_loopback and any(ip in network for network in _LAST_FOUR_BYTES):
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour


def reach_of_name(host: str) -> Reach:
    """What a host's name alone tells: an address in any notation or localhost, PUBLIC for every other name."""
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.LOOPBACK
    try:
        return reach_of(host)
    except ValueError:
        return _reach_of_number(host)


def _reach_of_number(host: str) -> Reach:
    """`127.1`, `0x7f000001`, `2130706433`: what resolvers take for an IPv4 address besides four numbers."""
    try:
        return reach_of(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, UnicodeError):
        return Reach.PUBLIC


def may_lead(home: Reach, target: Reach) -> bool:
    """A redirect may lead to a public address, and to another kind only from a server of that kind."""
    return target is Reach.PUBLIC or target is home
