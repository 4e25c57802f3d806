"""Parses requests from bytes, with limits for heads and bodies. It uses no sockets."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httptools

from vestnik.addresses import place_of
from vestnik.front.answers import BAD_REQUEST, BUSY, HEAD_TOO_LARGE, Problem
from vestnik.front.limits import Limits
from vestnik.front.spool import Budget, Spool

#: The header that gives workers the address of the client. Clients cannot set it: see :func:`head_for_worker`.
PEER_HEADER = b"X-Vestnik-Peer"
#: The header that tells workers that the body is not sent: see :attr:`Request.unread`.
UNREAD_HEADER = b"X-Vestnik-Unread"
#: Headers about one connection only (RFC 9110, section 7.6.1), and headers that we set ourselves.
_NOT_HANDED_ON = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade",
        b"expect", b"content-length", b"x-vestnik-peer", b"x-vestnik-unread",
    )
)  # fmt: skip


@dataclass(slots=True)
class Request:
    """One request of a client.

    - ``length``: the announced length of the body, or None.
    - ``unread``: the body is not read, because it is too large or its length is not announced. The workers refuse such
      a request by its head, and the connection is closed.
    - ``body``: the bytes of the body that were read.
    """

    method: bytes = b""
    target: bytes = b""
    version: str = "1.1"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    keep_alive: bool = True
    length: int | None = None
    unread: bool = False
    expects: bool = False
    russian: bool = False
    from_browser: bool = False
    body: Spool | None = None

    @property
    def path(self) -> bytes:
        """The target without its query and a trailing slash."""
        return self.target.partition(b"?")[0].rstrip(b"/")

    def caller(self, peer: bytes, *, proxies: int) -> str:
        """Return the address of the client. ``proxies`` (NUM_PROXIES) says how far ``X-Forwarded-For`` is trusted."""
        said = b",".join(value for name, value in self.headers if name.lower() == b"x-forwarded-for").split(b",")
        address = said[-min(proxies, len(said))].strip() if proxies else b""
        return place_of((address or peer).decode("latin-1"))

    def close(self) -> None:
        """Release the body."""
        if self.body is not None:
            self.body.close()


class RequestReader:
    """Parses bytes, and reports requests.

    After ``problem`` is set, nothing more is read.

    Args:
        limits: Limits of heads and bodies.
        budget: The room for bodies.
        peer: The address that the bytes come from.
        head_read: Called when a head is complete, before its body is read.
        request_read: Called when a request is complete. If its body is not read, called after the head.
    """

    def __init__(
        self,
        limits: Limits,
        budget: Budget,
        *,
        peer: bytes,
        head_read: Callable[[Request], None],
        request_read: Callable[[Request], None],
    ) -> None:
        self.problem: Problem | None = None
        self.request: Request | None = None
        self.received = 0
        self._limits = limits
        self._budget = budget
        self._peer = peer
        self._head_read = head_read
        self._request_read = request_read
        self._parser = httptools.HttpRequestParser(self)
        self._in_head = True
        self._head_bytes = 0
        self._whole = 0
        #: Bytes of the body that are still to be read without the parser.
        self._left = 0
        self._over = False

    @property
    def in_body(self) -> bool:
        """Whether a head is complete and its body is not."""
        return self.request is not None and not self._in_head

    def feed(self, data: bytes) -> None:
        """Read more bytes. Results are reported through the callbacks."""
        while data and not self._over:
            data = self._read_body(data) if self._left else self._parse(data)

    def _parse(self, data: bytes) -> bytes:
        """Parse bytes, and return those that the parser left."""
        whole, left = self._whole, b""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # We support no other protocol, so we ignore the offer to upgrade (RFC 9110, section 7.8).
            left = data[upgrade.args[0] :]
            self._parser = httptools.HttpRequestParser(self)
        except httptools.HttpParserError:
            self._fail(BAD_REQUEST)
        if self._in_head and self._whole == whole:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.head_bytes:
                self._fail(HEAD_TOO_LARGE)
        return left

    def _read_body(self, data: bytes) -> bytes:
        """Read a body without the parser, and return the bytes after it."""
        part, data = data[: self._left], data[self._left :]
        self._left -= len(part)
        self.on_body(part)
        if not self._left:
            self._body_read()
        return data

    # -- Callbacks of httptools

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.request = Request()
        self._in_head = True
        self._head_bytes = self.received = 0

    def on_url(self, part: bytes) -> None:
        """Append to the target, which may arrive in parts."""
        if self.request is not None:
            self.request.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header."""
        request = self.request
        if request is None or self._over:
            return
        request.headers.append((name, value))
        if len(request.headers) > self._limits.headers:
            self._fail(HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Check the head, and report it."""
        request = self.request
        if request is None or self._over:
            return
        self._in_head = False
        request.method = self._parser.get_method()
        request.version = self._parser.get_http_version()
        request.keep_alive = self._parser.should_keep_alive()
        if request.version not in {"1.0", "1.1"}:
            self._fail(BAD_REQUEST)
            return
        self._read_headers(request)
        size = sum(len(name) + len(value) + 4 for name, value in request.headers) + len(request.target)
        if size > self._limits.head_bytes:
            self._fail(HEAD_TOO_LARGE)
            return
        self._head_read(request)
        if request.unread:
            self._over = True
            self._tell(request)

    def on_body(self, part: bytes) -> None:
        """Add a part of the body."""
        request = self.request
        if request is None or self._over:
            return
        self.received += len(part)
        if request.body is None:
            limits = self._limits
            most, holder = limits.largest_body(request.path), request.caller(self._peer, proxies=limits.proxies)
            request.body = Spool(self._budget, in_memory=limits.each_in_memory, most=most, holder=holder)
        if not request.body.add(part):
            self._fail(BUSY)

    def on_message_complete(self) -> None:
        """Report the request, unless its body is read without the parser."""
        request = self.request
        if request is not None and self._parser.should_upgrade() and not request.unread:
            # The parser treats the rest as the other protocol's data, but it is the body of this request.
            self._left = request.length or 0
        if not self._left:
            self._body_read()

    def _body_read(self) -> None:
        request = self.request
        if request is None or self._over:
            return
        if (request.length or 0) != self.received:
            # Not left to the parser, because a worker would wait for the missing bytes.
            self._fail(BAD_REQUEST)
            return
        if request.method == b"CONNECT":
            self._over, request.keep_alive = True, False
        self._tell(request)

    def _tell(self, request: Request) -> None:
        self.request = None
        self._in_head = True
        self._head_bytes = 0
        self._whole += 1
        self._request_read(request)

    def _read_headers(self, request: Request) -> None:
        for name, value in request.headers:
            match name.lower():
                case b"content-length":
                    request.length = int(value) if value.isdigit() and len(value) <= 18 else 2**63
                case b"transfer-encoding":
                    request.unread = True
                case b"expect":
                    request.expects = True
                case b"accept-language":
                    request.russian = value.lstrip().lower().startswith(b"ru")
                case b"origin":
                    request.from_browser = True
        if (request.length or 0) > self._limits.largest_body(request.path):
            request.unread = True
        if request.unread or request.version == "1.0":
            request.keep_alive = False

    def _fail(self, problem: Problem) -> None:
        self.problem = self.problem or problem
        self._over = True


def head_for_worker(request: Request, peer: bytes) -> bytes:
    """Return the head that is sent to a worker.

    Headers with ``_`` in their name are left out. PEP 3333 writes ``_`` and ``-`` the same way, so a client could use
    them to fake the headers of a proxy or ours.

    Args:
        request: The request.
        peer: The address of the client.
    """
    lines = [b"%s %s HTTP/%s" % (request.method, request.target, request.version.encode())]
    lines += [
        b"%s: %s" % (name, value)
        for name, value in request.headers
        if name.lower() not in _NOT_HANDED_ON and b"_" not in name
    ]
    lines.append(PEER_HEADER + b": " + peer)
    told = [value for name, value in request.headers if name.lower() == b"content-length"]
    if told:
        lines.append(b"Content-Length: " + told[0])
    if request.unread:
        lines.append(UNREAD_HEADER + b": 1")
        if request.length is None:
            lines.append(b"Transfer-Encoding: chunked")
    if not request.keep_alive:
        lines.append(b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"
