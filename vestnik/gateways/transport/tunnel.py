"""Opens a way through an HTTP proxy (CONNECT; RFC 9110, 9.3.6). It uses no socket: bytes go in, bytes come out."""

import base64
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import httptools

from vestnik.gateways.limits import MAX_HEAD
from vestnik.gateways.transport.failures import TransportError

_END_OF_HEAD = b"\r\n\r\n"
_WANTS_PASSWORD = 407


class Proxy(NamedTuple):
    """Where a proxy is, and the ``Proxy-Authorization`` that it gets (empty: none)."""

    host: str
    port: int
    authorization: bytes

    @classmethod
    def read(cls, url: str) -> "Proxy":
        """Take an address apart: ``http://[user:password@]host[:port]``; the port is 80 if it is not given.

        Raises:
            ValueError: it is not such an address.
        """
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError("a proxy's address is http://[user:password@]host:port")
        authorization = b""
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            authorization = b"Basic " + base64.b64encode(pair.encode())
        return cls(parts.hostname, parts.port or 80, authorization)


class Tunnel:
    """One CONNECT to ``host:port`` and the proxy's answer to it.

    Args:
        host: the gateway's, an IPv6 address in brackets.
        port: the gateway's.
        authorization: goes into ``Proxy-Authorization`` unless empty.
    """

    def __init__(self, host: str, port: int, authorization: bytes) -> None:
        target = f"{host}:{port}".encode()
        lines = [b"CONNECT %b HTTP/1.1" % target, b"Host: %b" % target, b"User-Agent: vestnik"]
        if authorization:
            lines.append(b"Proxy-Authorization: %b" % authorization)
        #: What is written first.
        self.request = b"\r\n".join((*lines, b"", b""))
        self._received = b""

    def receive(self, data: bytes) -> bool:
        """Take bytes of the proxy; True when the way is open.

        Raises:
            TransportError: the proxy refuses, or what it says is no such answer. The gateway got nothing.
        """
        self._received += data
        head, found, rest = self._received.partition(_END_OF_HEAD)
        if not found:
            if len(self._received) > MAX_HEAD:
                raise TransportError("proxy", f"the proxy's answer is over {MAX_HEAD} bytes long")
            return False
        status = _status(head + found)
        if status == _WANTS_PASSWORD:
            raise TransportError("proxy", "the proxy wants another user name and password (407)")
        if not 200 <= status < 300:
            raise TransportError("proxy", f"the proxy refused the connection ({status})")
        if rest:
            raise TransportError("proxy", "the proxy sent more than its answer")
        return True

    def end(self) -> TransportError:
        """What it means that the proxy has closed the connection."""
        return TransportError("proxy", "the proxy closed the connection before it answered")


def _status(head: bytes) -> int:
    parser = httptools.HttpResponseParser(object())
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        raise TransportError("proxy", f"the proxy's answer is not HTTP: {error}") from error
    return int(parser.get_status_code())
