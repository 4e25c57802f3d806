"""Sends an answer to a client that may read slower than the answer arrives."""

import asyncio

from vestnik.front.limits import Limits
from vestnik.front.spool import Budget, Spool

#: Bytes that wait in the event loop before more are kept in a spool, and bytes that are written at once.
_WAITING, _PIECE = 2**17, 2**16


class Outgoing:
    """Writes bytes to the socket, and keeps in a spool what the socket does not take.

    When the spool is full, the sender of the answer has to wait.

    Args:
        transport: The client's socket.
        budget: The room for all spools together.
        limits: The size of one answer, and the minimum speed of a client.
    """

    def __init__(self, transport: asyncio.Transport, budget: Budget, limits: Limits) -> None:
        self._transport = transport
        self._budget = budget
        self._limits = limits
        self._spool: Spool | None = None
        self._held = b""
        self._paused = False
        self._written = 0
        self._mark, self._mark_at = 0, 0.0
        transport.set_write_buffer_limits(high=_WAITING)

    @property
    def keeps(self) -> bool:
        """Whether bytes are kept that the socket has not taken."""
        return bool(self._spool or self._held)

    @property
    def flows(self) -> bool:
        """Whether the socket takes more bytes."""
        return not self._paused

    @property
    def unsent(self) -> int:
        """The number of bytes that the client has not read."""
        return self._transport.get_write_buffer_size() + len(self._spool or b"") + len(self._held)

    def write(self, data: bytes) -> bool:
        """Send these bytes after the previous ones.

        Return False if there is no room for more, so the sender must wait.
        """
        self._written += len(data)
        if not (self._paused or self._spool or self._held):
            self._transport.write(data)
            return True
        if self._spool is None:
            self._spool = Spool(self._budget, in_memory=self._limits.each_in_memory, most=self._limits.each_answer)
        if self._held or not self._spool.add(data):
            self._held += data
            return False
        return True

    def pause(self) -> None:
        """Stop writing to the socket, because the client reads too slowly."""
        self._paused = True

    def go_on(self) -> bool:
        """Write again. Return True if the spool is empty and the socket takes more."""
        self._paused = False
        if self._spool is None:
            return False
        while not self._paused and (piece := self._spool.take(_PIECE)):
            self._transport.write(piece)
        return not self._paused

    def release(self) -> bool:
        """Write the bytes for which the spool had no room. Return True if there were some, so more may be sent."""
        held, self._held = self._held, b""
        if held:
            self._transport.write(held)
        return bool(held)

    def close(self) -> None:
        """Release the spool at the end of the answer."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    def stalls(self, now: float) -> bool:
        """Return whether the client reads too slowly.

        Called at regular times. ``now`` is the event loop's clock in seconds.
        """
        unsent, limits = self.unsent, self._limits
        if not unsent:
            self._mark_at = 0.0
            return False
        sent = self._written - unsent
        if not self._mark_at or sent < self._mark:
            self._mark, self._mark_at = sent, now
        elif now - self._mark_at >= limits.stall:
            if sent - self._mark < limits.stall * limits.stall_rate:
                return True
            self._mark, self._mark_at = sent, now
        return False
