"""Checks whether the gateway has closed a kept connection, just before it is used again, while such closes happen.

libcurl looks at a kept connection at most once a second (curl/curl pull request 22169, in 8.23). A request on a
connection that the gateway has closed meanwhile fails after it was written, and nobody knows whether it arrived.
"""

import ctypes
import time
from collections.abc import Sequence
from typing import Any

import pycurl

from vestnik.gateway.handles import IDLE_CONNECTION

#: Seconds without a close after which kept connections are trusted again; those from before are too old by then.
DISTRUST = IDLE_CONNECTION + 1.0
#: poll(2) on Linux. Whatever arrives while nothing is asked (an end, a reset, TLS's close_notify, a 408) means a close.
_POLLIN, _POLLRDHUP = 0x1, 0x2000
#: Holds the interpreter's lock over a call that does not block: giving it up would cost more than the call.
_poll = ctypes.PyDLL(None).poll


class _PollFd(ctypes.Structure):
    _fields_ = (("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short))


class Liveness:
    """The kept connections by their addresses, and a look at one of them before each request. One thread.

    The look is a sixth of what a request costs (4 µs, most of it libcurl's way into Python), and most gateways never
    close a connection that is in use; so it begins with the first close, and ends when there was none for a while.
    A connection is known once its first request is done, so only connections that are used again are looked at.

    Args:
        handles: libcurl's, which carry the requests.
    """

    def __init__(self, handles: Sequence[Any]) -> None:
        self._handles = handles
        self._distrusts = False
        self._until = 0.0
        self._descriptors: dict[tuple[str, int], int] = {}
        self._asked = _PollFd(0, _POLLIN | _POLLRDHUP, 0)
        self._pointer = ctypes.byref(self._asked)

    def distrust(self) -> None:
        """The gateway has closed a connection between two requests: look before each request from now on."""
        self._until = time.monotonic() + DISTRUST
        if not self._distrusts:
            self._distrusts = True
            for handle in self._handles:
                handle.setopt(pycurl.PREREQFUNCTION, self._check)

    def trust_again(self) -> None:
        """Look no more, if there was no close for a while."""
        if self._distrusts and time.monotonic() > self._until:
            self._distrusts = False
            for handle in self._handles:
                handle.unsetopt(pycurl.PREREQFUNCTION)

    def remember(self, curl: Any) -> None:
        """Learn the connection that was made for a request; call it when that is done."""
        address = (curl.getinfo(pycurl.PRIMARY_IP), curl.getinfo(pycurl.LOCAL_PORT))
        self._descriptors[address] = curl.getinfo(pycurl.ACTIVESOCKET)

    def _check(self, remote_ip: str, _local_ip: str, _remote_port: int, local_port: int) -> int:
        """Libcurl's question before it writes a request (CURLOPT_PREREQFUNCTION); refuses a connection that is gone."""
        descriptor = self._descriptors.get((remote_ip, local_port))
        if descriptor is None:
            return int(pycurl.PREREQFUNC_OK)
        self._asked.fd = descriptor
        if not _poll(self._pointer, 1, 0):
            return int(pycurl.PREREQFUNC_OK)
        del self._descriptors[remote_ip, local_port]
        self.distrust()
        return int(pycurl.PREREQFUNC_ABORT)
