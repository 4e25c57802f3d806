"""The breaker as one dispatcher sees it: what the ledger said last, what there is to tell it, and the probe in hand."""

from dataclasses import dataclass

from vestnik.dispatch.decide import WAITS, BreakerWatch, asks_for_long, believed_wait
from vestnik.dispatch.lease import Lease
from vestnik.gateway.outcome import Outcome


@dataclass(frozen=True, slots=True)
class BreakerReport:
    """What a dispatcher tells the ledger.

    - ``reason``: it should open. ``probe_answered``: None when none was.
    - ``wait``: seconds until the first or the next probe, at least, because the gateway asked for it.
    - ``asked``: seconds that the gateway has asked to wait, when that is longer than is believed; 0: it has not.
    - ``wait_over``: it has taken a message since.
    """

    reason: str | None = None
    probe_answered: bool | None = None
    probe_reason: str = ""
    wait: float = 0.0
    asked: float = 0.0
    wait_over: bool = False


class Breaker:
    """Open in the ledger means open here: nothing is handed over but the one message of a probe."""

    def __init__(self) -> None:
        self.open = False
        self.probe: Lease | None = None
        self._watch = BreakerWatch()
        self._reason: str | None = None
        self._probe_timeout = 0.0
        self._probe_answered: bool | None = None
        self._probe_reason = ""
        self._wait = self._asked = 0.0
        self._known_to_ask = self._wait_over = False

    @property
    def has_news(self) -> bool:
        """Is there something that the ledger should hear at once?"""
        return bool(self._reason) or self._probe_answered is not None

    @property
    def grants_nothing(self) -> bool:
        """It is open, and the probe (if it is ours) has its message."""
        return self.open and (self.probe is None or bool(self.probe.granted))

    @property
    def most_grants(self) -> int | None:
        """A probe is one message; None: as many as the window has room for."""
        return None if self.probe is None else 1

    def allows(self, lease: Lease) -> bool:
        """May messages of this lease be handed over?"""
        return not self.open or lease is self.probe

    def timeout_of(self, lease: Lease, timeout: float) -> float:
        """Seconds that a request of this lease may take: a probe has its own limit."""
        return min(timeout, self._probe_timeout) if lease is self.probe else timeout

    def succeeded(self, lease: Lease) -> None:
        """A request of ``lease`` had a good answer: the usual, cheap case."""
        self._watch.succeeded()
        if self._known_to_ask or self._asked:
            self._wait_over, self._asked = True, 0.0
        if lease is self.probe and self._probe_answered is None:
            self._probe_answered = True

    def failed(self, lease: Lease, outcome: Outcome, *, says_nothing: bool) -> None:
        """A request of ``lease`` had any other outcome; one that our own end cut says nothing of the gateway."""
        if not says_nothing:
            reason = self._watch.observe(outcome)
            self._wait = believed_wait(outcome, ignored=self._watch.ignores_waits) or 0.0
            if asks_for_long(outcome) and not self._watch.ignores_waits:
                self._asked, self._wait_over = outcome.retry_after or 0.0, False
            if reason and not self.open:
                self._reason = reason
        if lease is self.probe and self._probe_answered is None:
            waits = asks_for_long(outcome) and not self._watch.ignores_waits
            self._probe_answered = not (outcome.transport_failure or outcome.server_error or waits)
            self._probe_reason = WAITS if waits else f"the probe failed with: {outcome.code}"

    def report(self) -> BreakerReport:
        """What there is to tell, once. A probe that was answered is over: its lease goes on, or is given back."""
        report = BreakerReport(
            self._reason, self._probe_answered, self._probe_reason, self._wait, self._asked, self._wait_over
        )
        if self._probe_answered is False and self.probe is not None:
            self.probe.drain()
        if self._probe_answered is not None:
            self.probe = None
        self._reason = self._probe_answered = None
        self._asked, self._wait_over = 0.0, False
        return report

    def learn(self, *, is_open: bool, asks_to_wait: bool, ignores_waits: bool) -> bool:
        """Take in what the ledger said. Returns whether it has opened or closed."""
        self._watch.ignores_waits, self._known_to_ask = ignores_waits, asks_to_wait
        if self.open == is_open:
            return False
        self._watch.reset()
        self.open = is_open
        return True

    def begin_probe(self, lease: Lease, timeout: float) -> None:
        """This dispatcher won the right to probe with one message of ``lease``, waiting ``timeout`` seconds."""
        self.probe, self._probe_timeout = lease, timeout

    def forget(self, lease: Lease) -> None:
        """A lease was given back or lost; if it was the probe's, there is none any more."""
        if lease is self.probe:
            self.probe = None
