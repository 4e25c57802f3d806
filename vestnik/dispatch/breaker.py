"""The breaker as one dispatcher sees it: what the ledger said last, what there is to tell it, and the probe in hand."""

from dataclasses import dataclass

from vestnik.dispatch.decide import BreakerWatch
from vestnik.dispatch.lease import Lease, Reply
from vestnik.gateway.outcome import Outcome


@dataclass(frozen=True, slots=True)
class BreakerReport:
    """What a dispatcher tells the ledger. ``reason``: it should open; ``probe_answered``: None when none was."""

    reason: str | None
    probe_answered: bool | None
    probe_reason: str


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
        if lease is self.probe and self._probe_answered is None:
            self._probe_answered = True

    def failed(self, lease: Lease, outcome: Outcome, *, says_nothing: bool) -> None:
        """A request of ``lease`` had any other outcome; one that our own end cut says nothing of the gateway."""
        if not says_nothing:
            reason = self._watch.observe(outcome)
            if reason and not self.open:
                self._reason = reason
        if lease is self.probe and self._probe_answered is None:
            self._probe_answered = not (outcome.transport_failure or outcome.server_error)
            self._probe_reason = f"the probe failed with: {outcome.code}"

    def report(self) -> BreakerReport:
        """What there is to tell, once. A probe that was answered is over: its lease goes on, or is given back."""
        report = BreakerReport(self._reason, self._probe_answered, self._probe_reason)
        if self._probe_answered is False and self.probe is not None:
            self.probe.draining = True
        if self._probe_answered is not None:
            self.probe = None
        self._reason = self._probe_answered = None
        return report

    def learn(self, reply: Reply) -> None:
        """Take in what the ledger said."""
        if self.open != reply.breaker_open:
            self._watch.reset()
            self.open = reply.breaker_open

    def begin_probe(self, lease: Lease, timeout: float) -> None:
        """This dispatcher won the right to probe with one message of ``lease``, waiting ``timeout`` seconds."""
        self.probe, self._probe_timeout = lease, timeout

    def forget(self, lease: Lease) -> None:
        """A lease was given back or lost; if it was the probe's, there is none any more."""
        if lease is self.probe:
            self.probe = None
