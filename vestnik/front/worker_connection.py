"""One connection to a worker process over its Unix socket. It carries one request at a time."""

import asyncio
from typing import Protocol, cast

import httptools

from vestnik.front import answers
from vestnik.front.connection import Connection
from vestnik.front.limits import Limits
from vestnik.front.request import Request, head_for_worker

_PIECE = 2**16
#: Seconds after which an unused connection is closed. The workers' server waits longer (its header_read_timeout).
IDLE = 5.0
#: Methods that may be repeated on another connection if the server has closed the first one (RFC 9110, 9.2.2).
_REPEATABLE = frozenset((b"GET", b"HEAD", b"OPTIONS"))


class Pool(Protocol):
    """What a connection needs from the pool that it belongs to."""

    limits: Limits

    def now(self) -> float:
        """Return the event loop's clock in seconds."""

    def submit(self, connection: Connection, request: Request) -> None:
        """Have a request answered as soon as a worker is free."""

    def released(self, worker: "WorkerConnection") -> None:
        """Use the connection for the next request."""

    def lost(self, worker: "WorkerConnection", *, broken: bool) -> None:
        """Remove a closed connection. ``broken``: a request was not answered, so its process may have ended."""


class WorkerConnection(asyncio.Protocol):
    """Sends requests to a worker process, and relays the answers."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._transport: asyncio.Transport
        self._connection: Connection | None = None
        self._request: Request | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._asked_at = self._free_at = 0.0
        self._used = self._abandoned = self._begun = self._complete = self._kept = self._paused = False

    def ask(self, connection: Connection, request: Request) -> None:
        """Send a request, and relay its answer to the connection."""
        self._connection, self._request = connection, request
        connection.worker = self
        self._parser = httptools.HttpResponseParser(self)
        self._begun = self._complete = self._abandoned = False
        self._asked_at = self._pool.now()
        self._transport.write(head_for_worker(request, connection.peer))
        self._write_on()

    # -- Methods for the client's connection

    def pause(self) -> None:
        """Stop reading, because the client is slower than the answer."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def abandon(self) -> None:
        """Discard the answer, because the client has gone.

        If the answer has begun, it may be long, so the connection is closed. Otherwise the answer is awaited, because
        the worker is busy with it anyway.
        """
        self._abandoned = True
        self._connection = None
        body = self._request.body if self._request is not None else None
        if self._begun or body:
            self._transport.abort()

    def check(self, now: float) -> None:
        """End what takes too long. Called every ``check`` seconds of the limits."""
        limits = self._pool.limits
        if self._request is None:
            if now - self._free_at > IDLE:
                self._transport.close()
        elif now - self._asked_at > (limits.whole if self._begun else limits.answer):
            self._fail(answers.TOO_LONG)
            self._transport.abort()

    # -- Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Relay bytes of the answer."""
        if self._request is None:
            self._transport.abort()
            return
        self._begun = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail(answers.NO_ANSWER)
            self._transport.abort()
            return
        if self._connection is not None:
            self._connection.relay(data)
        if self._complete:
            self._end()
        elif self._abandoned:
            self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """Repeat the request if that is safe. Otherwise answer with an error."""
        connection, request = self._connection, self._request
        broken = False
        if connection is not None and request is not None:
            if self._begun and request.version == "1.0":
                # An answer without a length ends when its connection is closed.
                self._forget()
                connection.answered(close=True)
            elif self._used and not self._begun and request.method in _REPEATABLE and request.body is None:
                self._forget()
                connection.worker = None
                self._pool.lost(self, broken=True)
                self._pool.submit(connection, request)
                return
            else:
                broken = True
                self._fail(answers.NO_ANSWER)
        self._pool.lost(self, broken=broken)

    def pause_writing(self) -> None:
        """Stop writing, because the worker reads the body too slowly."""
        self._paused = True

    def resume_writing(self) -> None:
        """Write again."""
        self._paused = False
        self._write_on()

    # -- Callbacks of httptools

    def on_headers_complete(self) -> None:
        """Note whether the server keeps the connection. The answer to HEAD ends here."""
        # The parser knows this only now.
        self._kept = self._parser.should_keep_alive()
        if self._request is not None and self._request.method == b"HEAD":
            self._complete = True

    def on_message_complete(self) -> None:
        """Note the end of the answer. An interim answer (1xx) does not end it."""
        if self._parser.get_status_code() >= 200:
            self._complete = True

    # -- Internals

    def _write_on(self) -> None:
        body = self._request.body if self._request is not None else None
        while body is not None and not self._paused and (piece := body.take(_PIECE)):
            self._transport.write(piece)

    def _end(self) -> None:
        connection, request = self._connection, self._request
        whole = request is not None and not request.unread and not (request.body and len(request.body))
        keep = whole and self._kept and request is not None and request.keep_alive
        self._forget()
        self._used, self._free_at = True, self._pool.now()
        if connection is not None:
            connection.answered(close=not self._kept)
        if keep:
            self._pool.released(self)
        else:
            self._transport.abort()

    def _fail(self, of: answers.Problem) -> None:
        connection = self._connection
        self._forget()
        if connection is not None:
            connection.fail(of, begun=self._begun)

    def _forget(self) -> None:
        self._connection = self._request = None
