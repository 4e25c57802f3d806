"""One connection to an SMSC: name, socket, proxy, TLS, and which of what was written has left this process."""

import select
import socket
from collections import deque
from dataclasses import dataclass

from vestnik.gateways.transport.dial import Dial
from vestnik.gateways.transport.failures import TransportError
from vestnik.gateways.transport.names import Names
from vestnik.gateways.transport.tls import TlsLayer
from vestnik.gateways.transport.tunnel import Tunnel

READ, WRITE = select.EPOLLIN, select.EPOLLOUT
#: Bytes read at once.
PIECE = 65_536
#: Bytes that wait to be written, above which no more is submitted: what waits here cannot be taken back.
_MAX_BACKLOG = 65_536


@dataclass(frozen=True, slots=True)
class Way:
    """What stands between a socket and the SMSC: a proxy, TLS, both or nothing."""

    tunnel: Tunnel | None
    tls: TlsLayer | None


class Line:
    """Belongs to one thread and one epoll.

    ``is_open``: PDUs may be put. Until then its sockets dial, and proxy and TLS are gone through.

    Args:
        epoll: where its sockets are registered.
        names: the host's addresses, of which there are some now.
        way: of this connection alone.
    """

    def __init__(self, epoll: select.epoll, names: Names, way: Way) -> None:
        self._epoll, self._names = epoll, names
        self._tunnel, self._tls = way.tunnel, way.tls
        self._dial: Dial | None = Dial(names.addresses)
        self._sock: socket.socket | None = None
        self.is_open = False
        self.descriptors: set[int] = set()
        self._batch: list[bytes] = []
        self._batch_size = 0
        self._marks: deque[tuple[int, int]] = deque()
        self._size = 0  # bytes put so far, encrypted where TLS is used
        self._written = 0
        self._unsent = b""
        self._waits = False

    @property
    def is_full(self) -> bool:
        """Does the SMSC read slower than we write?"""
        return self._batch_size + len(self._unsent) > _MAX_BACKLOG

    @property
    def next_address_at(self) -> float:
        """Monotonic seconds at which :meth:`dial_next` should be called."""
        return self._dial.next_at if self._dial is not None else float("inf")

    def dial_next(self, now: float) -> None:
        """Try the next address.

        Raises:
            TransportError: none is left.
        """
        dial = self._dial
        if dial is None:
            return
        attempt = dial.try_next(now)
        if attempt is not None:
            self.descriptors.add(attempt.fileno())
            self._epoll.register(attempt.fileno(), WRITE)
        elif dial.over:
            self._names.distrust()
            raise TransportError("connect", dial.failure)

    def heard(self, descriptor: int, events: int, now: float) -> bytes | None:
        """Something happened at a socket: the plain bytes that came; None: the SMSC has closed the connection.

        Raises:
            TransportError: the connection is lost.
        """
        sock = self._sock
        if self._dial is not None:
            self._connected(self._dial, descriptor, now)
        if sock is None:
            return b""
        if events & WRITE:
            self.flush()
        if not events & ~WRITE:
            return b""
        try:
            data = sock.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise self._lost(error.strerror) from error
        return self._read(data)

    def put(self, data: bytes, mark: int = 0) -> None:
        """Add a PDU to what :meth:`flush` writes. ``mark``: other than 0, to know later whether it has left."""
        self._batch.append(data)
        self._batch_size += len(data)
        if mark:
            self._marks.append((self._size, mark))
        if self._tls is None:
            self._size += len(data)

    def flush(self) -> None:
        """Write as much as the socket takes. What it does not take is written once it does.

        Raises:
            TransportError: the connection is lost.
        """
        if self._batch:
            data = b"".join(self._batch)
            self._batch.clear()
            self._batch_size = 0
            if self._tls is not None:
                data = self._tls.encrypt(data)
                self._size += len(data)
            self._unsent += data
        if not self._unsent or self._sock is None:
            return
        try:
            written = self._sock.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            written = 0
        except OSError as error:
            raise self._lost(error.strerror) from error
        self._written += written
        self._unsent = self._unsent[written:]
        if not self._unsent:
            self._marks.clear()
        while self._marks and self._marks[0][0] < self._written:
            self._marks.popleft()
        self._wait_to_write(self._sock)

    def unsent_marks(self) -> list[int]:
        """The marks of which no byte has left this process."""
        return [mark for _, mark in self._marks]

    def _wait_to_write(self, sock: socket.socket) -> None:
        if bool(self._unsent) is not self._waits:
            self._waits = not self._waits
            self._epoll.modify(sock.fileno(), READ | WRITE if self._waits else READ)

    def close(self) -> None:
        """Close all sockets. What could not be written is not written any more."""
        if self._dial is not None:
            self._dial.close()
        if self._sock is not None:
            self._sock.close()
        self.descriptors.clear()
        self.is_open = False

    # -- until it is open

    def _connected(self, dial: Dial, descriptor: int, now: float) -> None:
        self.descriptors.discard(descriptor)
        won = dial.answered(descriptor)
        if won is None:
            self.dial_next(now)
            return
        for other in dial.close():
            self.descriptors.discard(other)
        self._dial = None
        self._sock, address = won
        self._names.prefer(address)
        self.descriptors.add(descriptor)
        self._epoll.modify(descriptor, READ)
        if self._tunnel is not None:
            self._say(self._tunnel.request)
        else:
            self._inside()

    def _inside(self) -> None:
        """The way through the proxy is open, or there is none."""
        self._tunnel = None
        if self._tls is None:
            self.is_open = True
        else:
            self._say(self._tls.start())

    def _say(self, data: bytes) -> None:
        """Write what proxy or TLS need themselves."""
        self._size += len(data)
        self._unsent += data
        self.flush()

    def _read(self, data: bytes) -> bytes | None:
        if self._tunnel is not None:
            if not data:
                raise self._tunnel.end()
            if self._tunnel.receive(data):
                self._inside()
            return b""
        if self._tls is None:
            return data or None
        if not data:
            self._tls.end()
            return None
        return self._decrypt(self._tls, data)

    def _decrypt(self, tls: TlsLayer, data: bytes) -> bytes | None:
        try:
            plain = tls.receive(data)
        except TransportError:
            self._alert(tls)
            raise
        own = tls.pending()
        if own:
            self._say(own)
        self.is_open = self.is_open or tls.established
        return None if tls.closed and not plain else plain

    def _alert(self, tls: TlsLayer) -> None:
        """Tell the SMSC why, if the socket takes it."""
        own = tls.pending()
        if own and self._sock is not None and not self._unsent:
            try:
                self._sock.send(own)
            except OSError:
                return

    def _lost(self, detail: str | None) -> TransportError:
        code = "proxy" if self._tunnel is not None else "reset"
        if self._tls is not None and not self._tls.established and self._tunnel is None:
            code = "tls"
        return TransportError(code, detail or "the connection failed")
