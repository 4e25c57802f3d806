"""One connection of the loop: its socket, its state machine, and the request that it carries."""

import socket
from collections.abc import Callable

from vestnik.gateway.transport.connection import Connection
from vestnik.gateway.transport.dial import Dial
from vestnik.gateway.transport.names import Address

#: What a link does. NAMING: waits for the host's address; DIALLING: for a socket; OPENING: proxy and TLS; ASSIGNED:
#: has a request of which nothing is written; BUSY: of which something is; IDLE: has none.
NAMING, DIALLING, OPENING, ASSIGNED, BUSY, IDLE, CLOSED = range(7)


class Link:
    """Belongs to the loop, which changes its fields.

    - ``sock``, ``address``, ``connection``: from OPENING on.
    - ``due``: monotonic seconds at which something must be done about it: a request's or a connection's deadline, the
      next address to try, the end of an idle connection.
    - ``deadline``: of the request. ``connect_by``: of the connection.
    - ``unsent``: what could not be written yet, of the request or of TLS.
    - ``fresh``: no answer came over it yet. ``retired``: no further request may be written on it.
    - ``sent``: a byte of the request was written.
    - ``receive``: takes bytes of the socket; None where they go through proxy or TLS first.
    """

    sock: socket.socket
    address: Address
    connection: Connection

    __slots__ = (
        "address", "connect_by", "connection", "deadline", "dial", "due", "fresh", "message_id", "phase", "receive",
        "request", "retired", "sent", "sock", "started", "unsent",
    )  # fmt: skip

    def __init__(self) -> None:
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
