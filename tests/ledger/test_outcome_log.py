"""A success is part of one row of the log, counted once, and everybody sees it as sent (decisions/outcome-log.md)."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.errors import UndefinedTable

from harness.fake_transport import REFUSED, SUCCESS, THROTTLED, TIMEOUT
from harness.gateways import add_gateway
from harness.rows import FIRST, add_clients
from harness.stepping import Stepped, begin, mailing, states, tick
from vestnik.clients.stop_list import stop_phones
from vestnik.errors import StateForbids
from vestnik.ledger.check import check_totals
from vestnik.ledger.outcomes import record_sent
from vestnik.ledger.packing import Sent
from vestnik.mailings.actions import cancel
from vestnik.models import AuditEntry, MessageState
from vestnik.statistics.history import history_of_phone
from vestnik.statistics.messages import message_of_phone, page_of_messages, result_lines
from vestnik.upkeep.outcome_log import is_on, switch_off, switch_on
from vestnik.upkeep.repair import repair_totals
from vestnik.upkeep.restored import hold
from vestnik.upkeep.sweep import sweep

SENT, QUEUED = MessageState.SENT, MessageState.QUEUED


def logged(ledger: Any) -> int:
    """Messages in the log."""
    ((count,),) = ledger.execute("SELECT coalesce(sum(cardinality(after)), 0)::int FROM vestnik_outcome_log").fetchall()
    return int(count)


def rows_sent(ledger: Any) -> int:
    """Messages whose row says *sent*."""
    ((count,),) = ledger.execute("SELECT count(*)::int FROM vestnik_message WHERE state = 1").fetchall()
    return int(count)


def counted(ledger: Any) -> int:
    ((count,),) = ledger.execute("SELECT sum(sent)::int FROM vestnik_batch").fetchall()
    return int(count)


def send_all(ledger: Any, stepped: Stepped) -> None:
    """Send what is queued, with success, until no batch has anything left."""
    for _ in range(100):
        stepped.gateway.answer()
        stepped.step(1)
        if not ledger.execute("SELECT FROM vestnik_batch WHERE state <> 'done'").fetchall():
            return
    raise AssertionError("something is left to send")


def with_log(ledger: Any, *, on: bool) -> None:
    ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = %s", [on])


@pytest.fixture
def half(ledger: Any) -> Any:
    """Twenty messages, eight of them sent and in the log, four in flight; the lease is held."""
    begin(ledger, 20)
    stepped = Stepped(concurrency=4)
    stepped.step()
    while counted(ledger) < 8:
        stepped.gateway.answer()
        stepped.step(1)
    stepped.step()
    assert len(stepped.gateway.pending) == 4
    assert (logged(ledger), rows_sent(ledger)) == (8, 0)
    assert counted(ledger) == 8
    yield stepped
    stepped.dispatcher.close()


def test_a_success_is_in_the_log_and_no_row_is_written(ledger: Any) -> None:
    made = begin(ledger, 30)
    stepped = Stepped(concurrency=64)
    send_all(ledger, stepped)
    tick(ledger)
    stepped.dispatcher.close()
    made.refresh_from_db()
    assert (made.state, made.totals["sent"]) == ("completed", 30)
    assert (logged(ledger), rows_sent(ledger)) == (30, 0)
    assert check_totals(ledger) == []
    ((rows,),) = ledger.execute("SELECT count(*) FROM vestnik_outcome_log").fetchall()
    assert rows < 5


@pytest.mark.usefixtures("half")
def test_everybody_who_reads_sees_it_as_sent(ledger: Any) -> None:
    ((made,),) = ledger.execute("SELECT id FROM vestnik_mailing").fetchall()
    page = page_of_messages(mailing_id=made, states=None, cursor=0, most=50)
    assert [row.state for row in page[:8]] == ["sent"] * 8
    assert {row.state for row in page[8:]} == {"sending", "queued"}
    assert page_of_messages(mailing_id=made, states=["sent"], cursor=0, most=50) == page[:8]
    first = page[0]
    assert (first.attempts, first.code, first.detail) == (1, "0", None)
    assert {(row.state, row.gateway) for row in page} == {("sent", "default"), ("sending", None), ("queued", None)}
    assert first.sent_at is not None
    assert first.sent_at >= first.created_at
    assert message_of_phone(mailing_id=made, phone=FIRST, states=["sent"]) == [first]
    assert message_of_phone(mailing_id=made, phone=FIRST, states=["queued"]) == []
    lines = b"".join(result_lines(mailing_id=made, states=["sent"])).splitlines()
    assert len(lines) == 9
    assert all(b",sent," in line and line.endswith(b",default,") for line in lines[1:])
    second = add_gateway(ledger, "second")
    ledger.execute("UPDATE vestnik_outcome_log SET gateway_id = %s", [second])
    assert {row.gateway for row in page_of_messages(mailing_id=made, states=["sent"], cursor=0, most=50)} == {"second"}
    assert [row.gateway for row in message_of_phone(mailing_id=made, phone=FIRST, states=None)] == ["second"]
    assert [row.gateway for _, row in history_of_phone(phone=FIRST).messages] == ["second"]
    assert all(
        line.endswith(b",second,") for line in b"".join(result_lines(mailing_id=made, states=["sent"])).splitlines()[1:]
    )


@pytest.mark.usefixtures("half")
def test_a_flush_that_is_repeated_counts_nothing(ledger: Any) -> None:
    """Its answer was lost, its number and its ids are the same; with another number the ids alone say so."""
    batch, mailing_id, attempt = ledger.execute("SELECT id, mailing_id, attempt FROM vestnik_batch").fetchone()
    ids = [row[0] for row in ledger.execute("SELECT id FROM vestnik_message ORDER BY id LIMIT 8").fetchall()]
    flushes = [row[0] for row in ledger.execute("SELECT flush FROM vestnik_outcome_log ORDER BY flush").fetchall()]
    for flush in (*flushes, 99):
        for part in (ids, ids[2:5], ids[7:]):
            sent = Sent(batch, attempt, flush, part, [1_790_000_000.0] * len(part))
            with ledger.transaction():
                assert record_sent(ledger, [sent], mailing=mailing_id, log=True, gateway=1) == []
    assert (logged(ledger), rows_sent(ledger)) == (8, 0)
    assert check_totals(ledger) == []


@pytest.mark.usefixtures("half")
def test_what_has_its_outcome_keeps_the_others_out_of_the_log_but_not_from_being_counted(ledger: Any) -> None:
    """One of a flush's messages was sent before: the others are written row by row, it is not."""
    batch, mailing_id, attempt = ledger.execute("SELECT id, mailing_id, attempt FROM vestnik_batch").fetchone()
    ids = [row[0] for row in ledger.execute("SELECT id FROM vestnik_message ORDER BY id OFFSET 7 LIMIT 3").fetchall()]
    sent = Sent(batch, attempt, 98, ids, [1_790_000_000.0] * 3)
    with ledger.transaction():
        ((_, state, rows, _),) = record_sent(ledger, [sent], mailing=mailing_id, log=True, gateway=1)
    assert (state, rows, logged(ledger), rows_sent(ledger)) == (SENT, 2, 8, 2)


def test_a_recall_leaves_what_was_sent(ledger: Any, half: Stepped) -> None:
    phones = [FIRST, FIRST + 7, FIRST + 19]
    stop_phones(phones=phones, reason="", actor=None)
    send_all(ledger, half)
    after = states(ledger)
    assert [after[n][0] for n in (0, 7, 19)] == [SENT, SENT, MessageState.CANCELLED]
    assert check_totals(ledger) == []


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_lapsed_lease_settles_only_what_has_no_outcome_and_its_next_holder_sends_the_rest(
    ledger: Any, half: Stepped, *, idempotent: bool
) -> None:
    taken = list(half.gateway.phones)
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() - interval '1 second'")
    sweep(ledger, idempotent=idempotent, stopped=lambda: False)
    assert [states(ledger)[n][0] for n in range(8)] == [SENT] * 8
    heir = Stepped(concurrency=64, idempotent=idempotent)
    send_all(ledger, heir)
    assert not {FIRST + n for n in range(8)} & set(heir.gateway.phones), "what was sent leaves no second time"
    assert len(taken) == 12
    assert check_totals(ledger) == []
    heir.dispatcher.close()


def test_a_batch_that_comes_back_sends_only_what_has_no_success(ledger: Any) -> None:
    begin(ledger, 12)
    stepped = Stepped(concurrency=64)
    stepped.step()
    stepped.gateway.answer(SUCCESS, count=5)
    stepped.gateway.answer(THROTTLED, count=3)
    stepped.gateway.answer(SUCCESS)
    stepped.step(2)
    assert (logged(ledger), counted(ledger)) == (9, 9)
    ledger.execute("UPDATE vestnik_batch SET due_at = now()")
    ledger.execute("UPDATE vestnik_message SET not_before = NULL")
    before = len(stepped.gateway.phones)
    send_all(ledger, stepped)
    assert sorted(stepped.gateway.phones[before:]) == [FIRST + 5, FIRST + 6, FIRST + 7]
    assert check_totals(ledger) == []
    ((attempt,),) = ledger.execute("SELECT max(attempt) FROM vestnik_outcome_log").fetchall()
    assert attempt == 2
    stepped.dispatcher.close()


@pytest.mark.parametrize("how", ["cancel", "end"])
def test_a_mailing_that_ends_half_sent_keeps_what_was_sent(ledger: Any, half: Stepped, how: str) -> None:
    ((made,),) = ledger.execute("SELECT id FROM vestnik_mailing").fetchall()
    if how == "cancel":
        cancel(mailing_id=made, actor=None)
    else:
        ledger.execute(
            "UPDATE vestnik_mailing SET start_time = now() - interval '1 h', end_time = now() - interval '1 s'"
        )
    half.gateway.answer(REFUSED)
    half.step(3)
    ledger.execute(
        "UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE state = 'leased'"
    )
    tick(ledger)
    tick(ledger)
    found = [state for state, _ in states(ledger).values()]
    assert found[:8] == [SENT] * 8
    assert not {SENT, QUEUED} & set(found[8:])
    assert check_totals(ledger) == []


@pytest.mark.usefixtures("half")
def test_a_restored_backup_puts_in_doubt_only_what_was_not_sent(ledger: Any) -> None:
    held = hold(ledger)
    assert held.messages == 12
    ((doubtful,),) = ledger.execute("SELECT count(*) FROM vestnik_message_now WHERE in_doubt").fetchall()
    assert doubtful == 12
    assert [state for state, _ in states(ledger).values()] == [SENT] * 8 + [QUEUED] * 12
    assert check_totals(ledger) == []


def test_a_late_answer_counts_nothing_that_the_log_has(ledger: Any) -> None:
    """The flush was committed, its answer was lost, and then the lease: the same successes come once more, late."""
    begin(ledger, 10)
    ledger.execute("UPDATE vestnik_message SET in_doubt = true")
    stepped = Stepped(concurrency=4)
    stepped.step()
    stepped.gateway.answer()
    stepped.step(2)
    _batch, mailing_id, attempt = ledger.execute("SELECT id, mailing_id, attempt FROM vestnik_batch").fetchone()
    ids = [row[0] for row in ledger.execute("SELECT id FROM vestnik_message ORDER BY id LIMIT 4").fetchall()]
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() - interval '1 second'")
    sweep(ledger, idempotent=True, stopped=lambda: False)
    from vestnik.ledger.outcomes import Late, settle_late

    for state, code in ((SENT, "0"), (MessageState.FAILED, "1")):
        late = [Late(message, int(state), code, "", 1_790_000_000.0) for message in ids]
        with ledger.transaction():
            settle_late(ledger, late, mailing=mailing_id, attempt=attempt, gateway=1)
        assert (counted(ledger), logged(ledger), rows_sent(ledger)) == (4, 4, 0)
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_a_mailing_that_was_half_sent_before_there_was_a_log_goes_on_in_both_forms(ledger: Any) -> None:
    with_log(ledger, on=False)
    try:
        made = begin(ledger, 20)
        stepped = Stepped(concurrency=4)
        stepped.step()
        stepped.gateway.answer()
        stepped.step(2)
        assert (logged(ledger), rows_sent(ledger)) == (0, 4)
    finally:
        with_log(ledger, on=True)
    stepped.step(1)
    send_all(ledger, stepped)
    assert (logged(ledger) + rows_sent(ledger), counted(ledger)) == (20, 20)
    assert logged(ledger) > 0
    assert {row.state for row in page_of_messages(mailing_id=made.id, states=None, cursor=0, most=50)} == {"sent"}
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            "UPDATE vestnik_message SET state = 5 WHERE id = (SELECT min(id) FROM vestnik_message)",
            "8 entries in the log",
        ),
        ("DELETE FROM vestnik_message WHERE id = (SELECT min(id) FROM vestnik_message)", "8 entries in the log"),
        ("DELETE FROM vestnik_outcome_log WHERE flush = (SELECT min(flush) FROM vestnik_outcome_log)", "sent 8 in the"),
        (
            """INSERT INTO vestnik_outcome_log
               SELECT mailing_id, batch_id, first_id, last_id, since, attempt, 99, ids, after
               FROM vestnik_outcome_log ORDER BY flush LIMIT 1""",
            "entries in the log, for 8 messages",
        ),
        ("UPDATE vestnik_batch SET first_id = first_id + 2", "2 messages belong to no batch"),
    ],
    ids=["a row says otherwise", "a row is gone", "the log is gone", "twice in the log", "out of its batch"],
)
@pytest.mark.usefixtures("half")
def test_the_doctor_sees_that_log_and_rows_differ_and_a_repair_ends_it(ledger: Any, damage: str, said: str) -> None:
    ((made,),) = ledger.execute("SELECT id FROM vestnik_mailing").fetchall()
    ledger.execute(damage.encode())
    assert any(said in each.words for each in check_totals(ledger)), check_totals(ledger)
    repair_totals(mailing=made, actor=None)
    assert check_totals(ledger) == []


def test_the_log_of_a_batch_that_is_gone_goes_into_the_rows(ledger: Any) -> None:
    made = begin(ledger, 10)
    stepped = Stepped(concurrency=64)
    send_all(ledger, stepped)
    tick(ledger)
    stepped.dispatcher.close()
    ledger.execute("DELETE FROM vestnik_batch")
    repair_totals(mailing=made.id, actor=None)
    assert (logged(ledger), rows_sent(ledger), counted(ledger)) == (0, 10, 10)
    assert check_totals(ledger) == []


def test_unknown_messages_that_are_sent_again_are_in_the_log_of_a_later_attempt(ledger: Any) -> None:
    from vestnik.mailings.unknown import resend_unknown

    add_clients(ledger, 6)
    made = mailing()
    tick(ledger)
    stepped = Stepped(concurrency=64, idempotent=False)
    stepped.step()
    stepped.gateway.answer(TIMEOUT, count=2, taken=False)
    send_all(ledger, stepped)
    tick(ledger)
    assert logged(ledger) == 4
    assert resend_unknown(mailing_id=made.id, actor=None).resent == 2
    send_all(ledger, stepped)
    assert (logged(ledger), counted(ledger)) == (6, 6)
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


# -- the switch


@pytest.fixture
def switched_back(ledger: Any) -> Iterator[None]:
    """Other tests find the log on."""
    yield
    ledger.execute("SELECT vestnik_switch_outcome_log(true)")


@pytest.mark.usefixtures("switched_back")
def test_while_the_log_is_on_a_release_before_it_can_lease_nothing(ledger: Any) -> None:
    """Its claim draws a token from a sequence that has another name meanwhile."""
    with pytest.raises(UndefinedTable):
        ledger.execute("SELECT nextval('vestnik_lease_token_seq')")
    assert list(switch_off(actor=None)) == []
    ledger.execute("SELECT nextval('vestnik_lease_token_seq')")
    switch_on(actor=None)
    with pytest.raises(UndefinedTable):
        ledger.execute("SELECT nextval('vestnik_lease_token_seq')")
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["ledger.log_off", "ledger.log_on"]


@pytest.mark.usefixtures("switched_back")
def test_switched_off_the_log_is_in_the_rows_and_nothing_is_counted_otherwise(ledger: Any) -> None:
    made = begin(ledger, 30)
    stepped = Stepped(concurrency=64)
    send_all(ledger, stepped)
    stepped.dispatcher.close()
    before = page_of_messages(mailing_id=made.id, states=None, cursor=0, most=50)
    assert (logged(ledger), rows_sent(ledger)) == (30, 0)
    assert sum(switch_off(actor=None)) == 30
    assert not is_on()
    assert (logged(ledger), rows_sent(ledger), counted(ledger)) == (0, 30, 30)
    assert page_of_messages(mailing_id=made.id, states=None, cursor=0, most=50) == before
    assert check_totals(ledger) == []


@pytest.mark.usefixtures("half")
def test_it_is_not_switched_off_under_somebody_who_sends(ledger: Any) -> None:
    with pytest.raises(StateForbids, match="being sent"):
        list(switch_off(actor=None))
    assert is_on()
    assert logged(ledger) == 8
