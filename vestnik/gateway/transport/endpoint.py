"""The gateway's address, and what is the same for all requests and connections to it."""

import ssl
from urllib.parse import urlsplit

from vestnik.gateway.transport.connection import Connection
from vestnik.gateway.transport.tls import TlsLayer, make_context
from vestnik.gateway.transport.tunnel import Proxy, Tunnel


class Endpoint:
    """Where requests go, and how.

    ``dialled``: host and port that sockets are opened to: the proxy's, if there is one.

    Args:
        url: the gateway's base, ``http`` or ``https``.
        token: goes into ``Authorization: Bearer``.
        verify_file: certificates to trust instead of the machine's, PEM.
        client_certificate: our own certificate with its key, PEM.
        proxy: ``http://[user:password@]host:port``; None: none.

    Raises:
        OSError: a file of certificates cannot be read.
        ValueError: an address is none.
    """

    def __init__(
        self, *, url: str, token: str, verify_file: str | None, client_certificate: str | None, proxy: str | None
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._context = make_context(verify_file, client_certificate) if parts.scheme == "https" else None
        self._session: ssl.SSLSession | None = None
        self._proxy = Proxy.read(proxy) if proxy else None
        self.dialled = (self._proxy.host, self._proxy.port) if self._proxy else (self._host, self._port)
        #: The request, to be filled with ``(message id, bytes of the body, body)``.
        self.template = _template(parts.path, _authority(self._host, parts.port), token)

    @property
    def through_proxy(self) -> bool:
        """Do sockets go to a proxy?"""
        return self._proxy is not None

    def connection(self) -> Connection:
        """Make the state machine of a new connection."""
        tunnel = None
        if self._proxy is not None:
            tunnel = Tunnel(_authority(self._host, None), self._port, self._proxy.authorization)
        tls = None if self._context is None else TlsLayer(self._context, self._host, self._session)
        return Connection(tunnel, tls)

    def remember(self, connection: Connection) -> None:
        """An answer came over it: the next connection may resume its TLS session."""
        if connection.tls is not None:
            self._session = connection.tls.session


def _authority(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else _ascii(host)
    return name if port is None else f"{name}:{port}"


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode()


def _template(path: str, authority: str, token: str) -> bytes:
    head = "\r\n".join(
        (
            f"POST {path}/send/\0 HTTP/1.1",
            f"Host: {authority}",
            f"Authorization: Bearer {token}",
            "User-Agent: vestnik",
            "Accept: application/json",
            "Content-Type: application/json",
            "Content-Length: \0",
            "",
            "\1",
        )
    )
    return head.encode().replace(b"%", b"%%").replace(b"\0", b"%d").replace(b"\1", b"%b")
