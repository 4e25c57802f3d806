"""Shares what a provider takes at once from one account (requests, or sessions) among the dispatchers of its gateway.

The places of all dispatchers together are never more than the provider takes: who joins waits until the others have
given up some of theirs, and who dies keeps its own until its last request must be over.
"""

import logging
from dataclasses import dataclass
from uuid import uuid4

import psycopg

from vestnik.db.connection import Connection
from vestnik.db.statements import Statements
from vestnik.dispatch.granted import Granted
from vestnik.dispatch.leasing import LEASE_SECONDS
from vestnik.gateways.adapter import Channel, SharedChannel

SQL = Statements("vestnik.dispatch")
#: Seconds between exchanges of a dispatcher that has no place yet, though some are its share.
WAIT_SECONDS = 0.25

log = logging.getLogger(__name__)


class Places:
    """The ledger's side.

    Args:
        gateway: its id.
        holder: the dispatcher's name, for people who look. Each object is another holder.
        most: places in all.
        timeout: seconds that a request may take, at most.
    """

    def __init__(self, gateway: int, holder: str, *, most: int, timeout: float) -> None:
        self._gateway, self._most = gateway, most
        self._holder = f"{holder[:60]} {uuid4().hex[:8]}"
        # What is handed over just before a process dies may be under way so long.
        self._seconds = LEASE_SECONDS + timeout

    def take(self, connection: Connection, using: int) -> Granted:
        """Renew what this dispatcher has, and take more if there is more for it. Safe to repeat.

        Args:
            connection: outside of a transaction.
            using: places that it uses at most until it has the answer.
        """
        values = {"gateway": self._gateway, "holder": self._holder}
        with connection.transaction():
            # The state of the gateway is one row: who has it reads the places of all others as they are.
            SQL.run(connection, "lock_gateway_state", gateway=self._gateway)
            ((places, share),) = SQL.run(
                connection, "take_places", most=self._most, using=using, seconds=self._seconds, **values
            )
        return Granted(int(places), int(share))

    def give_back(self, connection: Connection) -> None:
        """Nothing is in flight any more: leave the places to others now. Otherwise they are free later."""
        try:
            SQL.run(connection, "give_back_places", gateway=self._gateway, holder=self._holder)
        except psycopg.Error as error:
            log.info("places are given back by themselves, later: %s", type(error).__name__)


_NOTHING = Granted(0, 0)


@dataclass(slots=True)
class PlaceLimit:
    """The dispatcher's side: how many places its channel may use.

    ``channel``: None: the provider has no such limit. ``seconds``: how long places last that are not renewed.
    """

    channel: SharedChannel | None
    seconds: float = 0.0
    _granted: Granted = _NOTHING

    @classmethod
    def of(cls, channel: Channel, most: int | None, timeout: float) -> "PlaceLimit":
        """The limit of a channel.

        Args:
            channel: it may use nothing until the ledger has granted something.
            most: places of all dispatchers; None: the provider has no such limit.
            timeout: seconds that a request may take, at most.

        Raises:
            TypeError: the channel cannot be limited.
        """
        if most is None:
            return cls(None)
        if not isinstance(channel, SharedChannel):
            raise TypeError("this channel cannot be limited")
        channel.allow(0)
        return cls(channel, LEASE_SECONDS + timeout)

    def promise(self) -> int:
        """The places that the channel uses at most from now on until :meth:`learn`, to be reported to the ledger."""
        if self.channel is None:
            return 0
        kept = min(self._granted)
        self.channel.allow(kept)
        return max(self.channel.places_used, kept)

    def learn(self, granted: Granted | None) -> None:
        """Take the ledger's answer in. None: it was not asked."""
        if self.channel is not None and granted is not None:
            self._granted = granted
            # Places beyond the share are still in use: what ends there is not begun again.
            self.channel.allow(min(granted))

    def expire(self, age: float) -> None:
        """Give everything up when the ledger has not answered for too long: others may have the places now.

        ``age``: seconds since the last exchange that it answered.
        """
        if self.channel is not None and age > self.seconds:
            self._granted = _NOTHING
            self.channel.allow(0)
