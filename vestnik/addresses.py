"""Addresses of the network: which of them count as one caller's."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

#: Networks of IPv6 whose addresses end with the IPv4 address of the caller: NAT64 (RFC 6052), and IPv4-compatible ones
#: (RFC 4291, 2.5.5.1). Their /64 is everybody's.
_HOLD_IPV4 = (ip_network("64:ff9b::/96"), ip_network("::/96"))
#: An address with its port, as some proxies write it into X-Forwarded-For.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](:\d+)?|(?P<four>[\d.]+):\d+")


def place_of(address: str) -> str:
    """What is counted for an address: of IPv4 itself, of IPv6 the /64 network that one household has all of.

    An address of IPv4 that is written as one of IPv6 is the address of IPv4: all of them share one /64.
    """
    bare = _WITH_PORT.fullmatch(address)
    try:
        known = ip_address((bare["six"] or bare["four"] if bare else address).partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        known = _ipv4_in(known) or known
    return str(ip_network(f"{known}/64", strict=False)) if isinstance(known, IPv6Address) else str(known)


def _ipv4_in(address: IPv6Address) -> IPv4Address | None:
    """The caller's address of IPv4, where one of IPv6 stands for it; ``::1`` is the machine itself."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.teredo is not None:
        return address.teredo[1]
    if int(address) > 1 and any(address in network for network in _HOLD_IPV4):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
