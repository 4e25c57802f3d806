"""Opens one socket to the first address of a host that accepts (RFC 8305, Happy Eyeballs, without its sorting)."""

import contextlib
import errno
import os
import socket
from collections.abc import Sequence

from vestnik.gateways.transport.names import Address

#: Seconds after which the next address is tried beside one that has not answered (RFC 8305, 5).
NEXT_ADDRESS = 0.25
_UNDER_WAY = frozenset((0, errno.EINPROGRESS, errno.EINTR))


class Dial:
    """The attempts to connect, of which one wins.

    ``next_at``: monotonic seconds at which :meth:`try_next` should be called; infinite when no address is left.

    Args:
        addresses: in the order in which they are tried.
    """

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._waiting = list(addresses)
        self._sockets: dict[int, tuple[socket.socket, Address]] = {}
        self.next_at = float("-inf")
        self.failure = "no address"

    def try_next(self, now: float) -> socket.socket | None:
        """Begin with the next address that can be tried; its socket, to be watched until it can be written."""
        while self._waiting:
            address = self._waiting.pop(0)
            attempt = self._begin(address)
            if attempt is not None:
                self._sockets[attempt.fileno()] = attempt, address
                self.next_at = now + NEXT_ADDRESS if self._waiting else float("inf")
                return attempt
        self.next_at = float("inf")
        return None

    def answered(self, descriptor: int) -> tuple[socket.socket, Address] | None:
        """The socket can be written: the one that is connected; None when it failed."""
        attempt, address = self._sockets.pop(descriptor)
        number = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not number:
            return attempt, address
        self.failure = f"{os.strerror(number)} ({address})"
        attempt.close()
        self.next_at = float("-inf")
        return None

    @property
    def over(self) -> bool:
        """Has every address failed?"""
        return not self._sockets and not self._waiting

    def close(self) -> list[int]:
        """Give up all attempts that are under way; their descriptors."""
        descriptors = list(self._sockets)
        for attempt, _ in self._sockets.values():
            attempt.close()
        self._sockets.clear()
        return descriptors

    def _begin(self, address: Address) -> socket.socket | None:
        try:
            attempt = socket.socket(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        except OSError as error:  # no IPv6 here, or no descriptor left
            self.failure = f"{error.strerror} ({address})"
            return None
        with contextlib.suppress(OSError):
            attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = attempt.connect_ex(address.sockaddr)
        if number in _UNDER_WAY:
            return attempt
        self.failure = f"{os.strerror(number)} ({address})"
        attempt.close()
        return None
