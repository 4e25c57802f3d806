"""Computes how many batches to lease and ids to grant, from the rate at which messages leave."""

from vestnik.dispatch.breaker import Breaker
from vestnik.dispatch.holdings import Holdings
from vestnik.dispatch.pacing import smoothed_rate

#: Leases held at once.
MAX_LEASES = 64
#: Leases of single messages held at once beside them, and their ids.
LANE_LEASES = 64


class Demand:
    """Computes how much to request in an exchange.

    Args:
        holdings: the leases, and the window over them.
        breaker: an open one wants nothing but the message of a probe.
        concurrency: requests in flight at most.
        flush_seconds: seconds between regular exchanges.
    """

    def __init__(self, holdings: Holdings, breaker: Breaker, *, concurrency: int, flush_seconds: float) -> None:
        self._holdings = holdings
        self._breaker = breaker
        self._concurrency = concurrency
        self._flush_seconds = flush_seconds
        self._rate = 0.0
        self._ended = False

    def end(self) -> None:
        """Request nothing from now on. May be called from any thread."""
        self._ended = True

    def note(self, *, handed: int, seconds: float) -> None:
        """Note the messages that were handed over in the ``seconds`` since the last exchange."""
        self._rate = smoothed_rate(self._rate, handed=handed, seconds=seconds)

    def batches(self) -> int:
        """The number of further batches that may be leased. The claim chooses the mailings."""
        if self._ended or self._breaker.probe is not None:
            return 0
        return max(0, MAX_LEASES - len(self._holdings) + sum(1 for _ in self._holdings.direct_leases()))

    def lane(self) -> int:
        """The number of further batches of single messages that may be leased."""
        if self._ended or self._breaker.probe is not None:
            return 0
        return max(0, LANE_LEASES - sum(1 for _ in self._holdings.direct_leases()))

    def room(self) -> int:
        """The number of ids to have loaded: enough for the connections, and for the time until the next regular flush.

        There is no store for seconds: with a slow gateway one dispatcher would hold all that is left of a mailing, and
        the others would have nothing to do.
        """
        return min(2 * self._holdings.window, self._concurrency + int(self._rate * self._flush_seconds))

    def runs_short(self) -> bool:
        """Return whether more must be loaded before the next regular flush.

        This is so only if half of the room is left, because one exchange for both costs less than two; or if a mailing
        has nothing left, because it would fall behind the others.
        """
        loaded, room = self._holdings.loaded_by_mailing().values(), self.room()
        return sum(loaded) < room // 2 or (0 in loaded and sum(loaded) < room)

    def grants(self) -> dict[int, int]:
        """The number of further ids to grant, by batch."""
        if self._ended or self._breaker.grants_nothing:
            return {}
        # What flows in half a second, and the connections' fill: a slow gateway keeps little in doubt.
        allowance = self._concurrency + int(self._rate * 2 * self._flush_seconds)
        return self._holdings.plan_grants(allowance, self._breaker.most_grants)
