"""The log of a batch that is done is folded into one row, which says the same (decisions/outcome-log.md)."""

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fake_transport import TIMEOUT
from harness.rows import FIRST
from harness.stepping import Losing, Stepped, begin, states, tick
from vestnik.clients.stop_list import stop_phones
from vestnik.db.connection import Connection, open_connection
from vestnik.ledger.check import check_totals
from vestnik.ledger.fragments import SQL
from vestnik.ledger.leases import lock_held
from vestnik.ledger.outcome_log import fold
from vestnik.ledger.outcomes import Late, record_sent, settle_late
from vestnik.ledger.packing import MAX_MILLISECONDS, Packed, Sent, pack
from vestnik.ledger.receipts import Target, apply_receipts
from vestnik.mailings.actions import cancel
from vestnik.mailings.unknown import resend_unknown
from vestnik.models import MessageState
from vestnik.statistics.messages import page_of_messages
from vestnik.upkeep.outcome_log import switch_off, switch_on
from vestnik.upkeep.sweep import sweep

SENT = MessageState.SENT
#: Some instant of 2026, in milliseconds.
NOW = 1_790_000_000_000
IDS = 90_000_000_000_000

#: Of a message in the log: its batch and its place in it; and what is known of it: milliseconds, attempt, gateway.
Messages = dict[tuple[int, int], tuple[int, int, int | None]]
#: Batch, gateway, attempt, flush, first id, bits, since, after.
Row = tuple[int, int | None, int, int, int, str, int, list[int]]


def entries(ledger: Any) -> int:
    """Messages in the log."""
    ((count,),) = ledger.execute("SELECT coalesce(sum(cardinality(after)), 0)::int FROM vestnik_outcome_log").fetchall()
    return int(count)


def rows(ledger: Any) -> int:
    ((count,),) = ledger.execute("SELECT count(*)::int FROM vestnik_outcome_log").fetchall()
    return int(count)


def counted(ledger: Any) -> int:
    ((count,),) = ledger.execute("SELECT sum(sent)::int FROM vestnik_batch").fetchall()
    return int(count)


def sent_at(ledger: Any) -> dict[int, datetime]:
    found = ledger.execute("SELECT id, sent_at FROM vestnik_message_now WHERE state = 1").fetchall()
    return dict(found)


def lapse(ledger: Any, *, idempotent: bool) -> None:
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() - interval '1 second'")
    sweep(ledger, idempotent=idempotent, stopped=lambda: False)


def send_slowly(ledger: Any, stepped: Stepped, *, until: int) -> None:
    """One answer a flush, until so many are counted as sent."""
    for _ in range(400):
        if counted(ledger) == until:
            return
        stepped.gateway.answer(count=1)
        stepped.step(1)
    raise AssertionError("the rest was not sent")


@pytest.fixture
def slow(ledger: Any) -> Iterator[Stepped]:
    """Twenty messages, eighteen of them sent and in the log, a row each; the last two are in flight."""
    begin(ledger, 20)
    stepped = Stepped(concurrency=2, idempotent=False, recorder=Losing("test"))
    stepped.step()
    send_slowly(ledger, stepped, until=18)
    stepped.step()
    assert len(stepped.gateway.pending) == 2
    assert (rows(ledger), entries(ledger)) == (18, 18)
    yield stepped
    stepped.dispatcher.close()


# -- what a fold is


@pytest.fixture(scope="module")
def database(django_db_setup: None) -> Iterator[Connection]:
    """A connection with a log of its own."""
    del django_db_setup
    with open_connection("test") as connection:
        connection.execute("CREATE TEMP TABLE vestnik_outcome_log (LIKE vestnik_outcome_log INCLUDING ALL)")
        yield connection


def flushed(messages: Messages) -> list[tuple[int | None, Packed]]:
    """The rows that flushes have written: one for each batch, attempt, gateway and twenty seconds."""
    flushes: dict[tuple[int, int, int | None, int], dict[int, int]] = defaultdict(dict)
    for (batch, place), (ms, attempt, gateway) in messages.items():
        flushes[batch, attempt, gateway, ms // 20_000][IDS + place] = NOW + ms
    return [
        (gateway, packed(Sent(batch, attempt, number, list(sent), [at / 1e3 for at in sent.values()])))
        for number, ((batch, attempt, gateway, _), sent) in enumerate(flushes.items())
    ]


def folded(messages: Messages) -> list[Row]:
    """What must stand in the log after a fold: a row for each batch, slot and gateway."""
    slots: dict[tuple[int, int, int, int | None], dict[int, tuple[int, int]]] = defaultdict(dict)
    begin = {batch: min(ms for (of, _), (ms, *_) in messages.items() if of == batch) for batch, _ in messages}
    for (batch, place), (ms, attempt, gateway) in sorted(messages.items()):
        slot = (ms - begin[batch]) // (MAX_MILLISECONDS + 1)
        # PostgreSQL has nulls last.
        slots[batch, slot, 99 if gateway is None else gateway, gateway][IDS + place] = NOW + ms, attempt
    numbers: dict[int, int] = defaultdict(int)
    expected = []
    for batch, slot, order, gateway in sorted(slots, key=lambda key: key[:3]):
        sent = slots[batch, slot, order, gateway]
        numbers[batch] -= 1
        first, since = min(sent), min(at for at, _ in sent.values())
        bits = "".join("1" if message in sent else "0" for message in range(first, max(sent) + 1))
        after = [at - since for at, _ in sent.values()]
        attempt = max(attempt for _, attempt in sent.values())
        expected.append((batch, gateway, attempt, numbers[batch], first, bits, since, after))
    return expected


def packed(sent: Sent) -> Packed:
    row = pack(sent)
    assert row is not None
    return row


def write(connection: Any, row: Packed, gateway: int | None = None) -> None:
    connection.execute(
        """INSERT INTO vestnik_outcome_log
             (mailing_id, batch_id, gateway_id, attempt, flush, first_id, last_id, ids, since, after)
           VALUES (1, %(batch)s, %(gateway)s, %(attempt)s, %(flush)s, %(first_id)s, %(first_id)s + length(%(ids)s) - 1,
                   %(ids)s::varbit, to_timestamp(%(since)s / 1e3::float8), %(after)s::smallint[])""",
        {**row._asdict(), "gateway": gateway},
    )


def in_log(connection: Any) -> list[Row]:
    found = connection.execute(
        """SELECT batch_id, gateway_id, attempt, flush, first_id, ids::text,
                  (extract(epoch FROM since) * 1000)::bigint, after
           FROM vestnik_outcome_log ORDER BY batch_id, flush DESC"""
    ).fetchall()
    return list(found)


@settings(max_examples=60, deadline=None)
@given(
    messages=st.dictionaries(
        st.tuples(st.integers(1, 2), st.integers(0, 1_100)),
        st.tuples(st.integers(0, 5 * MAX_MILLISECONDS), st.integers(1, 3), st.sampled_from([None, None, 1, 2])),
        min_size=1,
        max_size=80,
    )
)
def test_a_fold_has_the_same_messages_and_times_in_a_row_for_each_slot(database: Any, messages: Messages) -> None:
    database.execute("TRUNCATE pg_temp.vestnik_outcome_log")
    for gateway, row in flushed(messages):
        write(database, row, gateway)
    fold(database, mailing=1, batches=[1, 2])
    assert in_log(database) == folded(messages)
    # A batch that was queued again, and is done once more.
    fold(database, mailing=1, batches=[1, 2])
    assert in_log(database) == folded(messages)


@pytest.mark.parametrize(
    ("flushes", "milliseconds", "sent", "worth"),
    [
        ([], 0, 0, False),
        ([1_000], 250, 1_000, False),
        ([360, 360, 280], 250, 1_000, False),
        ([100] * 10, 250, 1_000, False),
        ([90] * 11 + [10], 250, 1_000, True),
        ([1] * 40, 250, 1_000, True),
        ([5, 5], 250, 10, True),
        ([1] * 40, 60_000, 40, False),
    ],
    ids=[
        "none", "one", "a usual batch", "a hundred each", "just fewer", "beside rows", "a small batch",
        "too far apart in time",
    ],
)  # fmt: skip
def test_only_what_becomes_much_smaller_is_folded(
    database: Any, flushes: list[int], milliseconds: int, sent: int, worth: bool
) -> None:
    database.execute("TRUNCATE pg_temp.vestnik_outcome_log")
    first = IDS
    for number, size in enumerate(flushes):
        at = (NOW + number * milliseconds) / 1e3
        write(database, packed(Sent(1, 1, number, range(first, first + size), [at] * size)))
        first += size
    worth_folding = SQL.text("worth_folding", mailing="1")
    # Receipts may have come for some of them.
    batch = (
        "(VALUES (1, %(state)s, 0, %(sent)s - %(sent)s / 2, %(sent)s / 2)) b (id, state, sent, delivered, undelivered)"
    )
    text = f"SELECT {worth_folding} FROM {batch}".encode()  # noqa: S608 - ours
    assert database.execute(text, {"state": "done", "sent": sent}).fetchall() == [(worth,)]
    assert database.execute(text, {"state": "ready", "sent": sent}).fetchall() == [(False,)]
    text = text.replace(b"0, %(sent)s - %(sent)s / 2, %(sent)s / 2", b"%(sent)s, 0, 0")
    assert database.execute(text, {"state": "done", "sent": sent}).fetchall() == [(worth,)]


# -- when it happens


def test_a_batch_that_is_done_has_one_row_which_says_the_same(ledger: Any, slow: Stepped) -> None:
    ((made,),) = ledger.execute("SELECT id FROM vestnik_mailing").fetchall()
    before = sent_at(ledger)
    page = page_of_messages(mailing_id=made, states=["sent"], cursor=0, most=50)
    send_slowly(ledger, slow, until=20)
    tick(ledger)
    assert (rows(ledger), entries(ledger), counted(ledger)) == (1, 20, 20)
    assert before.items() <= sent_at(ledger).items()
    assert page_of_messages(mailing_id=made, states=["sent"], cursor=0, most=50)[:18] == page
    assert check_totals(ledger) == []


def test_a_usual_batch_is_not_written_again(ledger: Any) -> None:
    """Two batches, each sent in two flushes: their rows are those that were inserted."""
    begin(ledger, 300)
    stepped = Stepped(concurrency=100)
    stepped.step()
    seen = set()
    while counted(ledger) < 300:
        stepped.gateway.answer()
        stepped.step(1)
        seen |= set(ledger.execute("SELECT ctid::text, xmin::text FROM vestnik_outcome_log").fetchall())
    stepped.dispatcher.close()
    assert ledger.execute("SELECT state FROM vestnik_batch").fetchall() == [("done",)] * 2
    assert (rows(ledger), len(seen)) == (4, 4)


def test_a_batch_that_is_given_back_with_something_to_send_keeps_its_rows(ledger: Any, slow: Stepped) -> None:
    slow.dispatcher.close()
    lapse(ledger, idempotent=True)
    assert ledger.execute("SELECT state FROM vestnik_batch").fetchall() == [("ready",)]
    assert rows(ledger) == 18


def test_successes_of_two_leases_are_one_row(ledger: Any, slow: Stepped) -> None:
    before = sent_at(ledger)
    lapse(ledger, idempotent=True)
    heir = Stepped(concurrency=1)
    heir.step()
    send_slowly(ledger, heir, until=20)
    heir.step()
    heir.dispatcher.close()
    assert ledger.execute("SELECT attempt, flush FROM vestnik_outcome_log").fetchall() == [(2, -1)]
    assert entries(ledger) == 20
    assert before.items() <= sent_at(ledger).items()
    # The first holder wakes up: its lease is gone, and its answers change nothing.
    slow.gateway.answer()
    slow.step(3)
    assert (rows(ledger), entries(ledger), counted(ledger)) == (1, 20, 20)
    assert check_totals(ledger) == []


@pytest.mark.parametrize("how", ["lapsed", "cancelled", "stopped", "late", "receipts"])
def test_whatever_ends_a_batch_folds_its_log(ledger: Any, slow: Stepped, how: str) -> None:
    """The last messages are unknown, cancelled, recalled, or settled by an answer that came late, or by receipts."""
    _batch, mailing = ledger.execute("SELECT id, mailing_id FROM vestnik_batch").fetchone()
    slow.dispatcher.close()
    if how == "cancelled":
        cancel(mailing_id=mailing, actor=None)
    lapse(ledger, idempotent=how != "lapsed")
    if how == "stopped":
        assert rows(ledger) == 18
        stop_phones(phones=[FIRST + 18, FIRST + 19], reason="", actor=None)
    if how == "late":
        late = [
            Late(message, int(SENT), "0", "", 1_790_000_000.0)
            for (message,) in ledger.execute("SELECT id FROM vestnik_message_now WHERE state = 0").fetchall()
        ]
        with ledger.transaction():
            settle_late(ledger, late, mailing=mailing, attempt=1, gateway=1)
    if how == "receipts":
        receipts(ledger, "state = 0", MessageState.DELIVERED)
    assert ledger.execute("SELECT state FROM vestnik_batch").fetchall() == [("done",)]
    assert (rows(ledger), entries(ledger)) == (1, 18)
    assert [state for state, _ in states(ledger).values()][:18] == [SENT] * 18
    assert check_totals(ledger) == []


def test_a_mailing_half_sent_before_there_was_a_log_is_folded_beside_its_rows(ledger: Any, slow: Stepped) -> None:
    ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = false")
    try:
        slow.step()
        slow.gateway.answer(count=1)
        slow.step(1)
    finally:
        ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = true")
    slow.step()
    send_slowly(ledger, slow, until=20)
    assert (rows(ledger), entries(ledger)) == (1, 19)
    assert check_totals(ledger) == []


def receipts(ledger: Any, which: str, state: MessageState) -> None:
    """Receipts for messages, by a condition on what they are now: each has its verdict, *moved*."""
    batch, mailing = ledger.execute("SELECT id, mailing_id FROM vestnik_batch").fetchone()
    text = f"SELECT id FROM vestnik_message_now WHERE {which}"  # noqa: S608 - ours
    targets = [Target(message, batch, 1, int(state), "", "", None, time.time()) for (message,) in ledger.execute(text)]
    with ledger.transaction():
        verdicts = apply_receipts(ledger, targets, mailing=mailing)
    assert set(verdicts.values()) == {"moved"}


def test_what_was_delivered_before_the_fold_stays_so(ledger: Any, slow: Stepped) -> None:
    """A receipt writes the message's row. The log goes on to have the message, so that it is counted once."""
    before = sent_at(ledger)
    receipts(ledger, "state = 1", MessageState.DELIVERED)
    for _ in range(10):
        slow.gateway.answer(count=1)
        slow.step(1)
    assert ledger.execute("SELECT state, sent, delivered FROM vestnik_batch").fetchall() == [("done", 2, 18)]
    assert (rows(ledger), entries(ledger)) == (1, 20)
    after = ledger.execute("SELECT id, sent_at FROM vestnik_message_now WHERE state = 2").fetchall()
    assert dict(after) == before
    receipts(ledger, "state = 1", MessageState.UNDELIVERED)
    assert ledger.execute("SELECT sent, delivered, undelivered FROM vestnik_batch").fetchall() == [(0, 18, 2)]
    assert check_totals(ledger) == []


# -- nothing is counted twice


def test_the_flush_that_ended_the_batch_is_repeated_and_counts_nothing(ledger: Any, slow: Stepped) -> None:
    """It was committed, with the fold, and its answer was lost: the key is gone, the lease is not held any more."""
    slow.gateway.answer()
    losing: Any = slow.dispatcher._recorder
    losing.lose = 1
    slow.step(3)
    assert losing.lose == 0
    assert (rows(ledger), entries(ledger), counted(ledger)) == (1, 20, 20)
    assert ledger.execute("SELECT count(*) FROM vestnik_message WHERE state <> 0").fetchall() == [(0,)]
    assert check_totals(ledger) == []


def test_each_of_two_guards_knows_a_repeated_flush_after_a_fold(ledger: Any, slow: Stepped) -> None:
    """The fence: no lease of that token. And without it the bits, whatever number the flush has."""
    batch, mailing, token, attempt = ledger.execute(
        "SELECT id, mailing_id, lease_token, attempt FROM vestnik_batch"
    ).fetchone()
    flushes = ledger.execute("SELECT flush, first_id FROM vestnik_outcome_log").fetchall()
    with ledger.transaction():
        assert lock_held(ledger, batches=[batch], tokens=[token]).keys() == {batch}
    send_slowly(ledger, slow, until=20)
    assert rows(ledger) == 1
    with ledger.transaction():
        assert lock_held(ledger, batches=[batch], tokens=[token]) == {}
    ids = [message for (message,) in ledger.execute("SELECT id FROM vestnik_message ORDER BY id").fetchall()]
    repeated = [Sent(batch, attempt, flush, [message], [1_790_000_000.0]) for flush, message in flushes]
    repeated += [Sent(batch, attempt, flush, ids[2:9], [1_790_000_000.0] * 7) for flush in (-1, 1, 99)]
    for sent in repeated:
        for log in (True, False):
            with ledger.transaction():
                assert record_sent(ledger, [sent], mailing=mailing, log=log, gateway=1) == []
    assert (rows(ledger), entries(ledger)) == (1, 20)
    assert check_totals(ledger) == []


def test_a_late_answer_counts_nothing_that_was_folded(ledger: Any, slow: Stepped) -> None:
    _batch, mailing, attempt = ledger.execute("SELECT id, mailing_id, attempt FROM vestnik_batch").fetchone()
    send_slowly(ledger, slow, until=20)
    ids = [message for (message,) in ledger.execute("SELECT id FROM vestnik_message").fetchall()]
    for state in (SENT, MessageState.FAILED):
        late = [Late(message, int(state), "x", "", 1_790_000_000.0) for message in ids]
        with ledger.transaction():
            settle_late(ledger, late, mailing=mailing, attempt=attempt, gateway=1)
    assert (rows(ledger), entries(ledger), counted(ledger)) == (1, 20, 20)
    assert check_totals(ledger) == []


def test_a_server_that_is_killed_within_a_fold_has_done_nothing_and_the_flush_comes_again(
    ledger: Any, slow: Stepped
) -> None:
    """Its batch was released a moment ago in that transaction, and rows are deleted. Then its connection dies."""
    ledger.execute("CREATE SEQUENCE killed")
    ledger.execute(
        """CREATE FUNCTION kill_once() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               IF OLD.flush = 9 AND nextval('killed') = 1 THEN
                   PERFORM pg_terminate_backend(pg_backend_pid());
               END IF;
               RETURN OLD;
           END $$"""
    )
    ledger.execute("CREATE TRIGGER kill AFTER DELETE ON vestnik_outcome_log FOR EACH ROW EXECUTE FUNCTION kill_once()")
    seen: list[Any] = []

    def look(_: Connection) -> None:
        seen.append((*ledger.execute("SELECT state, sent FROM vestnik_batch").fetchone(), rows(ledger)))

    recorder: Any = slow.dispatcher._recorder
    recorder._on_connect = look
    try:
        slow.gateway.answer()
        slow.step(3)
        assert seen == [("leased", 18, 18)]
        assert ledger.execute("SELECT last_value, is_called FROM killed").fetchall() == [(2, True)]
        assert (rows(ledger), entries(ledger), counted(ledger)) == (1, 20, 20)
        assert check_totals(ledger) == []
    finally:
        ledger.execute("DROP TRIGGER kill ON vestnik_outcome_log")
        ledger.execute("DROP FUNCTION kill_once")
        ledger.execute("DROP SEQUENCE killed")


# -- and afterwards


def test_unknown_messages_of_a_folded_batch_are_sent_again_and_folded_with_it(ledger: Any, slow: Stepped) -> None:
    ((mailing,),) = ledger.execute("SELECT id FROM vestnik_mailing").fetchall()
    slow.gateway.answer(TIMEOUT, taken=False)
    slow.step(3)
    tick(ledger)
    assert (rows(ledger), entries(ledger)) == (1, 18)
    before = sent_at(ledger)
    assert resend_unknown(mailing_id=mailing, actor=None).resent == 2
    slow.step(3)
    send_slowly(ledger, slow, until=20)
    assert (rows(ledger), entries(ledger)) == (1, 20)
    assert before.items() <= sent_at(ledger).items()
    assert check_totals(ledger) == []


def test_switched_off_the_log_of_a_folded_batch_is_in_the_rows(ledger: Any, slow: Stepped) -> None:
    ((mailing,),) = ledger.execute("SELECT id FROM vestnik_mailing").fetchall()
    send_slowly(ledger, slow, until=20)
    before = page_of_messages(mailing_id=mailing, states=None, cursor=0, most=50)
    assert rows(ledger) == 1
    try:
        assert sum(switch_off(actor=None)) == 20
        assert (rows(ledger), counted(ledger)) == (0, 20)
        assert page_of_messages(mailing_id=mailing, states=None, cursor=0, most=50) == before
        assert check_totals(ledger) == []
    finally:
        switch_on(actor=None)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE vestnik_message SET state = 5 WHERE id = (SELECT min(id) FROM vestnik_message)",
        "DELETE FROM vestnik_message WHERE id = (SELECT min(id) FROM vestnik_message)",
    ],
    ids=["a row says otherwise", "a row is gone"],
)
def test_the_doctor_sees_that_a_folded_log_and_rows_differ(ledger: Any, slow: Stepped, damage: str) -> None:
    send_slowly(ledger, slow, until=20)
    assert rows(ledger) == 1
    ledger.execute(damage.encode())
    assert any("20 entries in the log, for 19 messages" in each.words for each in check_totals(ledger))


def test_a_message_that_a_damage_put_into_the_log_twice_stops_no_flush(ledger: Any, slow: Stepped) -> None:
    ledger.execute(
        """INSERT INTO vestnik_outcome_log
           SELECT mailing_id, batch_id, first_id, last_id, since, attempt, 99, ids, after
           FROM vestnik_outcome_log ORDER BY flush LIMIT 1"""
    )
    send_slowly(ledger, slow, until=20)
    assert (rows(ledger), entries(ledger), counted(ledger)) == (1, 20, 20)
    assert check_totals(ledger) == []
