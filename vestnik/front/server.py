"""The front: accepts connections, enforces limits on them, and has their requests answered."""

import asyncio
import logging
import socket
from collections import Counter
from typing import Protocol

from vestnik.front.connection import Connection
from vestnik.front.limits import Limits
from vestnik.front.request import Request
from vestnik.front.sockets import make_listener
from vestnik.front.spool import Budget
from vestnik.metrics.counted import HTTP_CUT

#: The length of the kernel's queue of new connections (net.core.somaxconn limits it, too), and the bytes of each answer
#: that the kernel buffers.
_BACKLOG, _SEND_BUFFER = 4096, 2**17
#: Seconds between two lines of the log.
_LOG = 10.0

log = logging.getLogger(__name__)


class Handler(Protocol):
    """Answers requests."""

    def answer(self, connection: Connection, request: Request) -> None:
        """Answer through the connection's ``relay`` and ``answered``, now or later."""

    def check(self, now: float) -> None:
        """Enforce time limits. Called every ``check`` seconds of the limits."""


class Front:
    """Serves one port in the running event loop.

    Args:
        limits: For one connection and for all together.
        handler: Answers the requests.
    """

    def __init__(self, limits: Limits, handler: Handler) -> None:
        self.limits = limits
        self.budget = Budget(memory=limits.memory, disk=limits.disk, folder=limits.folder)
        self.waiting: dict[Connection, None] = {}
        self.port = 0
        self._loop = asyncio.get_running_loop()
        self._handler = handler
        self._connections: set[Connection] = set()
        self._cut: Counter[str] = Counter()
        self._logged_at = self._loop.time()
        self._server: asyncio.Server | None = None
        self._listener: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._none_left: asyncio.Future[None] | None = None

    async def listen(self, host: str, port: int) -> None:
        """Start to accept connections.

        Raises:
            OSError: The port cannot be used.
        """
        self._listener = make_listener(host, port, backlog=_BACKLOG, send_buffer=_SEND_BUFFER)
        self.port = self._listener.getsockname()[1]
        self._server = await self._loop.create_server(lambda: Connection(self), sock=self._listener, backlog=_BACKLOG)
        self._timer = self._loop.call_later(self.limits.check, self._check)

    async def close(self, *, seconds: float) -> None:
        """Stop accepting connections, wait up to ``seconds`` for answers to end, and close the rest."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close_idle()
        if self._connections:
            self._none_left = self._loop.create_future()
            await asyncio.wait([self._none_left], timeout=seconds)
        for connection in list(self._connections):
            connection.abort("stopped")
        if self._timer is not None:
            self._timer.cancel()

    def now(self) -> float:
        """Return the event loop's clock in seconds."""
        return self._loop.time()

    def answer(self, connection: Connection, request: Request) -> None:
        """Pass the request to the handler."""
        self._handler.answer(connection, request)

    def joined(self, connection: Connection) -> None:
        """Register a connection.

        If there are too many, the one that has waited longest without a complete request is closed.
        """
        self._connections.add(connection)
        if len(self._connections) > self.limits.connections:
            next(iter(self.waiting)).abort("too_many")

    def left(self, connection: Connection) -> None:
        """Remove a closed connection."""
        self._connections.discard(connection)
        self.waiting.pop(connection, None)
        if not self._connections and self._none_left is not None and not self._none_left.done():
            self._none_left.set_result(None)

    def cut(self, reason: str) -> None:
        """Count what was ended because of a limit."""
        HTTP_CUT.labels(reason).inc()
        self._cut[reason] += 1

    def _check(self) -> None:
        self._timer = self._loop.call_later(self.limits.check, self._check)
        now = self._loop.time()
        for connection in list(self._connections):
            connection.check(now)
        self._handler.check(now)
        if self._cut and now - self._logged_at >= _LOG:
            self._logged_at = now
            told = ", ".join(f"{reason} {count}" for reason, count in self._cut.most_common())
            log.warning("%d connections reached a limit: %s", self._cut.total(), told)
            self._cut.clear()
