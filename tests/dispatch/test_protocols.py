"""Leases, grants and flushes as the ledger sees them, and what happens when the same thing is done twice or at once."""

from typing import Any

import pytest

from harness.fake_transport import REFUSED, TIMEOUT
from harness.stepping import Stepped, begin, states
from vestnik.gateways.outcome import SUCCESS, Outcome
from vestnik.ledger.check import check_totals
from vestnik.mailings.finish import settle_ended
from vestnik.models import MESSAGE_TRANSITIONS, MessageState
from vestnik.upkeep.sweep import sweep


def number(ledger: Any, query: str) -> Any:
    return ledger.execute(query).fetchone()[0]


# -- leases and grants


def test_a_lease_lasts_ten_seconds_and_every_flush_renews_it(ledger: Any) -> None:
    begin(ledger, 3)
    stepped = Stepped(1)
    left = "SELECT extract(epoch FROM lease_expires_at - clock_timestamp())::float8 FROM vestnik_batch"
    stepped.step()
    assert 9 < number(ledger, left) <= 10
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() + interval '1 second'")
    stepped.step()
    assert 9 < number(ledger, left) <= 10
    stepped.dispatcher.close()


def test_at_most_the_window_is_granted_and_not_recorded_and_every_request_is_below_the_mark(ledger: Any) -> None:
    begin(ledger, 3_000)
    stepped = Stepped(20, window=60)
    most = 0
    for _ in range(80):
        stepped.step(1)
        most = max(most, number(ledger, "SELECT sum(sending) FROM vestnik_batch"))
        granted = (
            "SELECT count(*) FROM vestnik_message_now m JOIN vestnik_batch b ON m.id BETWEEN b.first_id AND b.last_id"
        )
        beyond = f"{granted} WHERE m.id = ANY (%s) AND (b.high_water IS NULL OR m.id > b.high_water)"
        assert ledger.execute(beyond, [stepped.gateway.pending]).fetchone() == (0,)
        stepped.gateway.answer()
    assert 20 <= most <= 60
    assert len(stepped.gateway.phones) > 200
    stepped.dispatcher.close()


def test_nothing_is_open_or_locked_in_the_ledger_while_requests_are_in_the_air(ledger: Any) -> None:
    begin(ledger, 30)
    stepped = Stepped(10)
    stepped.step()
    assert len(stepped.gateway.pending) == 10
    open_ones = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vestnik test' AND state LIKE 'idle in %'"
    )
    assert number(ledger, open_ones) == 0
    ledger.execute("SET lock_timeout = '1s'")
    assert len(ledger.execute("SELECT id FROM vestnik_batch FOR UPDATE").fetchall()) == 1
    assert len(ledger.execute("SELECT id FROM vestnik_mailing FOR UPDATE").fetchall()) == 1
    assert len(ledger.execute("SELECT id FROM vestnik_message FOR UPDATE").fetchall()) == 30
    stepped.dispatcher.close()


def test_a_renewal_older_than_half_a_second_stops_the_hand_over(ledger: Any) -> None:
    begin(ledger, 300)
    stepped = Stepped(10)
    stepped.step(2)
    stepped.clock.stop()
    for seconds, handed_over in [(0.51, 0), (0.51, 0), (0.49, 10)]:
        stepped.clock.advance(seconds)
        stepped.step(1)
        assert len(stepped.gateway.phones) == handed_over
    stepped.dispatcher.close()


@pytest.mark.parametrize(("idempotent", "after"), [(True, MessageState.QUEUED), (False, MessageState.UNKNOWN)])
def test_a_lapsed_lease_settles_only_what_may_have_been_handed_over(
    ledger: Any, after: MessageState, *, idempotent: bool
) -> None:
    begin(ledger, 30)
    stepped = Stepped(4, idempotent=idempotent)
    stepped.step()
    stepped.gateway.answer(SUCCESS, count=1)
    stepped.step()
    ((mark,),) = ledger.execute("SELECT high_water FROM vestnik_batch").fetchall()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() - interval '1 second'")
    sweep(ledger, idempotent=idempotent, stopped=lambda: False)
    rows = ledger.execute("SELECT id <= %s, state, in_doubt FROM vestnik_message_now ORDER BY id", [mark]).fetchall()
    assert {row[1:] for row in rows if row[0]} == {(MessageState.SENT, False), (after, True)}
    assert {row[1:] for row in rows if not row[0]} == {(MessageState.QUEUED, False)}
    assert sum(row[2] for row in rows) <= stepped.dispatcher.holdings.window
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_a_dispatcher_that_lost_its_lease_hands_over_nothing_more_and_counts_nothing_of_its_own(ledger: Any) -> None:
    begin(ledger, 30)
    fenced, heir = Stepped(4), Stepped(4)
    fenced.step()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() - interval '1 second'")
    sweep(ledger, idempotent=True, stopped=lambda: False)
    heir.step()
    assert len(heir.gateway.pending) == 4
    counters = "SELECT queued, sending, sent, failed, unknown, lease_token FROM vestnik_batch"
    before = ledger.execute(counters).fetchall()
    for outcome in (SUCCESS, REFUSED):
        fenced.gateway.answer(outcome, count=2)
        fenced.step(4)
    assert ledger.execute(counters).fetchall() == before
    assert len(fenced.gateway.phones) == 4
    heir.until_empty()
    assert {state for state, _ in states(ledger).values()} == {MessageState.SENT}
    assert check_totals(ledger) == []
    fenced.dispatcher.close()
    heir.dispatcher.close()


def test_what_a_lost_lease_does_not_know_for_sure_it_keeps_to_itself(ledger: Any) -> None:
    begin(ledger, 30)
    fenced = Stepped(4, idempotent=False)
    fenced.step()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() - interval '1 second'")
    sweep(ledger, idempotent=False, stopped=lambda: False)
    unknown = number(ledger, "SELECT unknown FROM vestnik_batch")
    assert unknown >= 4
    heir = Stepped(4, idempotent=False)
    heir.step()
    fenced.gateway.answer(TIMEOUT)
    fenced.step(4)
    assert number(ledger, "SELECT unknown FROM vestnik_batch") == unknown
    assert check_totals(ledger) == []
    fenced.dispatcher.close()
    heir.dispatcher.close()


@pytest.mark.parametrize("outcome", [SUCCESS, REFUSED, TIMEOUT])
@pytest.mark.parametrize("state", [state for state in MessageState if state is not MessageState.QUEUED])
def test_an_answer_to_the_holder_changes_no_state_that_is_final(
    ledger: Any, state: MessageState, outcome: Outcome
) -> None:
    """Only what is queued is stamped; an unknown message is settled by a late answer of a lost lease alone."""
    begin(ledger, 1)
    stepped = Stepped()
    stepped.step()
    ledger.execute("UPDATE vestnik_message SET state = %s, code = 'before'", [int(state)])
    ledger.execute("UPDATE vestnik_batch SET sending = 0")
    stepped.gateway.answer(outcome)
    stepped.step(4)
    assert states(ledger) == {0: (state, "before")}
    ledger.execute("UPDATE vestnik_mailing SET end_time = clock_timestamp()")
    settle_ended(ledger, stopped=lambda: False)
    assert states(ledger) == {0: (state, "before")}
    stepped.dispatcher.close()


@pytest.mark.parametrize("outcome", [SUCCESS, REFUSED])
def test_an_answer_leads_only_where_the_table_of_transitions_leads(ledger: Any, outcome: Outcome) -> None:
    begin(ledger, 1)
    stepped = Stepped()
    stepped.step()
    stepped.gateway.answer(outcome)
    stepped.step(4)
    assert MessageState(states(ledger)[0][0]) in MESSAGE_TRANSITIONS[MessageState.QUEUED]
    stepped.dispatcher.close()
