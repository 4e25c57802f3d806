"""How much a dispatcher asks of the ledger, batches to lease and ids to grant, at the rate its messages leave."""

from vestnik.dispatch.breaker import Breaker
from vestnik.dispatch.holdings import Holdings
from vestnik.dispatch.pacing import smoothed_rate

#: Leases held at once.
MAX_LEASES = 64


class Demand:
    """Says how much to ask for in an exchange.

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
        """From now on nothing is asked for. May be called from any thread."""
        self._ended = True

    def note(self, *, handed: int, seconds: float) -> None:
        """So many messages were handed over in the ``seconds`` since the last exchange."""
        self._rate = smoothed_rate(self._rate, handed=handed, seconds=seconds)

    def batches(self) -> int:
        """How many more batches may be held. Which mailings need some, the claim knows."""
        if self._ended or self._breaker.probe is not None:
            return 0
        return MAX_LEASES - len(self._holdings)

    def room(self) -> int:
        """Ids to have loaded: the connections' fill, and what flows until the next regular flush brings more.

        A store for seconds would be taken from the others: with a slow gateway one dispatcher would hold all that is
        left of a mailing, and the others would have nothing to do.
        """
        return min(2 * self._holdings.window, self._concurrency + int(self._rate * self._flush_seconds))

    def runs_short(self) -> bool:
        """Is more to be loaded before the next regular flush, which brings some anyway?

        Only when half of the room is left, since one exchange for both costs less than two; or when a mailing has
        nothing left, which would fall behind the others.
        """
        loaded, room = self._holdings.loaded_by_mailing().values(), self.room()
        return sum(loaded) < room // 2 or (0 in loaded and sum(loaded) < room)

    def grants(self) -> dict[int, int]:
        """How many more ids to grant, by batch."""
        if self._ended or self._breaker.grants_nothing:
            return {}
        # What flows in half a second, and the connections' fill: a slow gateway keeps little in doubt.
        allowance = self._concurrency + int(self._rate * 2 * self._flush_seconds)
        return self._holdings.plan_grants(allowance, self._breaker.most_grants)
