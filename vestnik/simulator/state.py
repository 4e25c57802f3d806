"""The state that all connections of the simulator share: counts, behaviour, tokens, and the listening socket."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

from vestnik.simulator.behaviour import Behaviour, Dice
from vestnik.simulator.bills import Bills
from vestnik.simulator.counts import Counts
from vestnik.simulator.listener import Listener
from vestnik.simulator.receipts import Postman, ReceiptPlan
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
        bills_of_probe: Messages by Probe get bills, too: some 400 bytes and the text each.
        receipts: Which receipts follow a message, until a control request says otherwise.
    """

    def __init__(
        self,
        connect: Callable[["Gateway"], asyncio.Protocol],
        *,
        secret: str,
        tls: ssl.SSLContext | None = None,
        log: Callable[[float, int, str], None] | None = None,
        bills_of_probe: bool = False,
        receipts: ReceiptPlan | None = None,
    ) -> None:
        self.verifier = Verifier(secret)
        self.log = log
        self.bills, self.bills_of_probe = Bills(), bills_of_probe
        self.postman = Postman(receipts or ReceiptPlan())
        self.connections: set[OpenConnection] = set()
        self._tls = tls
        self._listeners = [Listener(lambda: connect(self), tls, self._end_connections)]
        self.reset()

    async def open(self, host: str, port: int) -> int:
        """Start to listen. Return the actual port.

        Raises:
            OSError: The address is in use or not on this machine.
        """
        return await self._listeners[0].open(host, port)

    async def open_beside(self, connect: Callable[["Gateway"], asyncio.Protocol], host: str, port: int) -> int:
        """Listen on one more port, for connections of another protocol. Return the actual port.

        Raises:
            OSError: The address is in use or not on this machine.
        """
        self._listeners.append(Listener(lambda: connect(self), self._tls, self._end_connections))
        return await self._listeners[-1].open(host, port)

    def close(self) -> None:
        """Close all sockets and all connections."""
        for listener in self._listeners:
            listener.close()
        for connection in list(self.connections):
            connection.abort()

    def behave(self, behaviour: Behaviour) -> None:
        """Set the behaviour from the next request on."""
        self.behaviour = behaviour
        self.dice = Dice(behaviour)
        self.plain = not behaviour.shares and behaviour.latency is None and behaviour.connections == "keep"

    def reset(self) -> None:
        """Reset counts, bills, receipts and behaviour, and listen."""
        self.behave(Behaviour())
        for connection in [each for each in self.connections if each.pending]:
            connection.abort()
        self.counts = Counts()
        self.bills.clear()
        self.postman.reset()
        for listener in self._listeners:
            listener.stop_refusing()

    def refuse(self, seconds: float) -> None:
        """Refuse new connections for this many seconds; 0: take them again.

        Open connections close after their next answer, so that no message is in doubt.
        """
        for listener in self._listeners:
            if seconds:
                listener.refuse(seconds)
            else:
                listener.stop_refusing()

    def _end_connections(self) -> None:
        for connection in self.connections:
            connection.last = not connection.controls
