"""The breaker of one dispatcher: it watches the answers, and follows the breaker's state in the ledger."""

from dataclasses import replace

from vestnik.dispatch.breaker_state import BreakerReport, BreakerState, after_failure, after_report, after_success
from vestnik.dispatch.decide import BreakerWatch
from vestnik.dispatch.lease import Lease
from vestnik.gateways.outcome import Outcome


class Breaker:
    """Follows the ledger: while it is open there, only the message of a probe is handed over."""

    def __init__(self) -> None:
        self._state = BreakerState()
        self._watch = BreakerWatch()

    @property
    def open(self) -> bool:
        """Whether it is open in the ledger."""
        return self._state.open

    @property
    def probe(self) -> Lease | None:
        """The lease that this dispatcher probes with."""
        return self._state.probe

    @property
    def has_news(self) -> bool:
        """Whether the ledger should get a report at once."""
        news = self._state.news
        return bool(news.reason) or news.probe_answered is not None

    @property
    def grants_nothing(self) -> bool:
        """Whether nothing is granted: it is open, and the probe (if it is ours) has its message."""
        return self.open and (self.probe is None or bool(self.probe.granted))

    @property
    def most_grants(self) -> int | None:
        """The number of messages to grant: one for a probe; None: as many as the window has room for."""
        return None if self.probe is None else 1

    def allows(self, lease: Lease) -> bool:
        """Return whether messages of this lease may be handed over."""
        return not self._state.open or lease is self._state.probe

    def timeout_of(self, lease: Lease, timeout: float) -> float:
        """Seconds that a request of this lease may take: a probe has its own limit."""
        return min(timeout, self._state.probe_timeout) if lease is self._state.probe else timeout

    def succeeded(self, lease: Lease, number: int) -> None:
        """So many requests of ``lease`` had a good answer: the usual, cheap case."""
        self._watch.succeeded(number)
        if self._state.waits_for_a_success:
            self._state = after_success(self._state, lease)

    def failed(self, lease: Lease, outcome: Outcome, *, says_nothing: bool) -> None:
        """Note any other outcome of a request of ``lease``. One that was cut at the mailing's end does not count."""
        reason = None if says_nothing else self._watch.observe(outcome)
        self._state = after_failure(self._state, lease, outcome, reason=reason, says_nothing=says_nothing)

    def stalled(self, seconds: float) -> None:
        """No request had an answer for so long, and another gateway can take over."""
        if not self._state.open and not self._state.news.reason:
            news = replace(self._state.news, reason=f"no answer to any request for {seconds:.0f} s")
            self._state = replace(self._state, news=news)

    def report(self) -> BreakerReport:
        """Return the report, and forget it. An answered probe is over: its lease goes on, or is given back."""
        news, probe = self._state.news, self._state.probe
        if news.probe_answered is False and probe is not None:
            probe.drain()
        self._state = after_report(self._state)
        return news

    def learn(self, *, is_open: bool, asks_to_wait: bool, ignores_waits: bool) -> bool:
        """Take in the ledger's answer. Return whether the breaker has opened or closed."""
        changed = self._state.open != is_open
        self._state = replace(self._state, open=is_open, asks_to_wait=asks_to_wait, ignores_waits=ignores_waits)
        self._watch.ignores_waits = ignores_waits
        if changed:
            self._watch.reset()
        return changed

    def begin_probe(self, lease: Lease, timeout: float) -> None:
        """Begin a probe with one message of ``lease``, which may take ``timeout`` seconds."""
        self._state = replace(self._state, probe=lease, probe_timeout=timeout)

    def forget(self, lease: Lease) -> None:
        """Forget a lease that was given back or lost; if it was the probe's, the probe is over."""
        if lease is self._state.probe:
            self._state = replace(self._state, probe=None)
