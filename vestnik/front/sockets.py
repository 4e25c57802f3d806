"""Listening sockets, and addresses of peers."""

import socket


def address_of(peer: object) -> bytes:
    """Return the address of the other end of a socket. An IPv4 address that came over IPv6 is returned as IPv4."""
    host = str(peer[0]) if isinstance(peer, tuple) and peer else ""
    return host.removeprefix("::ffff:").encode() if "." in host else host.encode()


def make_listener(host: str, port: int, *, backlog: int, send_buffer: int) -> socket.socket:
    """Return a listening socket. ``::`` also accepts IPv4.

    Args:
        host: An address or a name.
        port: The port.
        backlog: The length of the kernel's queue of new connections.
        send_buffer: Bytes of an answer that the kernel buffers for each connection. The front counts only what exceeds
            them.
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
