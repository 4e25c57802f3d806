"""The gateway's address, and what is the same for all connections to it."""

import ssl
from urllib.parse import urlsplit

from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.request import authority
from vestnik.gateways.transport.connection import Connection
from vestnik.gateways.transport.tls import TlsLayer, make_context
from vestnik.gateways.transport.tunnel import Proxy, Tunnel


class Endpoint:
    """Where connections go, and how.

    ``dialled``: host and port that sockets are opened to: the proxy's, if there is one.

    Args:
        url: the gateway's address, ``http`` or ``https``: scheme, host and port of it.
        options: how connections are made.

    Raises:
        OSError: a file of certificates cannot be read.
        ValueError: an address is none.
    """

    def __init__(self, url: str, options: ConnectionOptions) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._context = make_context(options) if parts.scheme == "https" else None
        self._session: ssl.SSLSession | None = None
        self._proxy = Proxy.read(options.proxy) if options.proxy else None
        self.dialled = (self._proxy.host, self._proxy.port) if self._proxy else (self._host, self._port)

    @property
    def through_proxy(self) -> bool:
        """Do sockets go to a proxy?"""
        return self._proxy is not None

    def connection(self) -> Connection:
        """Make the state machine of a new connection."""
        tunnel = None
        if self._proxy is not None:
            tunnel = Tunnel(authority(self._host, None), self._port, self._proxy.authorization)
        tls = None if self._context is None else TlsLayer(self._context, self._host, self._session)
        return Connection(tunnel, tls)

    def remember(self, connection: Connection) -> None:
        """An answer came over it: the next connection may resume its TLS session."""
        if connection.tls is not None:
            self._session = connection.tls.session
