"""Looks a host's addresses up in a thread of its own, so that the loop never waits for a name."""

import contextlib
import ipaddress
import os
import socket
import threading
from collections.abc import Sequence
from typing import NamedTuple

#: Seconds for which addresses are used before the name is looked up again. They are used until the answer is there.
FRESH_SECONDS = 30.0


class Address(NamedTuple):
    """One address of a host: family and what ``connect`` takes."""

    family: int
    sockaddr: tuple[str, int]

    def __str__(self) -> str:
        host, port = self.sockaddr[:2]
        return f"[{host}]:{port}" if self.family == socket.AF_INET6 else f"{host}:{port}"


class Names:
    """The addresses of one host.

    One thread asks; ``fd`` becomes readable when a look-up has ended, for an epoll. An address in numbers is never
    looked up.

    Args:
        host: a name or an address, IPv6 without brackets.
        port: of the addresses.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._lock = threading.Lock()
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._addresses = _numeric(host, port)
        self._fixed = bool(self._addresses)
        self._looked_up_at = float("-inf")
        self._running = False
        self._failure = ""

    @property
    def addresses(self) -> Sequence[Address]:
        """The addresses known now, the one that served last first; none before the first look-up has ended."""
        return self._addresses

    @property
    def failure(self) -> str:
        """Why the last look-up gave no address; empty when it gave some, and while one is running."""
        with self._lock:
            return "" if self._running else self._failure

    def refresh(self, now: float) -> None:
        """Look the name up if what is known is old or nothing is; ``now`` in monotonic seconds."""
        if self._fixed:
            return
        with self._lock:
            if self._running or (self._addresses and now - self._looked_up_at < FRESH_SECONDS):
                return
            self._running, self._looked_up_at = True, now
        threading.Thread(target=self._look_up, name="gateway-names", daemon=True).start()

    def ended(self) -> None:
        """Note that ``fd`` was readable."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.fd)

    def prefer(self, address: Address) -> None:
        """This address served: try it first from now on."""
        with self._lock:
            if address in self._addresses and self._addresses[0] != address:
                self._addresses = [address, *(other for other in self._addresses if other != address)]

    def distrust(self) -> None:
        """None of the addresses served: look the name up again at the next chance."""
        self._looked_up_at = float("-inf")

    def close(self) -> None:
        """Ask no more."""
        with self._lock:
            os.close(self.fd)
            self.fd = -1

    def _look_up(self) -> None:
        found: list[Address] = []
        failure = ""
        try:
            for family, _, _, _, sockaddr in socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM):
                address = Address(family, sockaddr)  # type: ignore[arg-type]  # only IPv4 and IPv6 come
                if address not in found:
                    found.append(address)
        except (OSError, UnicodeError) as error:
            failure = getattr(error, "strerror", None) or str(error)
        with self._lock:
            self._running = False
            self._failure = "" if found else failure or "it has no address"
            if found:
                served = self._addresses[0] if self._addresses else None
                self._addresses = sorted(found, key=lambda address: address != served)
            if self.fd >= 0:
                os.eventfd_write(self.fd, 1)


def _numeric(host: str, port: int) -> list[Address]:
    with contextlib.suppress(ValueError):
        version = ipaddress.ip_address(host).version
        return [Address(socket.AF_INET6 if version == 6 else socket.AF_INET, (host, port))]
    return []
