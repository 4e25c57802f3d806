"""An operator leaves unknown messages, or sends them again: on record, before the end, and with totals that balance."""

from typing import Any

import pytest

from harness.fake_transport import REFUSED, TIMEOUT
from harness.gateways import add_gateway, add_route, change_gateway
from harness.rows import FIRST
from harness.sending import until
from harness.stepping import Stepped, begin, states, tick
from vestnik.clients.directory import delete_client
from vestnik.clients.stop_list import stop_phones
from vestnik.db.connection import Connection
from vestnik.errors import StateForbids
from vestnik.gateways.outcome import SUCCESS, Outcome
from vestnik.ledger.check import check_totals
from vestnik.mailings.actions import cancel, pause
from vestnik.mailings.unknown import count_unknown, leave_unknown, resend_unknown
from vestnik.models import AuditEntry, Batch, Client, Mailing, MessageState
from vestnik.upkeep.sweep import recover_lapsed


def until_unknown(ledger: Connection, count: int = 5) -> Mailing:
    """A mailing at a gateway that does not know repeated ids, all of whose requests timed out."""
    made = begin(ledger, count)
    stepped = Stepped(concurrency=64, idempotent=False)
    stepped.step()
    stepped.gateway.answer(TIMEOUT)
    stepped.step(4)
    stepped.dispatcher.close()
    made.refresh_from_db()
    assert {state for state, _ in states(ledger).values()} == {7}
    return made


def all_handed_over(stepped: Stepped, count: int) -> None:
    """Turn until so many requests are under way."""

    def are_under_way() -> bool:
        stepped.step(1)
        return len(stepped.gateway.phones) == count

    until(are_under_way)


def send_all(ledger: Connection, outcome: Outcome = SUCCESS) -> list[int]:
    """Send what is queued; returns the phones that were handed over."""
    stepped = Stepped(concurrency=64, idempotent=False)
    for _ in range(6):
        stepped.gateway.answer(outcome)
        stepped.step(1)
    tick(ledger)
    stepped.dispatcher.close()
    return sorted(stepped.gateway.phones)


def test_unknown_messages_of_a_completed_mailing_are_sent_again_by_decision(ledger: Connection) -> None:
    made = until_unknown(ledger)
    assert made.state == "completed"
    decided = resend_unknown(mailing_id=made.id, actor=None)
    assert (decided.resent, decided.left, decided.mailing.state) == (5, 0, "running")
    assert decided.mailing.frozen_at is None
    assert check_totals(ledger) == []
    assert send_all(ledger) == [FIRST + n for n in range(5)]
    made.refresh_from_db()
    assert (made.state, made.totals["sent"]) == ("completed", 5)
    assert check_totals(ledger) == []
    entry = AuditEntry.objects.get(action="mailing.unknown.resend")
    assert (entry.object_id, entry.details) == (made.id, {"unknown": 5})


def test_what_is_sent_again_without_an_answer_is_unknown_again(ledger: Connection) -> None:
    made = until_unknown(ledger)
    resend_unknown(mailing_id=made.id, actor=None)
    send_all(ledger, TIMEOUT)
    assert {state for state, _ in states(ledger).values()} == {7}
    assert check_totals(ledger) == []


@pytest.mark.parametrize(
    ("used", "idempotent", "state"),
    [
        # The first attempt may have been delivered, and this gateway refuses the second for itself.
        (True, False, MessageState.UNKNOWN),
        # It knows the id: had it taken the first, it would not refuse.
        (True, True, MessageState.FAILED),
        # Another gateway refuses: that says nothing of the first one, however often it is asked.
        (False, False, MessageState.UNKNOWN),
        (False, True, MessageState.UNKNOWN),
    ],
)
def test_a_refusal_of_what_is_sent_again_settles_it_only_where_the_first_attempt_is_known(
    ledger: Connection, used: bool, idempotent: bool, state: MessageState
) -> None:
    former = add_gateway(ledger, "former")
    add_route(ledger, [former], fallbacks=[1])
    made = begin(ledger, 5)
    unanswered = Stepped(concurrency=64, idempotent=False, over=former)
    unanswered.step()
    unanswered.gateway.answer(TIMEOUT)
    unanswered.step(4)
    unanswered.dispatcher.close()
    if not used:
        change_gateway(ledger, former, enabled=False)
    for _ in range(2):
        resend_unknown(mailing_id=made.id, actor=None)
        again = Stepped(concurrency=64, idempotent=idempotent, over=former if used else 1)
        all_handed_over(again, 5)
        again.gateway.answer(REFUSED)
        again.step(4)
        again.dispatcher.close()
        assert set(states(ledger).values()) == {(int(state), REFUSED.code)}, "and it keeps what the refusal said"
        assert check_totals(ledger) == []
        if state is MessageState.FAILED:
            break


def test_what_is_in_doubt_at_two_gateways_is_repeated_at_neither(ledger: Connection) -> None:
    """Also where the second knows repeated ids, and whether its answer is ambiguous or its sender dies."""
    former = add_gateway(ledger, "former")
    add_route(ledger, [former], fallbacks=[1])
    made = begin(ledger, 2)
    unanswered = Stepped(concurrency=64, idempotent=False, over=former)
    unanswered.step()
    unanswered.gateway.answer(TIMEOUT)
    unanswered.step(4)
    unanswered.dispatcher.close()
    change_gateway(ledger, former, enabled=False)
    resend_unknown(mailing_id=made.id, actor=None)
    again = Stepped(concurrency=64, idempotent=True)
    again.step()
    again.gateway.answer(TIMEOUT, count=1)
    again.step(1)
    again.crash()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 second' WHERE state = 'leased'")
    recover_lapsed(ledger, idempotent=True, stopped=lambda: False)
    assert {state for state, _ in states(ledger).values()} == {MessageState.UNKNOWN}
    rows = ledger.execute("SELECT DISTINCT gateway_id, in_doubt FROM vestnik_message").fetchall()
    assert rows == [(0, True)], "nobody knows which of them had it"
    assert check_totals(ledger) == []


@pytest.mark.parametrize("end", ["cancelled", "ended"])
def test_what_was_queued_again_never_ends_as_cancelled_or_expired(ledger: Connection, end: str) -> None:
    made = until_unknown(ledger)
    resend_unknown(mailing_id=made.id, actor=None)
    if end == "cancelled":
        cancel(mailing_id=made.id, actor=None)
    else:
        ledger.execute("UPDATE vestnik_mailing SET start_time = now() - interval '2 h', end_time = now()")
    tick(ledger)
    assert {state for state, _ in states(ledger).values()} == {7}
    assert check_totals(ledger) == []


def test_the_budget_of_answers_starts_anew(ledger: Connection) -> None:
    made = until_unknown(ledger)
    ledger.execute("UPDATE vestnik_message SET answers = 10")
    resend_unknown(mailing_id=made.id, actor=None)
    assert ledger.execute("SELECT DISTINCT answers, in_doubt FROM vestnik_message_now").fetchall() == [(0, True)]


def test_what_was_cancelled_while_somebody_decided_is_not_sent_again(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = begin(ledger, 300)
    stepped = Stepped(concurrency=10, idempotent=False)
    stepped.step()
    stepped.gateway.answer(TIMEOUT)
    stepped.step(4)
    stepped.dispatcher.close()
    before = count_unknown(made.id)
    assert before
    with monkeypatch.context() as patch:
        patch.setattr("vestnik.mailings.unknown.count_unknown", lambda _: cancel(mailing_id=made.id, actor=None) and 1)
        with pytest.raises(StateForbids, match="nothing more is sent again"):
            resend_unknown(mailing_id=made.id, actor=None)
    assert count_unknown(made.id) == before
    assert not AuditEntry.objects.filter(action="mailing.unknown.resend").exists()
    assert check_totals(ledger) == []


def test_a_paused_mailing_stays_paused(ledger: Connection) -> None:
    made = begin(ledger, 300)
    stepped = Stepped(concurrency=10, idempotent=False)
    stepped.step()
    stepped.gateway.answer(TIMEOUT)
    pause(mailing_id=made.id, actor=None)
    stepped.step(4)
    unknown = count_unknown(made.id)
    assert unknown
    decided = resend_unknown(mailing_id=made.id, actor=None)
    assert (decided.resent, decided.mailing.state) == (unknown, "paused")
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_unknown_messages_of_a_batch_that_is_leased_wait_for_its_next_lease(ledger: Connection) -> None:
    made = begin(ledger, 20)
    stepped = Stepped(concurrency=4, idempotent=False)
    stepped.step()
    stepped.gateway.answer(TIMEOUT)
    stepped.step()
    assert Batch.objects.get().state == "leased"
    handed = len(stepped.gateway.phones)
    assert resend_unknown(mailing_id=made.id, actor=None).resent == 4
    assert check_totals(ledger) == []
    for _ in range(60):
        stepped.gateway.answer()
        stepped.step(1)
        assert check_totals(ledger) == []
    tick(ledger)
    assert handed < 20
    assert sorted(stepped.gateway.phones) == sorted([*range(FIRST, FIRST + 20), *stepped.gateway.phones[:4]])
    made.refresh_from_db()
    assert (made.state, made.totals["sent"]) == ("completed", 20)
    stepped.dispatcher.close()


def test_nobody_who_opted_out_is_sent_anything_again(ledger: Connection) -> None:
    made = until_unknown(ledger)
    stop_phones(phones=[FIRST], reason="", actor=None)
    decided = resend_unknown(mailing_id=made.id, actor=None)
    assert (decided.resent, decided.left) == (4, 1)
    assert send_all(ledger) == [FIRST + n for n in range(1, 5)]


def test_a_client_deleted_while_its_message_was_in_flight_is_not_sent_to_again(ledger: Connection) -> None:
    made = begin(ledger, 2)
    stepped = Stepped(concurrency=2, idempotent=False)
    stepped.step()
    delete_client(client=Client.objects.get(phone_number=FIRST), actor=None)
    stepped.gateway.answer(TIMEOUT)
    stepped.step(4)
    stepped.dispatcher.close()
    decided = resend_unknown(mailing_id=made.id, actor=None)
    assert (decided.resent, decided.left) == (1, 1)


@pytest.mark.parametrize("decide", [resend_unknown, leave_unknown])
def test_after_the_end_there_is_nothing_to_decide(ledger: Connection, decide: Any) -> None:
    made = until_unknown(ledger)
    ledger.execute("UPDATE vestnik_mailing SET start_time = now() - interval '2 h', end_time = now()")
    with pytest.raises(StateForbids, match="end has passed"):
        decide(mailing_id=made.id, actor=None)
    assert {state for state, _ in states(ledger).values()} == {7}


@pytest.mark.parametrize("decide", [resend_unknown, leave_unknown])
def test_a_cancelled_mailing_is_never_sent_again(ledger: Connection, decide: Any) -> None:
    made = begin(ledger)
    cancel(mailing_id=made.id, actor=None)
    with pytest.raises(StateForbids, match="running, paused, completed or expired"):
        decide(mailing_id=made.id, actor=None)


def test_leaving_them_is_on_record_and_changes_no_message(ledger: Connection) -> None:
    made = until_unknown(ledger)
    decided = leave_unknown(mailing_id=made.id, actor=None)
    assert (decided.resent, decided.left, decided.mailing.unknown_left) == (0, 5, 5)
    assert AuditEntry.objects.get(action="mailing.unknown.leave").details == {"unknown": 5}
    assert {state for state, _ in states(ledger).values()} == {7}
    assert check_totals(ledger) == []


def test_a_second_resend_finds_nothing(ledger: Connection) -> None:
    made = until_unknown(ledger)
    resend_unknown(mailing_id=made.id, actor=None)
    assert resend_unknown(mailing_id=made.id, actor=None).resent == 0
    assert AuditEntry.objects.filter(action="mailing.unknown.resend").count() == 1
    assert check_totals(ledger) == []


def late(stepped: Stepped, first: Outcome, second: Outcome) -> None:
    """The first holder gets the answers to its two messages, long after it has lost its lease."""
    stepped.gateway.answer(first, count=1)
    stepped.gateway.answer(second)
    stepped.step(4)


def in_doubt(ledger: Connection) -> tuple[Mailing, Stepped]:
    """A mailing of two, whose first sender died with both handed over: both are unknown, and its totals are frozen."""
    made = begin(ledger, 2)
    dead = Stepped(concurrency=2, idempotent=False)
    dead.step()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s'")
    recover_lapsed(ledger, idempotent=False, stopped=lambda: False)
    tick(ledger)
    return made, dead


@pytest.mark.parametrize(("outcome", "state"), [(SUCCESS, MessageState.SENT), (REFUSED, MessageState.FAILED)])
def test_a_late_definite_answer_settles_an_unknown_message_also_in_frozen_books(
    ledger: Connection, outcome: Outcome, state: MessageState
) -> None:
    made, dead = in_doubt(ledger)
    late(dead, outcome, TIMEOUT)
    made.refresh_from_db()
    assert states(ledger)[0][0] == state
    assert (made.totals["unknown"], made.totals[state.label]) == (1, 1)
    assert check_totals(ledger) == []
    dead.dispatcher.close()


def test_a_late_refusal_does_not_settle_what_a_later_attempt_may_have_delivered(ledger: Connection) -> None:
    made, dead = in_doubt(ledger)
    resend_unknown(mailing_id=made.id, actor=None)
    send_all(ledger, TIMEOUT)
    late(dead, REFUSED, SUCCESS)
    assert [state for state, _ in states(ledger).values()] == [MessageState.UNKNOWN, MessageState.SENT]
    assert check_totals(ledger) == []
    dead.dispatcher.close()
