"""One connection of a client: its requests one after the other, each byte of them within a time limit."""

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
    """What answers a request: it relays an answer to the connection as it comes."""

    def pause(self) -> None:
        """Answer no further for now."""

    def resume(self) -> None:
        """Go on."""

    def abandon(self) -> None:
        """Nobody wants the answer any more."""


class Front(Protocol):
    """What a connection needs from its server."""

    limits: Limits
    budget: Budget
    #: Connections that have no whole request, those that have waited longest first.
    waiting: dict["Connection", None]

    def now(self) -> float:
        """Seconds of the event loop's clock."""

    def joined(self, connection: "Connection") -> None:
        """It was made."""

    def left(self, connection: "Connection") -> None:
        """It ended."""

    def cut(self, reason: str) -> None:
        """Count a connection or a request that was ended because of a limit."""

    def answer(self, connection: "Connection", request: Request) -> None:
        """Have the request answered: by :meth:`Connection.relay` and :meth:`Connection.answered`."""


class Connection(asyncio.Protocol):
    """Reads requests, hands them on when they are whole, writes the answers.

    ``request``: the one that is being answered. ``worker``: who answers it.
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

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        self._transport = cast("asyncio.Transport", transport)
        self._outgoing = Outgoing(self._transport, self._front.budget, self._limits)
        self.peer = address_of(transport.get_extra_info("peername"))
        self._reader = RequestReader(
            self._limits, self._front.budget, peer=self.peer, head_read=self._head_read, request_read=self._request_read
        )
        self._wait(self._limits.silence)
        self._front.joined(self)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
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
        """The client sends nothing more: it went away, unless it is reading an answer."""
        if self.request is None or not self._begun or self._lingers:
            return False
        self._drop_next()
        self.request.keep_alive = False
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        """The client or we closed it."""
        self.gone = True
        if self.worker is not None:
            self.worker.abandon()
        for request in (self.request, self._reader.request, *self._next):
            if request is not None:
                request.close()
        self._outgoing.close()
        self._front.left(self)

    def pause_writing(self) -> None:
        """The reader is slower than the answer comes."""
        self._outgoing.pause()

    def resume_writing(self) -> None:
        """It took what there was."""
        if not self._outgoing.go_on():
            return
        if self._outgoing.release() and self.worker is not None:
            self.worker.resume()
        if self._whole and self._outgoing.flows and self.request is not None:
            self._finish()

    # -- the workers' side

    def relay(self, data: bytes) -> None:
        """Bytes of the answer."""
        if self.gone:
            return
        self._begun = True
        if not self._outgoing.write(data) and self.worker is not None:
            self.worker.pause()

    def answered(self, *, close: bool = False) -> None:
        """The answer is complete; its worker is free."""
        self.worker = None
        self._whole = True
        if self.request is not None and close:
            self.request.keep_alive = False
        if not self._outgoing.keeps:
            self._finish()

    def fail(self, of: answers.Problem, *, begun: bool) -> None:
        """There is no answer, or no more of one that has ``begun``: then the only signal is to break the connection."""
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

    # -- time

    def check(self, now: float) -> None:
        """Called every ``check`` seconds of the limits: end what takes too long."""
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
        """End it at once."""
        self._front.cut(reason)
        self._transport.abort()

    def close_idle(self) -> None:
        """End it unless a request is being answered; that one is the last then."""
        if self.request is None:
            self._transport.close()
        else:
            self._drop_next()
            self.request.keep_alive = False

    # -- ours

    def _time_request(self) -> None:
        """The first bytes of a request are there: its head has its own time, and its body then, too."""
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
        """The answer is written as far as we are concerned: on to the next request."""
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
            # Its first bytes came before its turn.
            self._time_request()

    def _end(self, *, unread: bool) -> None:
        self._deadline = self._front.now() + self._limits.linger
        if not unread or self._transport.is_closing():
            self._transport.close()
            return
        # A reset would take the answer from a client that still sends: RFC 9112, section 9.6.
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
