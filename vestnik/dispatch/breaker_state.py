"""The state of a dispatcher's breaker, as one value, and the functions that change it.

Pure functions from a state to the next, tested as tables; nothing here touches the ledger or the network.
"""

from dataclasses import dataclass, replace

from vestnik.dispatch.decide import WAITS, asks_for_long, believed_wait
from vestnik.dispatch.lease import Lease
from vestnik.gateways.outcome import Outcome


@dataclass(frozen=True, slots=True)
class BreakerReport:
    """The breaker's report of a dispatcher to the ledger.

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


@dataclass(frozen=True, slots=True)
class BreakerState:
    """The breaker as one dispatcher sees it.

    - ``open``, ``asks_to_wait``, ``ignores_waits``: what the ledger said last.
    - ``probe``: the lease that is probed with; ``probe_timeout``: seconds that its request may take.
    - ``news``: what there is to report to the ledger.
    """

    open: bool = False
    asks_to_wait: bool = False
    ignores_waits: bool = False
    probe: Lease | None = None
    probe_timeout: float = 0.0
    news: BreakerReport = BreakerReport()

    @property
    def waits_for_a_success(self) -> bool:
        """Whether a success would change it. Usually not, and this is cheap to check."""
        return self.probe is not None or self.asks_to_wait or self.news.asked != 0.0


def after_success(state: BreakerState, lease: Lease) -> BreakerState:
    """The state after a good answer to a request of ``lease``."""
    news = state.news
    if state.asks_to_wait or news.asked:
        news = replace(news, wait_over=True, asked=0.0)
    if lease is state.probe and news.probe_answered is None:
        news = replace(news, probe_answered=True)
    return replace(state, news=news)


def after_failure(
    state: BreakerState, lease: Lease, outcome: Outcome, *, reason: str | None, says_nothing: bool
) -> BreakerState:
    """The state after any other outcome of a request of ``lease``.

    Args:
        state: before.
        lease: whose request.
        outcome: what came of it.
        reason: why the breaker should open now; None: it should not.
        says_nothing: our own end cut the request, so its outcome says nothing of the gateway.
    """
    news = state.news
    waits = asks_for_long(outcome) and not state.ignores_waits
    if not says_nothing:
        news = replace(news, wait=believed_wait(outcome, ignored=state.ignores_waits) or 0.0)
        if waits:
            news = replace(news, asked=outcome.retry_after or 0.0, wait_over=False)
        if reason and not state.open:
            news = replace(news, reason=reason)
    if lease is state.probe and news.probe_answered is None:
        answered = not (outcome.transport_failure or outcome.server_error or waits)
        news = replace(
            news, probe_answered=answered, probe_reason=WAITS if waits else f"the probe failed with: {outcome.code}"
        )
    return replace(state, news=news)


def after_report(state: BreakerState) -> BreakerState:
    """The state after the report. An answered probe is over."""
    probe = state.probe if state.news.probe_answered is None else None
    return replace(state, probe=probe, news=BreakerReport(wait=state.news.wait))
