"""Batches of single messages are put together once they are done; nothing that anybody sees changes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from harness.fake_transport import REFUSED, TIMEOUT
from harness.gateways import add_gateway, add_route
from harness.rows import add_clients
from harness.stepping import Stepped, mailing, tick
from vestnik.audience.direct import SingleMessage, accept
from vestnik.db.clock import database_now
from vestnik.db.connection import open_connection
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.gateways.outcome import SUCCESS
from vestnik.ledger.check import check_totals
from vestnik.ledger.direct import DirectBatch
from vestnik.ledger.routes import delete_shares
from vestnik.models import Batch, Mailing, MailingKind
from vestnik.receipts.applying import apply_piece
from vestnik.receipts.inbox import keep_receipts
from vestnik.statistics.delivery import delivery_of
from vestnik.statistics.parts import parts_by_gateway
from vestnik.statistics.single import single_message
from vestnik.statistics.totals import totals_by_gateway, totals_of
from vestnik.upkeep.merging import MAX_MESSAGES, groups_of, merge_single_messages

PHONES, TIMES = 12, 3


def merge() -> int:
    return merge_single_messages(stopped=lambda: False)


def receipts(ledger: Any, messages: list[tuple[int, int]]) -> None:
    """The gateways say what became of these messages."""
    for message, gateway in messages:
        receipt = Receipt(fate=Fate.UNDELIVERED if message % 3 else Fate.DELIVERED, message_id=message)
        with ledger.transaction():
            keep_receipts(ledger, [receipt], gateway=gateway)
    apply_piece(ledger)


def everything(ledger: Any) -> list[Any]:
    """All that people and programs see of the day's messages."""
    days = list(Mailing.objects.filter(kind=MailingKind.DIRECT).order_by("id"))
    rows = ledger.execute("SELECT * FROM vestnik_message_now ORDER BY id").fetchall()
    ids = [row[0] for row in rows if row[1] in {day.id for day in days}]
    by_gateway = [totals_by_gateway(day.id) for day in days]
    return [
        rows, totals_of(days), by_gateway, [delivery_of(day.id) for day in days],
        [parts_by_gateway(day, totals) for day, totals in zip(days, by_gateway, strict=True)],
        [single_message(message_id=message) for message in ids],
    ]  # fmt: skip


@pytest.fixture
def day(ledger: Any) -> Iterator[list[tuple[int, int]]]:
    """Three messages to each of twelve phones over two gateways, bulk in between. What was sent, and where."""
    second = add_gateway(ledger, "second")
    add_route(ledger, [1], fallbacks=[second])
    add_clients(ledger, 10)
    now = database_now()
    # One after the other to each phone: the day's mailings take ids in turn.
    for n in range(PHONES):
        for time in range(TIMES):
            text = "code" if n % 2 else "я" * 100
            one = SingleMessage(phone=79_220_000_000 + n, text=text, end=now + timedelta(hours=time + 1, minutes=n))
            accept([one], now=now, refuse_stopped=False)
        if n == 1:
            mailing()
            tick(ledger)
    over = [Stepped(100, idempotent=False, name="a"), Stepped(100, idempotent=False, name="b", over=second)]
    over[0].step(4)
    waiting = over[0].gateway.pending
    for outcome, count in {SUCCESS: 30, REFUSED: 3, TIMEOUT: 3}.items():
        over[0].gateway.pending, waiting = waiting[:count], waiting[count:]
        over[0].gateway.answer(outcome)
    over[0].gateway.pending = waiting
    over[0].step(2)
    over[0].crash()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s' WHERE state = 'leased'")
    tick(ledger)
    ledger.execute("UPDATE vestnik_gatewaystate SET out_at = now() WHERE id = 1")
    more = [SingleMessage(phone=79_330_000_000 + n, text="later", end=now + timedelta(hours=1)) for n in range(4)]
    for one in more:
        accept([one], now=now, refuse_stopped=False)
    for _ in range(6):
        over[1].step(1)
        over[1].gateway.answer()
    over[1].step(2)
    sent = ledger.execute("SELECT id, coalesce(gateway_id, 1) FROM vestnik_message_now WHERE state = 1 ORDER BY id")
    yield sent.fetchall()
    for each in over:
        each.dispatcher.close()
    assert check_totals(ledger) == []


def test_nothing_that_anybody_sees_changes_and_receipts_find_their_messages(
    ledger: Any, day: list[tuple[int, int]]
) -> None:
    assert len({gateway for _, gateway in day}) == 2
    receipts(ledger, day[::2])
    everything(ledger)  # counts what receipts said, and parts
    assert merge() == 0, "they were done a moment ago"
    ledger.execute("UPDATE vestnik_batch SET due_at = now() - interval '1 hour'")
    before, batches = everything(ledger), Batch.objects.filter(mailing__kind=MailingKind.DIRECT).count()
    assert batches > TIMES * PHONES
    with open_connection("long") as long, long.transaction():
        long.execute("SELECT 1")
        ledger.execute("UPDATE vestnik_batch SET due_at = now() - interval '5 min'")
        assert merge() == 0, "it may have taken an id in between"
    ledger.execute("UPDATE vestnik_batch SET due_at = now() - interval '1 hour'")
    gone = merge()
    assert gone > batches / 2
    assert Batch.objects.filter(mailing__kind=MailingKind.DIRECT).count() == batches - gone
    assert everything(ledger) == before
    assert check_totals(ledger) == []
    assert merge() == 0
    # Ranges of the day's mailings overlap now. The other receipts come, by our own ids.
    receipts(ledger, day[1::2])
    assert ledger.execute("SELECT verdict, count(*) FROM vestnik_receipt GROUP BY 1").fetchall() == []
    assert ledger.execute("SELECT count(*) FROM vestnik_message_now WHERE state = 1").fetchall() == [(0,)]
    found = [delivery_of(each.id, patience=10) for each in Mailing.objects.order_by("id")]
    assert sum(each.total.delivered + each.total.undelivered for each in found) == len(day)


def batch(number: int, *, messages: int = 1, span: int = 0, gateway: int = 1, mergeable: bool = True) -> DirectBatch:
    return DirectBatch(number, number * 10, number * 10 + span, gateway, messages, mergeable)


@pytest.mark.parametrize(
    ("batches", "groups"),
    [
        ([], []),
        ([batch(1)], []),
        ([batch(1), batch(2), batch(3)], [[1, 2, 3]]),
        ([batch(1), batch(2, mergeable=False), batch(3), batch(4)], [[3, 4]]),
        ([batch(1), batch(2, gateway=2), batch(3, gateway=2), batch(4)], [[2, 3]]),
        ([batch(1, messages=MAX_MESSAGES), batch(2), batch(3)], [[2, 3]]),
        ([batch(1), batch(2), batch(900), batch(901)], [[1, 2], [900, 901]]),
        ([batch(1, mergeable=False), batch(2, mergeable=False)], []),
    ],
)
def test_which_batches_become_one(batches: list[DirectBatch], groups: list[list[int]]) -> None:
    assert groups_of(batches) == groups


def test_shares_of_mailings_that_are_over_go_and_others_stay(ledger: Any) -> None:
    second = add_gateway(ledger, "second")
    route = add_route(ledger, [1, second])
    add_clients(ledger, 4)
    over, running = mailing(), mailing()
    for made in (over, running):
        for gateway in (1, second):
            ledger.execute(
                "INSERT INTO vestnik_routeshare (mailing_id, route_id, gateway_id, taken) VALUES (%s, %s, %s, 0)",
                [made.id, route, gateway],
            )
    ledger.execute("UPDATE vestnik_mailing SET frozen_at = now(), totals = '{}' WHERE id = %s", [over.id])
    assert delete_shares(ledger) == 2
    assert ledger.execute("SELECT DISTINCT mailing_id FROM vestnik_routeshare").fetchall() == [(running.id,)]
