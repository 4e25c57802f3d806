"""Sends an answer's bytes to a client that may read slower than they come."""

import asyncio

from vestnik.front.limits import Limits
from vestnik.front.spool import Budget, Spool

#: Bytes that wait in the event loop for a reader before more is kept in a spool, and that are written at once.
_WAITING, _PIECE = 2**17, 2**16


class Outgoing:
    """Writes to the socket what it takes, and keeps the rest in a spool; then the sender of the answer has to wait.

    Args:
        transport: the socket's.
        budget: what spools may take, over all connections.
        limits: how much one answer may take, and how slow a reader may be.
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
        """Are bytes kept that the socket has not taken?"""
        return bool(self._spool or self._held)

    @property
    def flows(self) -> bool:
        """Does the socket take what comes?"""
        return not self._paused

    @property
    def unsent(self) -> int:
        """Bytes that the client has not read."""
        return self._transport.get_write_buffer_size() + len(self._spool or b"") + len(self._held)

    def write(self, data: bytes) -> bool:
        """Send these bytes after the others. False: there is no room for more, so let nothing more come for now."""
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
        """The reader is slower than the answer comes."""
        self._paused = True

    def go_on(self) -> bool:
        """The reader took what there was: write on. True: the spool is empty, and the socket takes more."""
        self._paused = False
        if self._spool is None:
            return False
        while not self._paused and (piece := self._spool.take(_PIECE)):
            self._transport.write(piece)
        return not self._paused

    def release(self) -> bool:
        """Write what the spool had no room for. True: there was some, so more may come."""
        held, self._held = self._held, b""
        if held:
            self._transport.write(held)
        return bool(held)

    def close(self) -> None:
        """The answer is over: give its spool back."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    def stalls(self, now: float) -> bool:
        """Does the client read too slowly? Asked at regular times; ``now``: seconds of the event loop's clock."""
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
