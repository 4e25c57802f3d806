"""Shares requests out among the worker processes. Requests wait in a queue while all workers are busy."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from vestnik.front import answers
from vestnik.front.connection import Connection
from vestnik.front.limits import Limits
from vestnik.front.request import Request
from vestnik.front.worker_connection import WorkerConnection

#: Seconds in which a worker process that ended gets no request, unless all have ended. Its successor has to start.
_REST = 2.0


class Lane:
    """The connections to one worker process.

    Args:
        socket: The Unix socket that the process listens on.
    """

    def __init__(self, socket: Path) -> None:
        self.socket = str(socket)
        self.idle: list[WorkerConnection] = []
        #: The number of connections that exist or are being made.
        self.made = 0
        self.rests_until = 0.0

    @property
    def busy(self) -> int:
        """The number of requests that the process has."""
        return self.made - len(self.idle)


class Workers:
    """Passes requests to worker processes, up to a limit. The others wait in the order of their arrival.

    Each request goes to the process that has the fewest. If all processes shared one socket, the kernel would give one
    of them far more requests than the others, and its answers would be the slowest.

    Args:
        sockets: The sockets of the worker processes.
        limits: The limits of the front.
        now: Returns the event loop's clock in seconds.
    """

    def __init__(self, sockets: Sequence[Path], limits: Limits, now: Callable[[], float]) -> None:
        self.limits = limits
        self.now = now
        self._lanes = [Lane(socket) for socket in sockets]
        self._each = max(1, limits.workers // len(sockets))
        self._queue: deque[tuple[float, Connection, Request]] = deque()
        self._lane_of: dict[WorkerConnection, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, connection: Connection, request: Request) -> None:
        """Have a request answered as soon as a worker is free."""
        lane = self._free_lane()
        if lane is None:
            self._queue.append((self.now(), connection, request))
        else:
            self._submit_to(lane, connection, request)

    def check(self, now: float) -> None:
        """End what takes too long. Called every ``check`` seconds of the limits."""
        while self._queue and now - self._queue[0][0] > self.limits.queue:
            _, connection, request = self._queue.popleft()
            if connection.request is request:
                connection.fail(answers.BUSY, begun=False)
        for worker in list(self._lane_of):
            worker.check(now)
        # A process may be ready again.
        self._serve_next()

    def released(self, worker: WorkerConnection) -> None:
        """Use a connection for the next request."""
        self._lane_of[worker].idle.append(worker)
        self._serve_next()

    def lost(self, worker: WorkerConnection, *, broken: bool) -> None:
        """Remove a closed connection. ``broken``: a request was not answered, so its process may have ended."""
        lane = self._lane_of.pop(worker, None)
        if lane is None:  # It was closed before it was used.
            return
        if worker in lane.idle:
            lane.idle.remove(worker)
        lane.made -= 1
        if broken:
            lane.rests_until = self.now() + _REST
        self._serve_next()

    def _free_lane(self) -> Lane | None:
        """Return the process with the fewest requests that can take one more. If all have ended, all are tried."""
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
            # A client that has gone does not use a worker.
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
            transport, worker = await loop.create_unix_connection(lambda: WorkerConnection(self), lane.socket)
        except OSError:
            self._refused(lane, connection, request)
            return
        if transport.is_closing():
            self._refused(lane, connection, request)
            return
        self._lane_of[worker] = lane
        if connection.gone:
            self.released(worker)
        else:
            worker.ask(connection, request)

    def _refused(self, lane: Lane, connection: Connection, request: Request) -> None:
        """Try another process. This one does not listen, because it is being started again."""
        lane.made -= 1
        lane.rests_until = self.now() + _REST
        if any(other.rests_until <= self.now() for other in self._lanes):
            self.submit(connection, request)
        else:
            connection.fail(answers.STARTING, begun=False)
        self._serve_next()
