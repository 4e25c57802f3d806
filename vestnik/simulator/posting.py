"""Posts requests, one to a connection: what the simulator calls receipts with."""

import asyncio
import ssl
from urllib.parse import urlsplit

from vestnik.simulator.protocols.protocol import Post

#: Seconds for a whole request.
_TIMEOUT = 30.0
#: Bytes of an answer that are read.
_MAX_ANSWER = 65_536


async def send_post(post: Post) -> tuple[int, bytes]:
    """Make a request. Return status and body of its answer.

    Raises:
        OSError: there is no answer: refused, cut off, too slow, or no HTTP.
    """
    async with asyncio.timeout(_TIMEOUT):
        return await _send(post)


async def _send(post: Post) -> tuple[int, bytes]:
    url = urlsplit(post.url)
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(url.hostname, port, ssl=_any_server() if secure else None)
    try:
        target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
        lines = [f"{post.method} {target} HTTP/1.1", f"Host: {url.netloc}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in post.headers]
        lines += [f"Content-Length: {len(post.body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + post.body)
        await writer.drain()
        answer = b""
        while len(answer) < _MAX_ANSWER and (piece := await reader.read(_MAX_ANSWER)):
            answer += piece
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[1].isdigit():
        raise OSError("the answer to a receipt is not HTTP")
    return int(words[1]), _unchunked(head, body)


def _unchunked(head: bytes, body: bytes) -> bytes:
    """The body of a chunked answer (RFC 9112, 7.1), as far as it is one."""
    if b"transfer-encoding: chunked" not in head.lower():
        return body
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        whole, body = whole + rest[:length], rest[length + 2 :]
        if not length:
            break
    return whole


def _any_server() -> ssl.SSLContext:
    """Receipts of a simulator are no secret, and the server of a test has a certificate of its own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
