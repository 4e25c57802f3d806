"""The gateway's end of one connection: plain or TLS, without blocking, and everything that was read is kept."""

import re
import socket
import ssl
import struct
import time
from contextlib import suppress


class Peer:
    """One accepted connection.

    Args:
        connection: the socket.
        listener: which accepted it.
        tls: of a server; None: plain.
        read_at_most: bytes that are read; the kernel keeps the others.
    """

    def __init__(
        self, connection: socket.socket, listener: socket.socket, tls: ssl.SSLContext | None, read_at_most: int
    ) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each piece is a segment, at once
        self.socket = connection
        self.listener = listener
        #: Everything that was read, without TLS.
        self.plain = bytearray()
        #: Whole requests that were read, and when the last of them was.
        self.requests = 0
        self.last_request = 0.0
        #: The other side has closed or reset the connection.
        self.gone = False
        #: Why TLS came to nothing.
        self.mistake: ssl.SSLError | None = None
        self.tls: ssl.SSLObject | None = None
        self._left = read_at_most
        self._parsed = 0
        if tls is not None:
            self.start_tls(tls)

    def start_tls(self, context: ssl.SSLContext) -> None:
        """From here on the connection carries TLS, as after a proxy's answer."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    @property
    def secure(self) -> bool:
        """The handshake is over."""
        return self.tls is not None and self.tls.version() is not None

    def read(self) -> None:
        """Read what is there."""
        with suppress(BlockingIOError):
            while self._left and not self.gone:
                self._take(self._receive())

    def sealed(self, data: bytes) -> bytes:
        """``data`` as it goes over the wire."""
        if self.tls is None:
            return data
        self.tls.write(data)
        return self._outgoing.read()

    def farewell(self) -> bytes:
        """The close_notify of TLS, as it goes over the wire."""
        assert self.tls is not None
        with suppress(ssl.SSLError):  # the other side's has not come yet
            self.tls.unwrap()
        return self._outgoing.read()

    def push(self, data: bytes) -> bytes:
        """Put bytes on the wire as they are; those that the kernel does not take now, or none once it is closed."""
        try:
            return data[self.socket.send(data) :]
        except BlockingIOError:
            return data
        except OSError:
            self.gone = True
            return b""

    def finish(self) -> None:
        """Say that nothing more comes, and go on reading."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Break the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close the connection; what was not read makes it a reset."""
        self.gone = True
        self.socket.close()

    def _receive(self) -> bytes:
        try:
            data = self.socket.recv(min(65_536, self._left))
        except BlockingIOError:
            raise
        except OSError:
            data = b""
        self._left -= len(data)
        self.gone = not data
        return data

    def _take(self, data: bytes) -> None:
        if self.tls is None:
            self.plain += data
        elif self.mistake is None:
            self._incoming.write(data)
            self._unseal()
        self._count()

    def _unseal(self) -> None:
        assert self.tls is not None
        try:
            if not self.secure:
                self.tls.do_handshake()
            while part := self.tls.read(65_536):
                self.plain += part
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.gone = True
        except ssl.SSLError as mistake:
            self.mistake = mistake
        self.push(self._outgoing.read())
        if self.mistake is not None:
            self.finish()

    def _count(self) -> None:
        """Count whole requests: by the head's end and its Content-Length."""
        while (end := self.plain.find(b"\r\n\r\n", self._parsed)) >= 0:
            length = re.search(rb"\r\ncontent-length: *(\d+)", self.plain[self._parsed : end], re.IGNORECASE)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.plain) < whole:
                return
            self._parsed = whole
            self.requests += 1
            self.last_request = time.monotonic()
