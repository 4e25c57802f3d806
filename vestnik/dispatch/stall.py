"""Notices a gateway that takes requests and answers none, long before they time out, where another could take over.

Pure: nothing here touches the ledger or the network.
"""

from collections.abc import Sequence

from vestnik.dispatch.breaker import Breaker
from vestnik.gateways.adapter import Answer

#: Seconds without any answer, and the multiple of the usual time for an answer, after which a gateway has stalled.
MIN_SECONDS, USUAL_TIMES = 3.0, 5.0
#: Seconds until the first answer, where requests may take longer: the usual time is not known yet, and a provider whose
#: every answer takes 3.5 s is not down.
FIRST_SECONDS = 10.0
#: The weight of the newest answer in the usual time.
_NEWEST = 0.2


class StallWatch:
    """Watches how long requests have been waiting while no answer came.

    ``timeout``: seconds that a request may take.
    """

    __slots__ = ("_first", "_since", "_usual")

    def __init__(self, timeout: float) -> None:
        self._since: float | None = None
        self._usual: float | None = None
        self._first = max(MIN_SECONDS, min(timeout, FIRST_SECONDS))

    def watch(self, breaker: Breaker, now: float, *, in_flight: int, answers: Sequence[Answer]) -> None:
        """Note what a poll brought, and let the breaker open when the gateway has stalled."""
        self.note(now, in_flight=in_flight, answers=answers)
        seconds = self.stalled(now)
        if seconds is not None:
            breaker.stalled(seconds)

    def note(self, now: float, *, in_flight: int, answers: Sequence[Answer]) -> None:
        """Note what a poll brought, at monotonic ``now``.

        Args:
            now: the time.
            in_flight: requests that have no answer yet.
            answers: those that came. A timeout or a refused connection says nothing of the usual time.
        """
        latency = next((answer.latency for answer in reversed(answers) if answer.outcome.answered), None)
        if latency is not None:
            self._usual = latency if self._usual is None else self._usual + _NEWEST * (latency - self._usual)
        if in_flight == 0:
            self._since = None
        elif answers or self._since is None:
            self._since = now

    def stalled(self, now: float) -> float | None:
        """Seconds without an answer, if the gateway has stalled; else None."""
        waited = 0.0 if self._since is None else now - self._since
        patience = self._first if self._usual is None else max(MIN_SECONDS, USUAL_TIMES * self._usual)
        return waited if waited > patience else None
