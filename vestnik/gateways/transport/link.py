"""One connection of the loop: its socket, its state machine, and the request that it carries."""

import contextlib
import select
import socket
from collections.abc import Callable

from vestnik.gateways.transport.connection import Connection
from vestnik.gateways.transport.dial import Dial
from vestnik.gateways.transport.names import Address

#: What is asked of epoll.
READ, WRITE = select.EPOLLIN, select.EPOLLOUT
#: What a link does. NAMING: waits for the host's address; DIALLING: for a socket; OPENING: proxy and TLS; ASSIGNED:
#: has a request of which nothing is written; BUSY: of which something is; IDLE: has none.
NAMING, DIALLING, OPENING, ASSIGNED, BUSY, IDLE, CLOSED = range(7)


class Link:
    """Belongs to the loop, which changes its fields, and reads; a link writes itself.

    - ``sock``, ``address``, ``connection``: from OPENING on.
    - ``due``: monotonic seconds at which something must be done about it: a request's or a connection's deadline, the
      next address to try, the end of an idle connection.
    - ``deadline``: of the request. ``connect_by``: of the connection.
    - ``unsent``: what could not be written yet, of the request or of TLS.
    - ``fresh``: no answer came over it yet. ``retired``: no further request may be written on it.
    - ``sent``: a byte of the request was written.
    - ``receive``: takes bytes of the socket; None where they go through proxy or TLS first.

    Args:
        epoll: the loop's.
    """

    sock: socket.socket
    address: Address
    connection: Connection

    __slots__ = (
        "_epoll", "address", "connect_by", "connection", "deadline", "dial", "due", "fresh", "message_id", "phase",
        "receive", "request", "retired", "sent", "sock", "started", "unsent",
    )  # fmt: skip

    def __init__(self, epoll: select.epoll) -> None:
        self._epoll = epoll
        self.phase = NAMING
        self.dial = Dial(())
        self.receive: Callable[[bytes], bool] | None = None
        self.message_id = 0
        self.request = b""
        self.unsent: bytes | memoryview = b""
        self.started = self.deadline = self.connect_by = self.due = 0.0
        self.fresh = True
        self.retired = self.sent = False

    @property
    def is_connected(self) -> bool:
        """Is there a socket?"""
        return OPENING <= self.phase < CLOSED

    def write(self) -> None:
        """Write the request, of which nothing is written yet.

        Raises:
            TransportError: nothing of it was written.
        """
        data: bytes | memoryview = self.request if self.receive is not None else self.connection.encode(self.request)
        if self.unsent:  # of TLS's handshake
            self.unsent = bytes(self.unsent) + data
        else:
            written = self._send(data)
            if written == len(data):
                self.sent = True
            else:
                self.sent = written > 0
                self._leave(memoryview(data)[written:])
        self.phase = BUSY
        self.due = self.deadline

    def go_on(self) -> None:
        """Write what proxy or TLS have to say themselves, and the request once they are ready.

        Raises:
            TransportError: the connection is gone.
        """
        data, self.connection.outgoing = self.connection.outgoing, b""
        if data:
            written = 0 if self.unsent else self._send(data)
            if written < len(data):
                self._leave(bytes(self.unsent) + data[written:])
        if self.connection.ready and self.phase == OPENING:
            self.write()

    def flush(self) -> None:
        """Write more of what was left: the socket takes more."""
        try:
            written = self.sock.send(self.unsent)
        except BlockingIOError:
            return
        except OSError:
            # What the gateway had to say before it closed may still be there: reading finds it, or the error.
            self.unsent = b""
        else:
            self.sent = self.sent or self.phase == BUSY
            self.unsent = memoryview(self.unsent)[written:]
        if not self.unsent:
            self._epoll.modify(self.sock.fileno(), READ)

    def say_why(self) -> None:
        """Give the other side TLS's alert, if there is one, before the connection is closed."""
        if self.is_connected and self.connection.outgoing and not self.unsent:
            with contextlib.suppress(OSError):
                self.sock.send(self.connection.outgoing)

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self.connection.lost(error.strerror) from error

    def _leave(self, data: bytes | memoryview) -> None:
        """The socket takes no more now: the rest is written when it does."""
        self.unsent = data
        self._epoll.modify(self.sock.fileno(), READ | WRITE)
