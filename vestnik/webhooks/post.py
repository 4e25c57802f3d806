"""Posts one event to an address that was checked, within a time limit, and follows no redirect."""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from vestnik.gateways.outcome import retry_seconds
from vestnik.printable import lines, one_line
from vestnik.webhooks.targets import Address, NoTarget, Target, addresses_of

#: Seconds: for a connection to each address, for each read, and for everything after the name was resolved.
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 4.0, 8.0, 10.0
#: Bytes of an answer that are read and kept; the rest is not read.
ANSWER_BYTES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one attempt. ``status`` None: there was no answer, and ``error`` says why.

    ``body``: its first bytes, as text that can be shown. ``retry_after``: seconds that it asks us to wait, or a day.
    """

    status: int | None
    error: str = ""
    body: str = ""
    retry_after: float | None = None
    milliseconds: int = 0

    @property
    def is_good(self) -> bool:
        """Return whether the event has arrived."""
        return self.status is not None and 200 <= self.status < 300


def post(target: Target, *, headers: Mapping[str, str], body: bytes, allow_private: bool) -> Answer:
    """Post ``body`` once. Never raises for what the other side does.

    The name is resolved here and now, and the connection goes to an address that was checked.
    """
    began = time.monotonic()
    try:
        addresses = addresses_of(target, allow_private=allow_private)
        answer = _exchange(target, addresses, headers, body)
    except NoTarget as error:
        answer = Answer(status=None, error=str(error))
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        answer = Answer(status=None, error=_why(error))
    took = round((time.monotonic() - began) * 1_000)
    return Answer(
        status=answer.status, error=answer.error, body=answer.body, retry_after=answer.retry_after, milliseconds=took
    )


def _exchange(target: Target, addresses: list[Address], headers: Mapping[str, str], body: bytes) -> Answer:
    with _TimeLimit(TOTAL_SECONDS) as limit:
        pool = _pool(target, addresses, limit)
        try:
            response = pool.urlopen(
                "POST", target.path, body=body, headers={**headers, "Host": target.authority}, retries=False,
                redirect=False, preload_content=False, decode_content=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            )  # fmt: skip
            if limit.is_over:
                raise TimeoutError("the head was cut off, which http.client takes for its end")
            wait = retry_seconds(response.headers.get("Retry-After"), time.time())
            return Answer(status=response.status, body=_first_bytes(response), retry_after=wait)
        finally:
            pool.close()


def _first_bytes(response: urllib3.response.BaseHTTPResponse) -> str:
    """The status has said what matters: an answer that breaks off or never ends is shown as far as it came."""
    try:
        start = response.read(ANSWER_BYTES, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        start = b""
    return lines(start.decode("utf-8", errors="replace"))


def _why(error: Exception) -> str:
    """A sentence for the list of attempts. The library's own text names addresses and objects of Python."""
    reason = getattr(error, "reason", None) or error
    # A kind of timeout for urllib3, too.
    if isinstance(reason, urllib3.exceptions.NewConnectionError | ConnectionRefusedError):
        return "No connection could be made."
    if isinstance(reason, urllib3.exceptions.TimeoutError | TimeoutError):
        return "No answer in time."
    if isinstance(reason, urllib3.exceptions.SSLError):
        return one_line(f"TLS failed: {reason}")[:200]
    if isinstance(reason, urllib3.exceptions.ProtocolError | OSError):
        return "The connection closed before an answer came."
    return f"The answer cannot be read ({type(reason).__name__})."


class _TimeLimit:
    """Cuts a connection after so many seconds: a socket's timeout begins again with each byte that comes.

    It holds a second descriptor of the socket, since TLS takes the first one away while it shakes hands.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._until = time.monotonic() + seconds
        self.is_over = False
        self._guard = threading.Lock()
        self._copies: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._guard:
            for copy in self._copies:
                copy.close()
            self._copies.clear()

    def watch(self, sock: socket.socket) -> None:
        """Cut this connection, too, when the time is over."""
        with self._guard:
            self._copies.append(socket.socket(fileno=os.dup(sock.fileno())))

    def left(self) -> float:
        """Seconds that are left."""
        return max(0.001, self._until - time.monotonic())

    def _cut(self) -> None:
        self.is_over = True
        with self._guard:
            for copy in self._copies:
                with _no_matter():
                    copy.shutdown(socket.SHUT_RDWR)


@contextmanager
def _no_matter() -> Iterator[None]:
    """The other side may have closed it before."""
    try:
        yield
    except OSError:
        return


def _dial(addresses: list[Address], port: int, limit: _TimeLimit) -> socket.socket:
    """Connect to the first address that takes it. No name is looked up here."""
    problem: OSError = OSError("no address")
    for address in addresses:
        try:
            sock = socket.create_connection((str(address), port), timeout=min(CONNECT_SECONDS, limit.left()))
        except OSError as error:
            problem = error
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        limit.watch(sock)
        return sock
    raise problem


def _pool(target: Target, addresses: list[Address], limit: _TimeLimit) -> urllib3.HTTPConnectionPool:
    """A pool whose connections go to the addresses, while TLS still checks the name of the host."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, addresses, target.port, limit)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, addresses, target.port, limit)

    if target.scheme == "http":
        pool = urllib3.HTTPConnectionPool(target.host, target.port, maxsize=1)
        pool.ConnectionCls = Plain
        return pool
    secure = urllib3.HTTPSConnectionPool(target.host, target.port, maxsize=1, cert_reqs="CERT_REQUIRED")
    secure.ConnectionCls = Secure
    return secure


def _connected(connection: HTTPConnection, addresses: list[Address], port: int, limit: _TimeLimit) -> socket.socket:
    """As urllib3's own method: with its errors (https://github.com/urllib3/urllib3, connection.py)."""
    try:
        return _dial(addresses, port, limit)
    except TimeoutError as error:
        raise urllib3.exceptions.ConnectTimeoutError(connection, "the connection timed out") from error
    except OSError as error:
        raise urllib3.exceptions.NewConnectionError(connection, "no connection") from error
