"""How far an address reaches, and which addresses a redirect may lead to."""

from enum import Enum
from ipaddress import IPv6Address, ip_address


class Reach(Enum):
    """Who can be behind an address."""

    PUBLIC = "a public address"
    PRIVATE = "a private address"
    LINK_LOCAL = "a link-local address"
    LOOPBACK = "a loopback address"


def reach_of(address: str) -> Reach:
    """Reach of an IPv4 or IPv6 address, of the IPv4 address inside a mapped one, "0.0.0.0" being loopback."""
    ip = ip_address(address.partition("%")[0])
    inner = (ip.ipv4_mapped or ip.sixtofour) if isinstance(ip, IPv6Address) else None
    ip = inner or ip
    if ip.is_loopback or ip.is_unspecified:
        return Reach.LOOPBACK
    if ip.is_link_local:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if ip.is_global and not ip.is_multicast else Reach.PRIVATE


def reach_of_name(host: str) -> Reach:
    """What a host's name alone tells: a literal address or localhost, PUBLIC for every other name."""
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.LOOPBACK
    try:
        return reach_of(host)
    except ValueError:
        return Reach.PUBLIC


def may_lead(home: Reach, target: Reach) -> bool:
    """A redirect may lead to a public address, and to another kind only from a server of that kind."""
    return target is Reach.PUBLIC or target is home
