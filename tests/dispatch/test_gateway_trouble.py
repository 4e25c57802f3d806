"""A gateway that refuses our token, is overloaded or broken: what becomes of the mailing and of each message."""

import time
from typing import Any

import pytest

from harness.fake_transport import BROKEN, NOT_SENT, THROTTLED, TIMEOUT, UNAUTHORIZED
from harness.rows import FIRST
from harness.stepping import Stepped, begin, states
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.mailings.actions import resume
from vestnik.models import MailingState, MessageState, PauseCode

FORBIDDEN = Outcome(kind=Kind.UNAUTHORIZED, code="http_403", detail="not you", answered=True)
ALL_SENT = {(int(MessageState.SENT), "0")}


def due_now(ledger: Any) -> None:
    """The backoff of every batch is over."""
    ledger.execute("UPDATE vestnik_batch SET due_at = clock_timestamp() WHERE state = 'ready'")


def send_all(ledger: Any, stepped: Stepped) -> None:
    """The gateway is well again: send until nothing is queued."""
    for _ in range(100):
        due_now(ledger)
        stepped.gateway.answer()
        stepped.step(2)
        if not ledger.execute("SELECT FROM vestnik_message_now WHERE state = 0").fetchall():
            return
    raise AssertionError("messages are still queued")


def try_again(ledger: Any, stepped: Stepped, outcome: Outcome) -> None:
    """Let what is due be handed over once, and answered so."""
    due_now(ledger)
    handed = len(stepped.gateway.phones)
    for _ in range(20):
        stepped.step(1)
        if len(stepped.gateway.phones) > handed:
            break
    stepped.gateway.answer(outcome)
    stepped.step(4)


# -- 401 and 403


@pytest.mark.parametrize("answer", [UNAUTHORIZED, FORBIDDEN])
def test_a_refused_token_pauses_with_the_reason_and_after_a_resume_by_hand_all_is_sent(
    ledger: Any, answer: Outcome
) -> None:
    made = begin(ledger, 6)
    stepped = Stepped(2)
    stepped.step()
    stepped.gateway.answer(answer)
    stepped.step(6)
    made.refresh_from_db()
    assert made.state == MailingState.PAUSED
    assert (made.pause_code, made.pause_answer) == (PauseCode.REFUSED, answer.code)
    assert {state for state, _ in states(ledger).values()} == {MessageState.QUEUED}
    handed = len(stepped.gateway.phones)
    due_now(ledger)
    stepped.step(6)
    assert len(stepped.gateway.phones) == handed

    resume(mailing_id=made.id, actor=None)
    send_all(ledger, stepped)
    stepped.step(6)
    made.refresh_from_db()
    assert (made.state, made.pause_code, made.pause_answer) == (MailingState.COMPLETED, "", "")
    assert set(states(ledger).values()) == ALL_SENT
    stepped.dispatcher.close()


def test_a_refusal_of_a_request_from_before_the_resume_does_not_pause_again_and_a_newer_one_does(ledger: Any) -> None:
    made = begin(ledger, 6)
    stepped = Stepped(2)
    stepped.step()
    handed_over = time.monotonic()
    stepped.gateway.answer(UNAUTHORIZED, count=1)
    stepped.step(4)
    made.refresh_from_db()
    assert made.state == MailingState.PAUSED
    resume(mailing_id=made.id, actor=None)
    stepped.gateway.answer(UNAUTHORIZED, latency=time.monotonic() - handed_over)
    stepped.step(4)
    made.refresh_from_db()
    assert made.state == MailingState.RUNNING
    try_again(ledger, stepped, UNAUTHORIZED)
    made.refresh_from_db()
    assert made.state == MailingState.PAUSED
    stepped.dispatcher.close()


# -- the budget


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize("outcome", [THROTTLED, NOT_SENT])
def test_throttling_and_outages_burn_no_budget(ledger: Any, outcome: Outcome, *, idempotent: bool) -> None:
    begin(ledger, 1)
    stepped = Stepped(idempotent=idempotent)
    for _ in range(12):
        try_again(ledger, stepped, outcome)
    assert len(stepped.gateway.phones) == 12
    assert ledger.execute("SELECT answers, tries, in_doubt FROM vestnik_message_now").fetchall() == [(0, 12, False)]
    send_all(ledger, stepped)
    assert set(states(ledger).values()) == ALL_SENT
    stepped.dispatcher.close()


def test_timeouts_of_an_idempotent_gateway_burn_no_budget_either(ledger: Any) -> None:
    begin(ledger, 1)
    stepped = Stepped()
    for _ in range(12):
        try_again(ledger, stepped, TIMEOUT)
    assert ledger.execute("SELECT answers, tries FROM vestnik_message_now").fetchall() == [(0, 12)]
    send_all(ledger, stepped)
    stepped.dispatcher.close()


def test_ten_5xx_are_the_whole_budget_at_an_idempotent_gateway_and_the_message_ends_unknown(ledger: Any) -> None:
    made = begin(ledger, 1)
    stepped = Stepped()
    for _ in range(9):
        try_again(ledger, stepped, BROKEN)
    assert states(ledger) == {0: (MessageState.QUEUED, "http_503")}
    try_again(ledger, stepped, BROKEN)
    assert states(ledger) == {0: (MessageState.UNKNOWN, "http_503")}
    assert stepped.gateway.phones == [FIRST] * 10
    made.refresh_from_db()
    assert made.state == MailingState.COMPLETED
    stepped.dispatcher.close()


@pytest.mark.parametrize("outcome", [BROKEN, TIMEOUT])
def test_at_a_gateway_that_is_not_idempotent_one_ambiguous_answer_is_the_last(ledger: Any, outcome: Outcome) -> None:
    begin(ledger, 1)
    stepped = Stepped(idempotent=False)
    try_again(ledger, stepped, outcome)
    due_now(ledger)
    stepped.step(6)
    assert states(ledger) == {0: (MessageState.UNKNOWN, outcome.code)}
    assert stepped.gateway.phones == [FIRST]
    stepped.dispatcher.close()
