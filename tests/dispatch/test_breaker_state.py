"""How an outcome changes what a dispatcher knows of the breaker, as tables."""

from dataclasses import replace

import pytest

from harness.fake_transport import BROKEN, NOT_SENT, REFUSED, THROTTLED, TIMEOUT
from vestnik.dispatch.breaker_state import BreakerReport, BreakerState, after_failure, after_report, after_success
from vestnik.dispatch.decide import MAX_WAIT, WAITS
from vestnik.dispatch.lease import Lease
from vestnik.gateways.outcome import Outcome

PROBE, OTHER = (
    Lease(batch=batch, mailing=1, attempt=1, retries=0, token=1, ids=[], phones=[], doubtful={}) for batch in (1, 2)
)
SHORT_WAIT = replace(THROTTLED, retry_after=7.0)
LONG_WAIT = replace(THROTTLED, retry_after=3_600.0)
CLOSED = BreakerState()
PROBING = BreakerState(open=True, probe=PROBE, probe_timeout=5.0)


@pytest.mark.parametrize(
    ("state", "news"),
    [
        (CLOSED, BreakerReport()),
        (BreakerState(asks_to_wait=True), BreakerReport(wait_over=True)),
        (BreakerState(news=BreakerReport(asked=90.0)), BreakerReport(wait_over=True)),
        (PROBING, BreakerReport(probe_answered=True)),
        (replace(PROBING, asks_to_wait=True), BreakerReport(probe_answered=True, wait_over=True)),
        # The first answer counts.
        (replace(PROBING, news=BreakerReport(probe_answered=False)), BreakerReport(probe_answered=False)),
    ],
)
def test_what_a_success_changes(state: BreakerState, news: BreakerReport) -> None:
    after = after_success(state, PROBE)
    assert after == replace(state, news=news)
    if news != state.news:
        assert state.waits_for_a_success


def test_a_success_of_another_lease_is_no_answer_to_the_probe() -> None:
    assert after_success(PROBING, OTHER) == PROBING


@pytest.mark.parametrize(
    ("state", "outcome", "reason", "news"),
    [
        (CLOSED, REFUSED, None, BreakerReport()),
        (CLOSED, NOT_SENT, "many failed", BreakerReport(reason="many failed")),
        (CLOSED, SHORT_WAIT, None, BreakerReport(wait=7.0)),
        (CLOSED, LONG_WAIT, None, BreakerReport(wait=MAX_WAIT, asked=3_600.0)),
        (CLOSED, LONG_WAIT, WAITS, BreakerReport(reason=WAITS, wait=MAX_WAIT, asked=3_600.0)),
        (BreakerState(ignores_waits=True), LONG_WAIT, None, BreakerReport()),
        (BreakerState(news=BreakerReport(wait_over=True)), LONG_WAIT, None,
         BreakerReport(wait=MAX_WAIT, asked=3_600.0)),
        # It is open already.
        (BreakerState(open=True), NOT_SENT, "many failed", BreakerReport()),
        (PROBING, REFUSED, None, BreakerReport(probe_answered=True, probe_reason="the probe failed with: 17")),
        (PROBING, NOT_SENT, None, BreakerReport(probe_answered=False, probe_reason="the probe failed with: connect")),
        (PROBING, TIMEOUT, None, BreakerReport(probe_answered=False, probe_reason="the probe failed with: timeout")),
        (PROBING, BROKEN, None, BreakerReport(probe_answered=False, probe_reason="the probe failed with: http_503")),
        (PROBING, LONG_WAIT, None,
         BreakerReport(probe_answered=False, probe_reason=WAITS, wait=MAX_WAIT, asked=3_600.0)),
        (replace(PROBING, ignores_waits=True), LONG_WAIT, None,
         BreakerReport(probe_answered=True, probe_reason="the probe failed with: http_429")),
        (replace(PROBING, news=BreakerReport(probe_answered=True)), NOT_SENT, None, BreakerReport(probe_answered=True)),
    ],
)  # fmt: skip
def test_what_any_other_outcome_changes(
    state: BreakerState, outcome: Outcome, reason: str | None, news: BreakerReport
) -> None:
    after = after_failure(state, PROBE, outcome, reason=reason, says_nothing=False)
    assert after == replace(state, news=news)


def test_what_our_own_end_cut_says_nothing_but_is_the_answer_to_a_probe() -> None:
    assert after_failure(CLOSED, OTHER, LONG_WAIT, reason=None, says_nothing=True) == CLOSED
    cut = after_failure(PROBING, PROBE, TIMEOUT, reason=None, says_nothing=True)
    assert cut.news.probe_answered is False


def test_news_is_told_once_and_an_answered_probe_is_over() -> None:
    told = replace(PROBING, news=BreakerReport(reason="x", probe_answered=True, wait=7.0, asked=90.0))
    assert after_report(told) == replace(PROBING, probe=None, news=BreakerReport(wait=7.0))
    assert after_report(PROBING) == PROBING
