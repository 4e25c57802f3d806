"""One connection to the gateway without its socket: proxy, TLS and HTTP, one on top of the other."""

from vestnik.gateways.transport.failures import TransportError
from vestnik.gateways.transport.response import ResponseReader
from vestnik.gateways.transport.tls import TlsLayer
from vestnik.gateways.transport.tunnel import Tunnel


class Connection:
    """Bytes of the other side go in; it says when it is ready and when an answer is whole.

    - ``ready``: a request may be written.
    - ``outgoing``: what must be written first; the owner writes and empties it.
    - ``reader``: the answer.

    Args:
        tunnel: the way through a proxy, if there is one.
        tls: None: plain HTTP.
    """

    __slots__ = ("_tunnel", "outgoing", "reader", "ready", "tls")

    def __init__(self, tunnel: Tunnel | None = None, tls: TlsLayer | None = None) -> None:
        self._tunnel = tunnel
        self.tls = tls
        self.reader = ResponseReader()
        self.ready = False
        self.outgoing = b""

    def open(self) -> None:
        """The socket is connected: begin."""
        if self._tunnel is not None:
            self.outgoing = self._tunnel.request
        else:
            self._open_inner()

    def receive(self, data: bytes) -> bool:
        """Take bytes of the other side; True when an answer is whole.

        Raises:
            TransportError: the connection cannot go on.
        """
        if self._tunnel is not None:
            if self._tunnel.receive(data):
                self._tunnel = None
                self._open_inner()
            return False
        if self.tls is None:
            return self.reader.feed(data)
        try:
            plain = self.tls.receive(data)
        finally:
            self.outgoing += self.tls.pending()  # an alert, too
        self.ready = self.tls.established
        complete = bool(plain) and self.reader.feed(plain)
        if self.tls.closed:
            complete = complete or self.reader.end()
            self.reader.keep = False
        return complete

    def end(self) -> bool:
        """The other side has closed the connection; True when that ends an answer.

        Raises:
            TransportError: the answer is not whole.
        """
        if self._tunnel is not None:
            raise self._tunnel.end()
        if self.tls is not None:
            self.tls.end()
        return self.reader.end()

    def receive_unasked(self, data: bytes) -> bool:
        """Take bytes while no request is written. False: the connection is of no use any more.

        TLS has something to say of its own then (RFC 8446, 4.6). An answer that nobody asked for could be taken for
        the answer to the next request.

        Raises:
            TransportError: the connection cannot go on.
        """
        return self.tls is not None and not self.tls.receive(data) and not self.tls.closed

    def lost(self, detail: str | None) -> TransportError:
        """What it means that the socket failed now."""
        code = "reset"
        if self._tunnel is not None:
            code = "proxy"
        elif self.tls is not None and not self.tls.established:
            code = "tls"
        return TransportError(code, detail or "the connection failed")

    def encode(self, request: bytes) -> bytes:
        """Turn a request into the bytes that are written.

        Raises:
            TransportError: the connection is over.
        """
        if self.tls is None:
            return request
        # What TLS had to say before the request goes before it: its records are numbered.
        before, self.outgoing = self.outgoing, b""
        return before + self.tls.encrypt(request)

    def _open_inner(self) -> None:
        if self.tls is None:
            self.ready = True
        else:
            self.outgoing += self.tls.start()
