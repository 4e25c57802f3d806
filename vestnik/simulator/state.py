"""The state that all connections of the simulator share: counts, behaviour, tokens, and the listening socket."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

from vestnik.simulator.behaviour import Behaviour, Dice
from vestnik.simulator.counts import Counts
from vestnik.simulator.listener import Listener
from vestnik.simulator.token import Verifier


class OpenConnection(Protocol):
    """What the gateway needs from a connection.

    ``pending``: a request is not answered yet. ``controls``: the connection made a control request, so faults of the
    socket do not affect it. ``last``: the connection closes after its next answer, with notice.
    """

    pending: bool
    controls: bool
    last: bool

    def abort(self) -> None:
        """Reset the connection without an answer."""


class Gateway:
    """The state that all connections share. It belongs to one event loop.

    Args:
        connect: Creates a connection of this gateway.
        secret: The HS256 secret of accepted tokens.
        tls: The context for HTTPS.
        log: Called with the start (unix seconds), id and answer of each request that arrived completely.
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
        """Start to listen. Return the actual port.

        Raises:
            OSError: The address is in use or not on this machine.
        """
        return await self._listener.open(host, port)

    def close(self) -> None:
        """Close the socket and all connections."""
        self._listener.close()
        for connection in list(self.connections):
            connection.abort()

    def behave(self, behaviour: Behaviour) -> None:
        """Set the behaviour from the next request on."""
        self.behaviour = behaviour
        self.dice = Dice(behaviour)
        self.plain = not behaviour.shares and behaviour.latency is None and behaviour.connections == "keep"

    def reset(self) -> None:
        """Reset counts and behaviour, and listen."""
        self.behave(Behaviour())
        for connection in [each for each in self.connections if each.pending]:
            connection.abort()
        self.counts = Counts()
        self._listener.stop_refusing()

    def refuse(self, seconds: float) -> None:
        """Refuse new connections for this many seconds.

        Open connections close after their next answer, so that no message is in doubt.
        """
        self._listener.refuse(seconds)

    def _end_connections(self) -> None:
        for connection in self.connections:
            connection.last = not connection.controls
