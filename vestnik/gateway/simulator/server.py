"""The simulated gateway and its listening socket."""

import asyncio
import ssl
from collections.abc import Callable

from vestnik.gateway.simulator.behaviour import Behaviour, Dice
from vestnik.gateway.simulator.connection import Connection
from vestnik.gateway.simulator.counts import Counts
from vestnik.gateway.simulator.token import Verifier

#: Connections that the kernel keeps until we accept them; it takes less where its own limit is lower.
BACKLOG = 4_096
#: Seconds for the answer to ``refuse`` to leave before the socket closes.
_LAST_WORD = 0.01


class Gateway:
    """What all connections share: counts, behaviour, tokens and the socket. Lives in one event loop.

    Args:
        secret: HS256 secret of the tokens that are accepted.
        tls: serve HTTPS with this context.
        log: called with the start (unix seconds), id and answer of each request that arrived whole.
    """

    def __init__(
        self,
        *,
        secret: str,
        tls: ssl.SSLContext | None = None,
        log: Callable[[float, int, str], None] | None = None,
    ) -> None:
        self.verifier = Verifier(secret)
        self.log = log
        self.connections: set[Connection] = set()
        self._tls = tls
        self._host, self._port = "", 0
        self._server: asyncio.Server | None = None
        self._reopening: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.reset()

    async def open(self, host: str, port: int) -> int:
        """Listen; returns the real port.

        Raises:
            OSError: the address is taken or not ours.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self), host, port, ssl=self._tls, backlog=BACKLOG)
        self._server = server
        self._host, self._port = host, int(server.sockets[0].getsockname()[1])
        return self._port

    def close(self) -> None:
        """Close the socket and all connections."""
        self._close_socket()
        for connection in list(self.connections):
            connection.abort()

    def behave(self, behaviour: Behaviour) -> None:
        """Behave so from the next request on."""
        self.behaviour = behaviour
        self.dice = Dice(behaviour)
        self.plain = not behaviour.shares and behaviour.latency is None and behaviour.connections == "keep"

    def reset(self) -> None:
        """Forget everything, behave well, and listen."""
        self.behave(Behaviour())
        for connection in [each for each in self.connections if each.pending]:
            connection.abort()
        self.counts = Counts()
        if self._reopening is not None:
            self._reopen()

    def refuse(self, seconds: float) -> None:
        """Refuse connections for so long; those that are open end with their next answer, so that none is in doubt."""
        loop = asyncio.get_running_loop()
        loop.call_later(_LAST_WORD, self._start_refusing)
        if self._reopening is not None:
            self._reopening.cancel()
        self._reopening = loop.call_later(_LAST_WORD + seconds, self._reopen)

    def _start_refusing(self) -> None:
        if self._reopening is None:
            return
        self._close_socket()
        for connection in self.connections:
            connection.last = not connection.controls

    def _reopen(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None
        if self._server is None:
            task = asyncio.get_running_loop().create_task(self._open_again())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _open_again(self) -> None:
        await self.open(self._host, self._port)

    def _close_socket(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
