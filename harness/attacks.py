"""What strangers do to stop the web: each holds on for as long as its block lasts. Used by tests and by the bench."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

#: Bytes that the kernel holds for a reader that does not read: as few as it lets us say.
_SMALL = 4096


def connect(url: str, *, small: bool = False) -> socket.socket:
    """A connection to the server of a URL; ``small``: with a small buffer for what we do not read."""
    where = urlsplit(url)
    made = socket.socket(socket.AF_INET)
    if small:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)
    made.settimeout(10)
    try:
        made.connect((where.hostname or "", where.port or 80))
    except BaseException:
        made.close()
        raise
    return made


@contextmanager
def _held(url: str, count: int, sent: bytes, *, small: bool = False) -> Iterator[list[socket.socket]]:
    """So many connections, each of which has sent the same."""
    with ExitStack() as stack:
        made = []
        for _ in range(count):
            # One that is refused is as good as one that is held: the server is what is looked at.
            with contextlib.suppress(OSError):
                connection = stack.enter_context(connect(url, small=small))
                connection.sendall(sent)
                made.append(connection)
        yield made


@contextmanager
def silent(url: str, count: int = 2_000) -> Iterator[list[socket.socket]]:
    """Connections that say nothing."""
    with _held(url, count, b"") as made:
        yield made


@contextmanager
def half_heads(url: str, count: int = 500) -> Iterator[list[socket.socket]]:
    """Requests whose heads do not end."""
    with _held(url, count, b"GET /client/ HTTP/1.1\r\nHost: localhost\r\nX-Long: a") as made:
        yield made


#: An offer of HTTP/2 (RFC 7540, 3.2), as some clients make it with their first request.
OFFER = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


@contextmanager
def half_bodies(
    url: str, count: int = 30, path: str = "/auth/login/", headers: str = ""
) -> Iterator[list[socket.socket]]:
    """Requests of which one byte of the body comes. ``headers``: lines, each with its end."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Type: application/json\r\n"
    with _held(url, count, head.encode() + b"Content-Length: 900\r\n\r\n{") as made:
        yield made


@contextmanager
def endless_chunks(url: str, count: int = 30) -> Iterator[list[socket.socket]]:
    """Bodies in pieces, which do not say how long they get."""
    head = b"POST /client/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
    with _held(url, count, head + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n") as made:
        yield made


@contextmanager
def unread(url: str, path: str, headers: str, count: int = 12) -> Iterator[list[socket.socket]]:
    """Answers that nobody reads. ``headers``: lines, each with its end."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()
    with _held(url, count, request, small=True) as made:
        yield made


def break_off(url: str, path: str, headers: str, *, times: int, after: int = 1_000) -> list[bytes]:
    """Begin to read an answer and go away, so many times; the first bytes of each."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n".encode()
    begun = []
    for _ in range(times):
        with connect(url, small=True) as connection:
            connection.sendall(request)
            got = b""
            while len(got) < after and (data := connection.recv(after)):
                got += data
            begun.append(got)
    return begun
