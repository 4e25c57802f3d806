"""The shared state of the simulated gateway's connections: counts, behaviour, tokens and the listening socket."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

from vestnik.simulator.behaviour import Behaviour, Dice
from vestnik.simulator.counts import Counts
from vestnik.simulator.listener import Listener
from vestnik.simulator.token import Verifier


class OpenConnection(Protocol):
    """What the gateway asks of a connection.

    ``pending``: an answer is owed. ``controls``: it asked for control, so faults of the socket spare it.
    ``last``: it ends, with notice, after its next answer.
    """

    pending: bool
    controls: bool
    last: bool

    def abort(self) -> None:
        """Reset it: the client gets no word."""


class Gateway:
    """What all connections share. Lives in one event loop.

    Args:
        connect: makes a connection of this gateway.
        secret: HS256 secret of the tokens that are accepted.
        tls: serve HTTPS with this context.
        log: called with the start (unix seconds), id and answer of each request that arrived whole.
    """

    def __init__(
        self,
        connect: Callable[["Gateway"], asyncio.Protocol],
        *,
        secret: str,
        tls: ssl.SSLContext | None = None,
        log: Callable[[float, int, str], None] | None = None,
    ) -> None:
        self.verifier = Verifier(secret)
        self.log = log
        self.connections: set[OpenConnection] = set()
        self._listener = Listener(lambda: connect(self), tls, self._end_connections)
        self.reset()

    async def open(self, host: str, port: int) -> int:
        """Listen; returns the real port.

        Raises:
            OSError: the address is taken or not ours.
        """
        return await self._listener.open(host, port)

    def close(self) -> None:
        """Close the socket and all connections."""
        self._listener.close()
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
        self._listener.stop_refusing()

    def refuse(self, seconds: float) -> None:
        """Refuse connections for so long; those that are open end with their next answer, so that none is in doubt."""
        self._listener.refuse(seconds)

    def _end_connections(self) -> None:
        for connection in self.connections:
            connection.last = not connection.controls
