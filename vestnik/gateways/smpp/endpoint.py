"""Where an SMSC is, and what stands before it."""

from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.smpp.line import Way
from vestnik.gateways.transport.tls import TlsLayer, make_context
from vestnik.gateways.transport.tunnel import Proxy, Tunnel


class Endpoint:
    """Host and port, and the proxy and the certificates on the way there.

    ``dialled``: host and port that sockets are opened to: the proxy's, if there is one.

    Raises:
        OSError: a file of certificates cannot be read.
        ValueError: the proxy's address is none.
    """

    def __init__(self, host: str, port: int, *, tls: bool, options: ConnectionOptions) -> None:
        self._host, self._port = host, port
        self._context = make_context(options, protocol=None) if tls else None
        self._proxy = Proxy.read(options.proxy) if options.proxy else None
        self.dialled = (self._proxy.host, self._proxy.port) if self._proxy else (host, port)

    def way(self) -> Way:
        """What a new connection goes through."""
        tunnel = None
        if self._proxy is not None:
            host = f"[{self._host}]" if ":" in self._host else self._host
            tunnel = Tunnel(host, self._port, self._proxy.authorization)
        return Way(tunnel, TlsLayer(self._context, self._host, None) if self._context else None)
