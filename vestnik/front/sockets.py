"""Sockets: opens one that listens, and gives the address of the other end."""

import socket


def address_of(peer: object) -> bytes:
    """The address of a socket's other end; one of IPv4 that came over IPv6 as IPv4."""
    host = str(peer[0]) if isinstance(peer, tuple) and peer else ""
    return host.removeprefix("::ffff:").encode() if "." in host else host.encode()


def make_listener(host: str, port: int, *, backlog: int, send_buffer: int) -> socket.socket:
    """A socket that listens; ``::`` takes IPv4, too.

    Args:
        host: an address or a name.
        port: which.
        backlog: connections that the kernel holds until we take them.
        send_buffer: bytes that it holds of an answer, for each connection: what waits beyond that, we count.
    """
    family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(where)
    listener.listen(backlog)
    listener.setblocking(False)
    return listener
