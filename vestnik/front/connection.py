"""One connection of a client. It handles one request after another, with time limits on all of them."""

import asyncio
from collections import deque
from typing import Protocol, cast

from vestnik.front import answers
from vestnik.front.limits import Limits
from vestnik.front.outgoing import Outgoing
from vestnik.front.request import Request, RequestReader
from vestnik.front.sockets import address_of
from vestnik.front.spool import Budget

_NEVER = float("inf")


class Worker(Protocol):
    """Answers a request by relaying the bytes of an answer to the connection."""

    def pause(self) -> None:
        """Stop relaying for now."""

    def resume(self) -> None:
        """Relay again."""

    def abandon(self) -> None:
        """Discard the answer, because the client has gone."""


class Front(Protocol):
    """What a connection needs from its server."""

    limits: Limits
    budget: Budget
    #: Connections without a complete request. The one that has waited longest is first.
    waiting: dict["Connection", None]

    def now(self) -> float:
        """Return the event loop's clock in seconds."""

    def joined(self, connection: "Connection") -> None:
        """Register a new connection."""

    def left(self, connection: "Connection") -> None:
        """Remove a closed connection."""

    def cut(self, reason: str) -> None:
        """Count a connection or request that was ended because of a limit."""

    def answer(self, connection: "Connection", request: Request) -> None:
        """Have the request answered through :meth:`Connection.relay` and :meth:`Connection.answered`."""


class Connection(asyncio.Protocol):
    """Reads requests, passes them on when they are complete, and writes the answers.

    ``request`` is the request that is being answered, and ``worker`` the one that answers it.
    """

    def __init__(self, front: Front) -> None:
        self.request: Request | None = None
        self.worker: Worker | None = None
        self.peer = b""
        self.gone = False
        self._front = front
        self._limits = front.limits
        self._transport: asyncio.Transport
        self._outgoing: Outgoing
        self._reader: RequestReader
        self._next: deque[Request] = deque()
        self._deadline = _NEVER
        self._began = 0.0
        self._reading_paused = self._lingers = self._whole = self._begun = False

    # -- Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to wait for the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self._outgoing = Outgoing(self._transport, self._front.budget, self._limits)
        self.peer = address_of(transport.get_extra_info("peername"))
        self._reader = RequestReader(
            self._limits, self._front.budget, peer=self.peer, head_read=self._head_read, request_read=self._request_read
        )
        self._wait(self._limits.silence)
        self._front.joined(self)

    def data_received(self, data: bytes) -> None:
        """Read the bytes."""
        if self._lingers:
            return
        reader = self._reader
        before = reader.request
        reader.feed(data)
        if reader.problem is not None:
            self._stop_reading(reader.problem)
        elif self.request is None and reader.request is not None and reader.request is not before:
            self._time_request()

    def eof_received(self) -> bool:
        """Close the connection, unless an answer is being written.

        The client has closed its side. That may mean that it has gone.
        """
        if self.request is None or not self._begun or self._lingers:
            return False
        self._drop_next()
        self.request.keep_alive = False
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        """Release everything that the connection holds."""
        self.gone = True
        if self.worker is not None:
            self.worker.abandon()
        for request in (self.request, self._reader.request, *self._next):
            if request is not None:
                request.close()
        self._outgoing.close()
        self._front.left(self)

    def pause_writing(self) -> None:
        """Keep further bytes, because the client reads slower than they arrive."""
        self._outgoing.pause()

    def resume_writing(self) -> None:
        """Write the bytes that were kept."""
        if not self._outgoing.go_on():
            return
        if self._outgoing.release() and self.worker is not None:
            self.worker.resume()
        if self._whole and self._outgoing.flows and self.request is not None:
            self._finish()

    # -- Methods for the workers

    def relay(self, data: bytes) -> None:
        """Write bytes of the answer."""
        if self.gone:
            return
        self._begun = True
        if not self._outgoing.write(data) and self.worker is not None:
            self.worker.pause()

    def answered(self, *, close: bool = False) -> None:
        """Note that the answer is complete and its worker is free."""
        self.worker = None
        self._whole = True
        if self.request is not None and close:
            self.request.keep_alive = False
        if not self._outgoing.keeps:
            self._finish()

    def fail(self, of: answers.Problem, *, begun: bool) -> None:
        """Answer with an error, or break the connection off.

        If the answer has begun, closing the connection is the only way left to report an error.
        """
        self.worker = None
        if self.gone:
            return
        if begun:
            self.abort("broken_off")
            return
        request = self.request
        self._front.cut(of[1])
        self.relay(answers.problem(of, russian=request is not None and request.russian))
        self.answered(close=True)

    # -- Time limits

    def check(self, now: float) -> None:
        """End what takes too long. Called every ``check`` seconds of the limits."""
        if self.gone:
            return
        if self._outgoing.stalls(now):
            self.abort("slow_reader")
        elif self._outgoing.unsent:
            return
        elif now > self._deadline:
            self._expire()
        elif self.request is None and self._reader.in_body:
            limits = self._limits
            if now - self._began > limits.body_grace + self._reader.received / limits.body_rate:
                self._expire()

    def abort(self, reason: str) -> None:
        """Close the connection at once."""
        self._front.cut(reason)
        self._transport.abort()

    def close_idle(self) -> None:
        """Close the connection if it is idle. Otherwise close it after the current answer."""
        if self.request is None:
            self._transport.close()
        else:
            self._drop_next()
            self.request.keep_alive = False

    # -- Internals

    def _time_request(self) -> None:
        """Start the time limit of a request whose first bytes have arrived."""
        self._began = self._front.now()
        self._deadline = _NEVER if self._reader.in_body else self._began + self._limits.head

    def _drop_next(self) -> None:
        for request in self._next:
            request.close()
        self._next.clear()

    def _head_read(self, request: Request) -> None:
        self._deadline = _NEVER
        if request.expects and not request.unread and self.request is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _request_read(self, request: Request) -> None:
        if self.request is not None:
            self._next.append(request)
            if len(self._next) > self._limits.pipelined:
                self.abort("pipelined")
            elif not self._reading_paused:
                self._reading_paused = True
                self._transport.pause_reading()
            return
        self._start(request)

    def _start(self, request: Request) -> None:
        self.request = request
        self._whole = self._begun = False
        self._deadline = _NEVER
        self._front.waiting.pop(self, None)
        self._front.answer(self, request)

    def _wait(self, seconds: float) -> None:
        self._deadline = self._front.now() + seconds
        self._front.waiting[self] = None

    def _finish(self) -> None:
        """Go on to the next request after an answer is written."""
        request, self.request = self.request, None
        self._outgoing.close()
        if request is not None:
            request.close()
        if request is None or not request.keep_alive:
            self._end(unread=request is not None and request.unread)
            return
        if self._next:
            self._start(self._next.popleft())
            return
        self._wait(self._limits.idle)
        if self._reading_paused and not self._transport.is_closing():
            self._reading_paused = False
            self._transport.resume_reading()
        if self._reader.problem is not None:
            self._stop_reading(self._reader.problem)
        elif self._reader.request is not None:
            # Its first bytes arrived before the previous answer was complete.
            self._time_request()

    def _end(self, *, unread: bool) -> None:
        self._deadline = self._front.now() + self._limits.linger
        if not unread or self._transport.is_closing():
            self._transport.close()
            return
        # Closing at once could cause a reset, and a client that is still sending would lose the answer: RFC 9112,
        # section 9.6.
        self._lingers = True
        if self._reading_paused:
            self._transport.resume_reading()
        self._transport.write_eof()

    def _stop_reading(self, of: answers.Problem) -> None:
        if self.request is not None:
            self.request.keep_alive = False
            return
        self._front.waiting.pop(self, None)
        began, self.request = self._reader.request, Request(keep_alive=False, unread=True)
        self.request.russian = began is not None and began.russian
        if began is not None:
            began.close()
        self._whole = False
        self.fail(of, begun=False)

    def _expire(self) -> None:
        if self._lingers or self.request is not None or self._transport.is_closing():
            self._transport.abort()
        elif self._reader.request is None:
            self._front.cut("silent")
            self._transport.close()
        else:
            self._stop_reading(answers.TOO_SLOW)
