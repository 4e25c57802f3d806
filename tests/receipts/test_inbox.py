"""Receipts are kept as they came: many in a row of the inbox, taken in their order, whatever is in their texts."""

from typing import Any

import pytest

from vestnik.db.arrays import number_array, text_array
from vestnik.db.connection import open_connection
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.models import ReceiptBody, StoredReceipt
from vestnik.receipts import applying
from vestnik.receipts.applying import apply_piece
from vestnik.receipts.inbox import keep_receipts, keep_receipts_of_request

ODD = ["", "NULL", "a,b", '"', "\\", "{}", " \t", '"},{', "ж", "'; --", "%s"]


def test_arrays_are_read_as_they_were_written(ledger: Any) -> None:
    texts = [None, *ODD]
    numbers = [None, 0, -1, 2**62, 0.1, 1e300]
    row = ledger.execute("SELECT %s::text[], %s::float8[]", [text_array(texts), number_array(numbers)]).fetchone()
    assert row == (texts, numbers)
    assert ledger.execute("SELECT %s::text[], %s::bigint[]", [text_array([]), number_array([])]).fetchone() == ([], [])


def test_a_receipt_that_waits_is_what_the_provider_said(ledger: Any) -> None:
    """None of them has a message, so all of them wait, one by one."""
    receipts = [
        Receipt(
            fate=fate, provider_id=f"p{text}\0", message_id=number if number % 3 else None, code=text, words=f"{text}!",
            at=1_790_000_000.123456 if number % 2 else None, operator=text or None,
        )
        for number, (text, fate) in enumerate((text, fate) for text in ODD for fate in Fate)
    ]  # fmt: skip
    keep_receipts(ledger, receipts, gateway=1)
    for _ in range(2):  # taken, and taken once more
        ledger.execute("UPDATE vestnik_receipt SET due_at = now()")
        assert apply_piece(ledger) == len(receipts)
    kept = StoredReceipt.objects.order_by("id")
    assert [
        (
            each.fate,
            each.provider_id,
            each.message_id,
            each.code,
            each.words,
            each.operator,
            each.at and each.at.timestamp(),
        )
        for each in kept
    ] == [
        (number % len(Fate), f"p{each.code} ", each.message_id, each.code, each.words, each.operator, each.at)
        for number, each in enumerate(receipts)
    ]
    assert not ReceiptBody.objects.exists()


@pytest.mark.parametrize("keep", [keep_receipts, keep_receipts_of_request])
def test_receipts_of_a_long_call_are_taken_in_pieces_and_in_their_order(
    ledger: Any, keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "MIN_WAIT", 60.0)
    receipts = [Receipt(fate=Fate.DELIVERED, message_id=number) for number in range(1, 1_202)]
    keep(ledger, receipts, gateway=1)
    keep(ledger, [Receipt(fate=Fate.DELIVERED, message_id=number) for number in (2_001, 2_002)], gateway=1)
    assert [len(body.fates) for body in ReceiptBody.objects.order_by("id")] == [500, 500, 201, 2]
    assert [body.provider_ids for body in ReceiptBody.objects.all()] == [None] * 4
    looked_at = []
    while (piece := apply_piece(ledger, 501)) and len(looked_at) < 9:
        looked_at.append(piece)
    assert looked_at == [1_000, 203]
    messages = [each.message_id for each in StoredReceipt.objects.order_by("id")]
    assert messages == [*range(1, 1_202), 2_001, 2_002]


def test_long_calls_behind_short_ones_are_not_all_taken_at_once(ledger: Any) -> None:
    """How many fit is guessed by the first ones."""
    for size in [1] * 21 + [500] * 3:
        keep_receipts(ledger, [Receipt(fate=Fate.DELIVERED, message_id=1)] * size, gateway=1)
    assert apply_piece(ledger, 25) == 521


def test_two_workers_take_different_receipts(ledger: Any) -> None:
    for number in (1, 2):
        keep_receipts(ledger, [Receipt(fate=Fate.DELIVERED, message_id=number)], gateway=1)
    with open_connection("first worker") as first, first.transaction():
        assert apply_piece(first, 1) == 1
        assert apply_piece(ledger, 10) == 1
        assert apply_piece(ledger, 10) == 0
    assert [each.message_id for each in StoredReceipt.objects.order_by("message_id")] == [1, 2]
