"""Reads the answers of one connection. It uses no socket: bytes go in, and it says when an answer is whole.

The parser (llhttp, through httptools) finds where the body is. Headers are not read for a usual answer: only when
something is unusual is the head parsed a second time, from the bytes that were kept.
"""

import contextlib
from collections.abc import Iterable

import httptools

from vestnik.gateways.limits import MAX_BODY, MAX_HEAD
from vestnik.gateways.transport.failures import TransportError

#: Forms that are not in the standard but can be read in one way only, and that other clients accept too.
_LENIENT = {
    "lenient_headers": True,
    # RFC 9112, 6.3: Transfer-Encoding overrides Content-Length.
    "lenient_chunked_length": True,
    # RFC 9112, 2.2: a single LF may be recognised as the end of a line.
    "lenient_optional_cr_before_lf": True,
    "lenient_spaces_after_chunk_size": True,
    # What follows a last answer is not read.
    "lenient_data_after_close": True,
}


class ResponseReader:
    """Reads one answer after the other.

    After :meth:`feed` returned True, ``status``, ``body`` (as it came, packed or not) and ``keep`` (the connection may
    be used again) are those of the answer, until the next :meth:`feed`.
    """

    __slots__ = (
        "_body_length", "_head_read", "_kept", "_parser", "_pieces", "_received", "body", "complete", "keep", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENT)
        self.status = 0
        self.body = b""
        self.keep = True
        self.complete = False
        self._head_read = False
        self._received = self._body_length = 0
        self._kept: list[bytes] = []
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> bool:
        """Take bytes of the gateway; True when an answer is whole.

        Raises:
            TransportError: they are no HTTP, or too many.
        """
        if self.complete:  # the next answer begins
            self.complete, self.keep, self._head_read, self.body = False, True, False, b""
            self._received = self._body_length = 0
            self._kept = [data]
        elif not self._head_read or self._parser.get_status_code() < 200:
            self._kept.append(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.keep = False  # 101 that nobody asked for: what follows is another protocol's
        except httptools.HttpParserError as error:
            if not self.complete:
                raise self._broken(error) from error
            self.keep = False
        if not self.complete or self._body_length > MAX_BODY:
            self._check_lengths(len(data))
        return self.complete

    def end(self) -> bool:
        """The gateway sends nothing more; True when that ends an answer, which has no other end.

        Raises:
            TransportError: the answer is not whole, or there is none.
        """
        if self.complete or not self._head_read:
            raise TransportError("reset", "the gateway closed the connection before it answered")
        headers = self.headers()
        if "chunked" in headers.get("transfer-encoding", "").lower():
            raise TransportError("reset", "the gateway closed the connection in the middle of its answer")
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit():
            if int(length[:20]) > MAX_BODY:
                raise TransportError("garbage", f"an answer of over {MAX_BODY} bytes")
            raise TransportError("reset", "the gateway closed the connection in the middle of its answer")
        self._finish(self._parser.get_status_code(), keep=False)
        return True

    def headers(self) -> dict[str, str]:
        """The headers of the answer, by their names in small letters; the values of a repeated one joined."""
        return _Headers().read(self._kept)

    def _finish(self, status: int, *, keep: bool) -> None:
        self.status, self.keep, self.complete = status, keep, True
        if self._pieces:
            self.body = b"".join((self.body, *self._pieces))
            self._pieces = []

    def _broken(self, error: Exception) -> TransportError:
        if self._head_read:
            return TransportError("reset", f"the gateway's answer was cut off: {error}")
        return TransportError("garbage", f"the gateway's answer is not HTTP: {error}")

    def _check_lengths(self, received: int) -> None:
        self._received += received
        overhead = self._received - self._body_length
        if self._body_length > MAX_BODY:
            raise TransportError("garbage", f"an answer of over {MAX_BODY} bytes")
        # Chunk by chunk a body has at most some bytes around each of its own; its head has a limit of its own.
        if overhead > MAX_HEAD and (not self._head_read or overhead > MAX_HEAD + 16 * self._body_length):
            raise TransportError("garbage", f"the head of an answer of over {MAX_HEAD} bytes")

    # -- the parser calls these

    def on_message_begin(self) -> None:
        """Called by the parser. An answer after the one that was asked for: the connection is not used again."""
        if self.complete:
            self.keep = False

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        if not self.complete:
            self._head_read = True

    def on_body(self, data: bytes) -> None:
        """Called by the parser."""
        if not self.complete:
            if self.body:
                self._pieces.append(data)
            else:
                self.body = data
            self._body_length += len(data)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self.complete:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            # An interim answer (RFC 9110, 15.2): the final one follows. It may have no body: what came of one goes.
            self._head_read = False
            self.body, self._pieces = b"", []
            return
        self._finish(status, keep=self._parser.should_keep_alive())


class _Headers:
    """Collects the headers of the first answer that is not an interim one."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._over = False
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENT)

    def read(self, parts: Iterable[bytes]) -> dict[str, str]:
        # What is broken was reported when it was first read: here it counts as far as it goes.
        with contextlib.suppress(httptools.HttpParserError, httptools.HttpParserUpgrade):
            for part in parts:
                self._parser.feed_data(part)
        return self._found

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._over:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            self._found[key] = f"{self._found[key]}, {text}" if key in self._found else text

    def on_headers_complete(self) -> None:
        if not self._over and 100 <= self._parser.get_status_code() < 200:
            self._found = {}
        else:
            self._over = True
