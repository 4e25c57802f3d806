"""The totals by gateway add up to the totals of the mailing, whichever gateways its batches went over."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fake_transport import REFUSED, TIMEOUT, UNAUTHORIZED
from harness.gateways import add_gateway, add_route
from harness.rows import FIRST, add_clients, add_mailing, insert, ledger_now
from harness.stepping import Stepped, mailing, tick
from tests.reports.days import until_now
from vestnik.audience.direct import SingleMessage, accept
from vestnik.clients.stop_list import stop_phones
from vestnik.db.clock import database_now
from vestnik.db.connection import open_connection
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.gateways.outcome import SUCCESS
from vestnik.health.gauges import LedgerGauges
from vestnik.ledger.check import check_totals as check_totals_of_ledger
from vestnik.ledger.retention import delete_batches, keep_gateway_totals
from vestnik.models import MESSAGE_STATES, Mailing
from vestnik.receipts.applying import apply_piece
from vestnik.receipts.inbox import keep_receipts
from vestnik.reports.contents import contents_of
from vestnik.statistics.totals import totals_by_gateway, totals_of

COUNTS = st.fixed_dictionaries({state: st.integers(0, 9) for state in MESSAGE_STATES})
BY_GATEWAY = ("sent", "delivered", "undelivered", "failed", "unknown")
#: A batch: its counters, the gateway it names (0: none yet), and what of its counters another one did.
BATCH = st.tuples(COUNTS, st.integers(0, 3), st.none() | st.tuples(st.integers(1, 3), st.integers(0, 9)))


def add_batch(ledger: Any, mailing: int, number: int, batch: tuple[Any, ...]) -> list[tuple[int | None, str, int]]:
    """Write a batch. Gives what each gateway did of it: (gateway, state, messages)."""
    counts, gateway, moved = batch
    columns = {
        "mailing_id": mailing, "first_id": number * 100, "last_id": number * 100 + 99, "state": "leased",
        "gateway_id": gateway or None, "attempt": 1, "retries": 0, "lease_token": number, "due_at": ledger_now(ledger),
        "leased_at": ledger_now(ledger), "lease_expires_at": ledger_now(ledger), **counts,
    }  # fmt: skip
    row = insert(ledger, "vestnik_batch", columns)
    own, other = dict(counts), dict.fromkeys(BY_GATEWAY, 0)
    if moved is not None and moved[0] != (gateway or 1):
        other = {state: min(counts[state], moved[1]) for state in BY_GATEWAY}
        ledger.execute(
            "INSERT INTO vestnik_batchgateway (batch_id, gateway_id, mailing_id, sent, delivered, undelivered, failed,"
            " unknown) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [row, moved[0], mailing, *other.values()],
        )
    done = [(None, state, own[state]) for state in ("queued", "expired", "cancelled")]
    done += [(gateway or 1, state, own[state] - other.get(state, 0)) for state in ("sending", *BY_GATEWAY)]
    return done + [(moved[0] if moved else None, state, count) for state, count in other.items()]


@given(batches=st.lists(BATCH, max_size=4))
@settings(max_examples=40)
def check_totals(ledger: Any, batches: list[tuple[Any, ...]]) -> None:
    mailing = add_mailing(ledger, starts_in=-10, state="running")
    expected: dict[tuple[int | None, str], int] = {}
    for number, batch in enumerate(batches, start=1):
        for gateway, state, count in add_batch(ledger, mailing, number, batch):
            expected[gateway, state] = expected.get((gateway, state), 0) + count
    found = totals_by_gateway(mailing)
    told = {(each.gateway, state): count for each in found for state, count in each.totals.items() if count}
    assert told == {key: count for key, count in expected.items() if count}
    whole = totals_of([Mailing.objects.get(id=mailing)])[mailing]
    assert {state: sum(each.totals[state] for each in found) for state in MESSAGE_STATES} == whole
    # They stay when the batches are deleted.
    ledger.execute("UPDATE vestnik_mailing SET totals = '{}', messages_dropped_at = now() WHERE id = %s", [mailing])
    keep_gateway_totals(first=mailing, beyond=mailing + 1)
    while delete_batches(most=100):
        pass
    assert totals_by_gateway(mailing) == found
    assert not ledger.execute("SELECT FROM vestnik_batchgateway WHERE mailing_id = %s", [mailing]).fetchall()


def test_the_totals_by_gateway_are_the_totals_of_the_mailing_and_outlast_its_batches(ledger: Any) -> None:
    add_gateway(ledger, "second")
    add_gateway(ledger, "third")
    check_totals(ledger)


def metrics() -> tuple[Counter[str], Counter[str]]:
    """Messages by state as one scrape tells them: in all, and added up over gateways."""
    whole, added = Counter[str](), Counter[str]()
    for family in LedgerGauges().collect():
        for sample in family.samples:
            if sample.name == "vestnik_live_messages":
                whole[sample.labels["state"]] += int(sample.value)
            elif sample.name == "vestnik_live_messages_by_gateway":
                added[sample.labels["state"]] += int(sample.value)
    return +whole, +added


def assert_all_add_up(expected: dict[str, int] | None = None) -> None:
    """Statistics, report and metrics: over gateways they are the totals. ``expected``: of all that is not over."""
    whole, added = metrics()
    assert whole == added
    contents = contents_of(until_now())
    for account in (*contents.ended, *contents.running):
        if account.gateways:
            none = sum(account.totals[state] for state in ("queued", "expired", "cancelled"))
            over = sum(sum(each.totals.values()) for each in account.gateways)
            assert over + none == account.roll_up["total_count"], account
    if expected is None:
        return
    assert whole == Counter(expected)
    for each in Mailing.objects.all():
        rows = totals_by_gateway(each.id)
        added_up = {state: sum(row.totals[state] for row in rows) for state in MESSAGE_STATES}
        assert added_up == totals_of([each])[each.id]


def test_statistics_report_and_metrics_add_up_whatever_happens(ledger: Any) -> None:
    """Two gateways, single messages, a phone on the stop list, messages that nobody leases, receipts, and the end."""
    second = add_gateway(ledger, "second")
    add_route(ledger, [1], fallbacks=[second])
    add_clients(ledger, 40, codes=[911])
    stop_phones(phones=[FIRST], reason="asked", actor=None)
    made = mailing()
    tick(ledger)
    now = database_now()
    singles = [SingleMessage(phone=79_220_000_000 + n, text="code", end=now + timedelta(hours=1)) for n in range(4)]
    accept(singles, now=now, refuse_stopped=False)
    assert_all_add_up({"queued": 43, "cancelled": 1})
    over = {1: Stepped(8, idempotent=False, name="a"), second: Stepped(8, idempotent=False, name="b", over=second)}
    ledger.execute("UPDATE vestnik_batch SET due_at = now() + interval '1 hour' WHERE mailing_id = %s", [made.id])
    over[1].step(3)
    over[1].gateway.answer()
    over[1].step(3)
    assert_all_add_up({"queued": 39, "cancelled": 1, "sent": 4})
    ledger.execute("UPDATE vestnik_batch SET due_at = now() WHERE mailing_id = %s", [made.id])
    over[1].step(3)
    waiting = over[1].gateway.pending
    for outcome, count in {SUCCESS: 3, REFUSED: 2, TIMEOUT: 1}.items():
        over[1].gateway.pending, waiting = waiting[:count], waiting[count:]
        over[1].gateway.answer(outcome)
    over[1].gateway.pending = waiting
    over[1].step(2)
    assert_all_add_up()
    whole, _ = metrics()
    assert (whole["sent"], whole["failed"], whole["unknown"]) == (7, 2, 1)
    assert whole["sending"]
    # The first gateway refuses us: the rest goes over the other, and some of it is never leased.
    over[1].gateway.answer(UNAUTHORIZED)
    over[1].step(3)
    over[second].step(3)
    over[second].gateway.answer()
    over[second].step(2)
    assert_all_add_up()
    taken = ledger.execute("SELECT id, coalesce(gateway_id, 1) FROM vestnik_message_now WHERE state = 1").fetchall()
    assert {gateway for _, gateway in taken} == {1, second}
    for message, gateway in taken:
        receipt = Receipt(fate=Fate.UNDELIVERED if message % 2 else Fate.DELIVERED, message_id=message)
        with ledger.transaction():
            keep_receipts(ledger, [receipt], gateway=gateway)
    apply_piece(ledger)
    ((delivered,),) = ledger.execute("SELECT sum(delivered) FROM vestnik_batch").fetchall()
    assert delivered > 0
    assert_all_add_up()
    for each in over.values():
        each.dispatcher.close()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s' WHERE state = 'leased'")
    ledger.execute("UPDATE vestnik_mailing SET start_time = now() - interval '1 h', end_time = now() - interval '1 s'")
    tick(ledger)
    assert check_totals_of_ledger(ledger) == []
    assert Mailing.objects.filter(frozen_at=None).count() == 1, "the day of single messages is not over"
    assert_all_add_up()


def test_they_add_up_at_every_instant(ledger: Any) -> None:
    """Counters move all the while from one gateway to another: what is read is of one instant."""
    second = add_gateway(ledger, "second")
    made = add_mailing(ledger, starts_in=-10, state="running", started_at=ledger_now(ledger))
    ledger.execute(
        "INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, state, gateway_id, queued, attempt)"
        " SELECT %s, n * 100, n * 100 + 99, now(), 'ready', CASE WHEN n %% 2 = 0 THEN %s END, 100, 1"
        " FROM generate_series(1, 20) n",
        [made, second],
    )
    stop = threading.Event()

    def move() -> None:
        with open_connection("mover") as mover:
            while not stop.is_set():
                mover.execute("UPDATE vestnik_batch SET queued = 100 - sent - 1, sent = sent + 1 WHERE sent < 99")
                mover.execute("UPDATE vestnik_batch SET queued = 100, sent = 0 WHERE sent = 99")

    thread = threading.Thread(target=move)
    thread.start()
    try:
        for _ in range(60):
            assert_all_add_up()
    finally:
        stop.set()
        thread.join()
