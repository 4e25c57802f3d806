"""The way to the workers: connections over their Unix sockets, one request each at a time."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import httptools

from vestnik.front import answers
from vestnik.front.connection import Connection
from vestnik.front.limits import Limits
from vestnik.front.request import Request, head_for_worker

_PIECE = 2**16
#: Seconds after which an unused connection is closed: before the workers' server does it (its header_read_timeout).
IDLE = 5.0
#: Methods that may be repeated on another connection when one turns out to have been closed (RFC 9110, 9.2.2).
_REPEATABLE = frozenset((b"GET", b"HEAD", b"OPTIONS"))
#: Seconds for which a worker process that ended gets no request while another can take it: its successor has to load.
_REST = 2.0


class Lane:
    """The way to one worker process.

    Args:
        socket: that it listens on.
    """

    def __init__(self, socket: Path) -> None:
        self.socket = str(socket)
        self.idle: list[WorkerConnection] = []
        #: Connections that there are, or that are being made.
        self.made = 0
        self.rests_until = 0.0

    @property
    def busy(self) -> int:
        """Requests that it has."""
        return self.made - len(self.idle)


class Workers:
    """Hands requests to workers, so many at once, the others in the order they came.

    Each goes to the process that has fewest. A kernel that shares one socket out among processes gives one of them far
    more than the others, and the slowest answers are then its.

    Args:
        sockets: of the worker processes.
        limits: see there.
        now: the clock.
    """

    def __init__(self, sockets: Sequence[Path], limits: Limits, now: Callable[[], float]) -> None:
        self.limits = limits
        self.now = now
        self._lanes = [Lane(socket) for socket in sockets]
        self._each = max(1, limits.workers // len(sockets))
        self._queue: deque[tuple[float, Connection, Request]] = deque()
        self._all: set[WorkerConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, connection: Connection, request: Request) -> None:
        """Have a request answered when a worker is free."""
        lane = self._free_lane()
        if lane is None:
            self._queue.append((self.now(), connection, request))
        else:
            self._submit_to(lane, connection, request)

    def check(self, now: float) -> None:
        """Called every ``check`` seconds of the limits: end what takes too long."""
        while self._queue and now - self._queue[0][0] > self.limits.queue:
            _, connection, request = self._queue.popleft()
            if connection.request is request:
                connection.fail(answers.BUSY, begun=False)
        for worker in list(self._all):
            worker.check(now)
        # A process may have had its rest.
        self._serve_next()

    def released(self, worker: "WorkerConnection") -> None:
        """It may be used again."""
        worker.lane.idle.append(worker)
        self._serve_next()

    def lost(self, worker: "WorkerConnection", *, broken: bool) -> None:
        """It ended; ``broken``: with a request that was not answered, so its process may have ended."""
        self._all.discard(worker)
        lane = worker.lane
        if worker in lane.idle:
            lane.idle.remove(worker)
        lane.made -= 1
        if broken:
            lane.rests_until = self.now() + _REST
        self._serve_next()

    def _free_lane(self) -> Lane | None:
        """The process with the fewest requests among those that can take one more; if all rest, a resting one."""
        now = self.now()
        awake = [lane for lane in self._lanes if lane.rests_until <= now] or self._lanes
        free = [lane for lane in awake if lane.busy < self._each]
        return min(free, key=lambda lane: lane.busy, default=None)

    def _submit_to(self, lane: Lane, connection: Connection, request: Request) -> None:
        if lane.idle:
            lane.idle.pop().ask(connection, request)
        else:
            self._connect(lane, connection, request)

    def _serve_next(self) -> None:
        while self._queue and (lane := self._free_lane()) is not None:
            _, connection, request = self._queue.popleft()
            # A client that went away meanwhile costs no worker.
            if connection.request is request and not connection.gone:
                self._submit_to(lane, connection, request)

    def _connect(self, lane: Lane, connection: Connection, request: Request) -> None:
        lane.made += 1
        task = asyncio.get_running_loop().create_task(self._connect_and_ask(lane, connection, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect_and_ask(self, lane: Lane, connection: Connection, request: Request) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, worker = await loop.create_unix_connection(lambda: WorkerConnection(self, lane), lane.socket)
        except OSError:
            self._refused(lane, connection, request)
            return
        self._all.add(worker)
        if connection.gone:
            self.released(worker)
        else:
            worker.ask(connection, request)

    def _refused(self, lane: Lane, connection: Connection, request: Request) -> None:
        """Nobody listens there: the server of that process is being started again."""
        lane.made -= 1
        lane.rests_until = self.now() + _REST
        if any(other.rests_until <= self.now() for other in self._lanes):
            self.submit(connection, request)
        else:
            connection.fail(answers.STARTING, begun=False)
        self._serve_next()


class WorkerConnection(asyncio.Protocol):
    """One connection to a worker process; ``lane``: the way that it belongs to."""

    def __init__(self, workers: Workers, lane: Lane) -> None:
        self.lane = lane
        self._workers = workers
        self._transport: asyncio.Transport
        self._connection: Connection | None = None
        self._request: Request | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._asked_at = self._free_at = 0.0
        self._used = self._abandoned = self._begun = self._complete = self._kept = self._paused = False

    def ask(self, connection: Connection, request: Request) -> None:
        """Send a request; its answer goes to the connection."""
        self._connection, self._request = connection, request
        connection.worker = self
        self._parser = httptools.HttpResponseParser(self)
        self._begun = self._complete = self._abandoned = False
        self._asked_at = self._workers.now()
        self._transport.write(head_for_worker(request, connection.peer))
        self._write_on()

    # -- the client's side

    def pause(self) -> None:
        """The client is slower than the answer."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """The client goes on."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def abandon(self) -> None:
        """The client went away: what the worker answers goes nowhere.

        An answer that has begun may be long, and is ended here. One that has not is waited for: its worker is busy
        with it in any case.
        """
        self._abandoned = True
        self._connection = None
        body = self._request.body if self._request is not None else None
        if self._begun or body:
            self._transport.abort()

    def check(self, now: float) -> None:
        """Called every ``check`` seconds of the limits: end what takes too long."""
        limits = self._workers.limits
        if self._request is None:
            if now - self._free_at > IDLE:
                self._transport.close()
        elif now - self._asked_at > (limits.whole if self._begun else limits.answer):
            self._fail(answers.TOO_LONG)
            self._transport.abort()

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
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
        """The server closed it, or we did."""
        connection, request = self._connection, self._request
        broken = False
        if connection is not None and request is not None:
            if self._begun and request.version == "1.0":
                # An answer without a length ends with its connection.
                self._forget()
                connection.answered(close=True)
            elif self._used and not self._begun and request.method in _REPEATABLE and request.body is None:
                self._forget()
                connection.worker = None
                self._workers.lost(self, broken=True)
                self._workers.submit(connection, request)
                return
            else:
                broken = True
                self._fail(answers.NO_ANSWER)
        self._workers.lost(self, broken=broken)

    def pause_writing(self) -> None:
        """The worker is slower than the body."""
        self._paused = True

    def resume_writing(self) -> None:
        """It took what there was."""
        self._paused = False
        self._write_on()

    # -- httptools' side

    def on_headers_complete(self) -> None:
        """The head of an answer, which is all of it for HEAD."""
        # Asked here: afterwards the parser has forgotten.
        self._kept = self._parser.should_keep_alive()
        if self._request is not None and self._request.method == b"HEAD":
            self._complete = True

    def on_message_complete(self) -> None:
        """The answer, unless it is one of those before it."""
        if self._parser.get_status_code() >= 200:
            self._complete = True

    # -- ours

    def _write_on(self) -> None:
        body = self._request.body if self._request is not None else None
        while body is not None and not self._paused and (piece := body.take(_PIECE)):
            self._transport.write(piece)

    def _end(self) -> None:
        connection, request = self._connection, self._request
        whole = request is not None and not request.unread and not (request.body and len(request.body))
        keep = whole and self._kept and request is not None and request.keep_alive
        self._forget()
        self._used, self._free_at = True, self._workers.now()
        if connection is not None:
            connection.answered(close=not self._kept)
        if keep:
            self._workers.released(self)
        else:
            self._transport.abort()

    def _fail(self, of: answers.Problem) -> None:
        connection = self._connection
        self._forget()
        if connection is not None:
            connection.fail(of, begun=self._begun)

    def _forget(self) -> None:
        self._connection = self._request = None
