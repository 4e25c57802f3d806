"""Hands over granted messages, within the limits of connections, rate, brake, breaker and time."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from vestnik.dispatch.brake import Brake
from vestnik.dispatch.breaker import Breaker
from vestnik.dispatch.clock import DatabaseClock
from vestnik.dispatch.flight import Flight
from vestnik.dispatch.holdings import Holdings, MailingView
from vestnik.dispatch.lease import Lease
from vestnik.dispatch.pacing import Pacer
from vestnik.gateways.adapter import Channel, Prepared
from vestnik.mailings.hours import LAST_SECOND

#: Nothing is handed over on a renewal older than this: a pause, an end, a lost lease or a slow ledger stop it.
FRESH_SECONDS = 0.5
#: Messages handed over of one mailing before the next has its turn.
BURST = 16
#: One of so many connections is kept free for single messages, at most so many, so many seconds after the last one.
_CONNECTIONS_PER_PLACE, _MAX_PLACES, _KEPT_SECONDS = 16, 8, 600.0
_LAST_SECOND = LAST_SECOND.total_seconds()


@dataclass(slots=True, kw_only=True)
class Sender:
    """Hands granted messages to the transport.

    ``timeout``: seconds that a request may take. ``cost``: how many slots of the rate a message with some text takes;
    None: each takes one. ``renewed_at``: monotonic seconds of the last renewal of the leases.
    """

    holdings: Holdings
    transport: Channel
    flight: Flight
    pacer: Pacer
    breaker: Breaker
    brake: Brake
    clock: DatabaseClock
    timeout: float
    cost: Callable[[Prepared], float] | None = None
    renewed_at: float = float("-inf")
    _places_until: float = float("-inf")

    def hand_over(self, now: float) -> int:
        """Hand over granted messages, mailings in turn, while connections are free and the last renewal is fresh.

        Single messages come first. Where there were some lately, a few connections stay free of bulk.

        Returns how many messages were.
        """
        if now - self.renewed_at > FRESH_SECONDS:
            return 0
        connections = self._free(now)
        free = room = max(0, self.pacer.allowed(now, connections))
        kept, handed = max(0, self._places_kept(now) - (connections - room)), 0
        while free > 0:
            before = free
            for mailing, lease in self.holdings.turns():
                if not self._may_send(mailing, lease, now):
                    continue
                if lease.direct:
                    self._places_until = now + _KEPT_SECONDS
                count = min(free if lease.direct else free - kept, BURST, lease.waiting)
                if count <= 0:
                    continue
                if self.brake.is_tried(mailing.id):
                    in_flight = self.holdings.in_flight(mailing.id)
                    count = min(count, self.brake.room_of(mailing.id, in_flight=in_flight))
                if self.cost is not None and count > 1:
                    count = max(1, min(count, int(free / self.cost(mailing.prepared))))
                free -= self._hand_over_some(mailing, lease, count, now)
                handed += count
                if free <= 0:
                    break  # who had no turn is the first the next time
            if free == before:
                break
        return handed

    def _places_kept(self, now: float) -> int:
        """The number of connections that are kept free for single messages."""
        if now >= self._places_until:
            return 0
        return min((self.transport.free + self.transport.in_flight) // _CONNECTIONS_PER_PLACE, _MAX_PLACES)

    def _free(self, now: float) -> int:
        """The number of further requests that may be in flight: fewer than connections while it sends carefully."""
        free, in_flight = self.transport.free, self.transport.in_flight
        room = self.brake.room(self.clock.earliest(now), in_flight=in_flight)
        return free if room is None else min(free, room)

    def _may_send(self, mailing: MailingView, lease: Lease, now: float) -> bool:
        if not self.breaker.allows(lease):
            return False
        latest = self.clock.latest(now)
        if not mailing.running or latest >= mailing.end - _LAST_SECOND:
            self.holdings.drain(mailing.id)
            return False
        if latest >= lease.until:
            self.holdings.drain_closed(latest)
            return False
        return True

    def _hand_over_some(self, mailing: MailingView, lease: Lease, count: int, now: float) -> int:
        """Hand over so many messages. Returns how many slots they took, rounded up."""
        end = lease.until + _LAST_SECOND if lease.direct else mailing.end
        timeout = self.breaker.timeout_of(lease, min(self.timeout, end - self.clock.latest(now)))
        takes_off, hand_over, text = self.flight.takes_off, self.transport.hand_over, mailing.prepared
        has_own, cost, slots = lease.direct or lease.personal, self.cost, 0.0
        left: list[int] = []
        for message, phone in lease.hand_over(count):
            if takes_off(message, lease):
                if has_own:
                    if lease.is_left(message):
                        left.append(message)
                        continue
                    text = self.holdings.own_text(mailing, lease, message)
                hand_over(message, phone, text, timeout)
                if cost is not None:
                    slots += cost(text)
        if left:
            self.flight.leave(left, lease, self.clock.earliest(now))
        slots = max(slots, count - len(left))
        self.pacer.spend(slots)
        return ceil(slots)
