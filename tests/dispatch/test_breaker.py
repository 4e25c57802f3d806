"""The breaker is one row of the ledger: open for every process, closed again by one probe."""

from dataclasses import replace
from typing import Any

import pytest

from harness.fake_transport import BROKEN, NOT_SENT, TIMEOUT
from harness.stepping import Stepped, begin
from tests.dispatch.test_gateway_trouble import due_now
from vestnik.dispatch.breaker import Breaker
from vestnik.dispatch.lease import Lease
from vestnik.gateways.outcome import SUCCESS, Outcome


def breaker(ledger: Any) -> tuple[str, str]:
    ((state, reason),) = ledger.execute("SELECT breaker, breaker_reason FROM vestnik_gatewaystate").fetchall()
    return state, reason


def open_it(ledger: Any, *, clients: int = 60) -> Stepped:
    begin(ledger, clients)
    stepped = Stepped(20)
    stepped.step()
    stepped.gateway.answer(NOT_SENT)
    for _ in range(6):
        stepped.step(1)
        if breaker(ledger)[0] == "open":
            break
    # The first probe is due after half a second, which a slow machine takes for these steps: the test says when.
    no_probe_is_due(ledger)
    stepped.step(2)
    assert breaker(ledger)[0] == "open"
    return stepped


def no_probe_is_due(ledger: Any) -> None:
    ledger.execute("UPDATE vestnik_gatewaystate SET probe_at = clock_timestamp() + interval '1 hour'")


def probe_is_due(ledger: Any) -> None:
    due_now(ledger)
    # With six failures before, the right to probe lasts for half a minute, however slow the machine is.
    ledger.execute("UPDATE vestnik_gatewaystate SET probe_at = clock_timestamp(), probes_failed = 6")


@pytest.mark.parametrize("failure", [NOT_SENT, TIMEOUT])
def test_twenty_transport_failures_in_a_row_open_it_with_the_reason_for_the_operator(
    ledger: Any, failure: Outcome
) -> None:
    begin(ledger, 60)
    stepped = Stepped(20)
    stepped.step()
    stepped.gateway.answer(failure, count=19, latency=30)
    stepped.step(2)
    assert breaker(ledger) == ("closed", "")
    stepped.gateway.answer(failure, count=1, latency=30)
    stepped.step(4)
    state, reason = breaker(ledger)
    assert state == "open"
    assert failure.code in reason
    stepped.dispatcher.close()


def test_ninety_5xx_of_the_last_hundred_answers_open_it(ledger: Any) -> None:
    begin(ledger, 200)
    stepped = Stepped(100)
    stepped.step()
    stepped.gateway.answer(SUCCESS, count=10)
    stepped.gateway.answer(BROKEN, count=89)
    stepped.step(2)
    assert breaker(ledger) == ("closed", "")
    stepped.gateway.answer(BROKEN, count=1)
    stepped.step(4)
    assert breaker(ledger)[0] == "open"
    assert "http_503" in breaker(ledger)[1]
    stepped.dispatcher.close()


def test_a_process_that_saw_no_failure_keeps_to_it_because_it_is_in_the_ledger(ledger: Any) -> None:
    first = open_it(ledger)
    first.dispatcher.close()
    due_now(ledger)
    fresh = Stepped(20)
    fresh.step(6)
    assert fresh.gateway.phones == []
    fresh.dispatcher.close()


def test_of_two_dispatchers_one_sends_one_probe_and_its_answer_closes_it_for_both(ledger: Any) -> None:
    both = [open_it(ledger, clients=2_500), Stepped(20)]
    both[1].step(4)
    handed = sum(len(stepped.gateway.phones) for stepped in both)
    probe_is_due(ledger)
    for _ in range(6):
        for stepped in both:
            stepped.step(1)
    assert sum(len(stepped.gateway.phones) for stepped in both) == handed + 1
    for stepped in both:
        # It asks to wait for a minute. Else the next probe is due five seconds later, and a slow machine sends it here.
        stepped.gateway.answer(replace(BROKEN, retry_after=60.0))
        stepped.step(4)
    assert breaker(ledger) == ("open", "the probe failed with: http_503")
    assert sum(len(stepped.gateway.phones) for stepped in both) == handed + 1

    probe_is_due(ledger)
    for _ in range(6):
        for stepped in both:
            stepped.step(1)
    assert sum(len(stepped.gateway.phones) for stepped in both) == handed + 2
    for stepped in both:
        stepped.gateway.answer()
        stepped.step(4)
    assert breaker(ledger) == ("closed", "")
    due_now(ledger)
    for _ in range(6):
        for stepped in both:
            stepped.step(1)
    assert not any(stepped.dispatcher.breaker.open for stepped in both)
    assert sum(len(stepped.gateway.phones) for stepped in both) >= handed + 2 + 20
    for stepped in both:
        stepped.dispatcher.close()


def test_a_probe_has_a_time_limit_of_its_own_and_never_a_longer_one_than_others() -> None:
    probe, other = (
        Lease(batch=batch, mailing=1, attempt=1, retries=0, token=1, ids=[], phones=[], doubtful={}) for batch in (1, 2)
    )
    seen = Breaker()
    seen.begin_probe(probe, 5.0)
    assert [seen.timeout_of(lease, 30.0) for lease in (probe, other)] == [5.0, 30.0]
    assert seen.timeout_of(probe, 2.0) == 2.0
