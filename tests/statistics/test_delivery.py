"""What receipts said is counted batch by batch, each once, and outlasts the messages."""

from collections import Counter
from typing import Any

import pytest

from harness.gateways import add_gateway
from harness.rows import add_mailing, insert, ledger_now
from vestnik.models import BatchDelivery, DeliveryCount
from vestnik.statistics import delivery
from vestnik.statistics.delivery import delay_of, delivery_of, forget_deliveries

NINE_O_CLOCK = "2026-11-30T09:00:00Z"


def add_batch(ledger: Any, mailing: int, number: int, messages: list[tuple[Any, ...]]) -> int:
    """Write a batch whose messages are (phone, state, gateway, seconds until the receipt, minutes after nine, code)."""
    first, count = number * 100, Counter(state for _, state, *_ in messages)
    batch = insert(ledger, "vestnik_batch", {
        "mailing_id": mailing, "first_id": first, "last_id": first + 99, "state": "done", "attempt": 1, "retries": 0,
        "due_at": ledger_now(ledger), "queued": 0, "sending": 0, "sent": 0, "delivered": count[2],
        "undelivered": count[3], "failed": 0, "expired": 0, "cancelled": 0, "unknown": 0,
    })  # fmt: skip
    ledger.execute("SELECT vestnik_ensure_message_partition(%s)", [mailing])
    for place, (phone, state, gateway, seconds, minutes, code) in enumerate(messages):
        ledger.execute(
            "INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, sent_at, outcome_at, state,"
            " tries, attempt, answers, in_doubt, code, detail, gateway_id)"
            " SELECT %s, %s, 0, %s, now(), t.at, t.at + make_interval(secs => %s), %s, 1, 1, 0, false, %s, %s, %s"
            " FROM (SELECT %s::timestamptz + make_interval(mins => %s) AS at) t",
            [first + place, mailing, phone, seconds, state, code, "absent" if state == 3 else None, gateway,
             NINE_O_CLOCK, minutes],
        )  # fmt: skip
    return batch


@pytest.fixture
def mailing(ledger: Any) -> int:
    return add_mailing(ledger, starts_in=-10, state="running")


def test_it_says_by_gateway_operator_hour_and_reason(ledger: Any, mailing: int) -> None:
    second = add_gateway(ledger, "second")
    add_batch(ledger, mailing, 1, [
        (79161110001, 2, 1, 2.0, 0, "0"), (79161110002, 2, 1, 2.0, 59, "0"), (79161110003, 3, 1, 4.0, 60, "8"),
        (79031110004, 2, second, 60.0, 61, "0"),
    ])  # fmt: skip
    ledger.execute(
        "INSERT INTO vestnik_provider_message (mailing_id, message_id, gateway_id, part, provider_id, operator)"
        " VALUES (%s, 101, 1, 1, 'a', 'MegaFon')", [mailing],
    )  # fmt: skip
    found = delivery_of(mailing, patience=10)
    assert found.whole
    assert (found.total.delivered, found.total.undelivered, found.total.rate) == (3, 1, 0.75)
    assert [(each.name, each.delivered, each.undelivered) for each in found.gateways] == [
        ("default", 2, 1), ("second", 1, 0),
    ]  # fmt: skip
    assert [(each.name, each.code, each.delivered, each.undelivered) for each in found.operators] == [
        (None, "916", 1, 1), (None, "903", 1, 0), ("MegaFon", None, 1, 0),
    ]  # fmt: skip
    assert [(each.hour.hour, each.delivered, each.undelivered) for each in found.hours] == [(9, 2, 0), (10, 1, 1)]
    assert [(each.code, each.words, each.count) for each in found.reasons] == [("8", "absent", 1)]
    assert found.delay is not None
    assert found.delay.median == pytest.approx(2, rel=0.03)
    assert found.delay.p95 == pytest.approx(60, rel=0.03)
    assert [each.delay.median if each.delay else None for each in found.gateways] == [
        pytest.approx(2, rel=0.03), pytest.approx(60, rel=0.03),
    ]  # fmt: skip


def test_only_what_has_changed_is_read_again(ledger: Any, mailing: int) -> None:
    add_batch(ledger, mailing, 1, [(79161110001, 2, 1, 2.0, 0, "0")])
    changes = add_batch(ledger, mailing, 2, [(79161110002, 2, 1, 2.0, 0, "0"), (79161110003, 1, 1, 0.0, 0, "0")])
    delivery_of(mailing, patience=10)
    # Were the first batch read again, its message would be missed.
    ledger.execute("DELETE FROM vestnik_message WHERE mailing_id = %s AND id = 100", [mailing])
    ledger.execute("UPDATE vestnik_message SET state = 3, code = '8' WHERE mailing_id = %s AND id = 201", [mailing])
    ledger.execute("UPDATE vestnik_batch SET undelivered = 1 WHERE id = %s", [changes])
    found = delivery_of(mailing, patience=10)
    assert (found.total.delivered, found.total.undelivered) == (2, 1)
    assert [(each.code, each.delivered, each.undelivered) for each in found.operators] == [("916", 2, 1)]


def test_what_was_repaired_is_taken_back(ledger: Any, mailing: int) -> None:
    batch = add_batch(ledger, mailing, 1, [(79161110001, 2, 1, 2.0, 0, "0"), (79161110002, 2, 1, 2.0, 0, "0")])
    assert delivery_of(mailing, patience=10).total.delivered == 2
    ledger.execute("UPDATE vestnik_message SET state = 1 WHERE mailing_id = %s AND id = 100", [mailing])
    ledger.execute("UPDATE vestnik_batch SET delivered = 1, sent = 1 WHERE id = %s", [batch])
    assert delivery_of(mailing, patience=10).total.delivered == 1


def test_the_counts_outlast_the_messages(ledger: Any, mailing: int) -> None:
    add_batch(ledger, mailing, 1, [(79161110001, 2, 1, 2.0, 0, "0")])
    before = delivery_of(mailing, patience=10)
    ledger.execute("DELETE FROM vestnik_batch WHERE mailing_id = %s", [mailing])
    ledger.execute("DELETE FROM vestnik_message WHERE mailing_id = %s", [mailing])
    forget_deliveries()
    assert not BatchDelivery.objects.exists()
    assert DeliveryCount.objects.filter(mailing_id=mailing).exists()
    assert delivery_of(mailing, patience=10) == before


def test_a_receipt_that_was_the_first_to_say_sent_has_no_delay(ledger: Any, mailing: int) -> None:
    add_batch(ledger, mailing, 1, [(79161110001, 2, 1, 0.0, 0, "0")])
    found = delivery_of(mailing, patience=10)
    assert found.total.delivered == 1
    assert found.delay is None


def test_an_erased_phone_has_no_operator(ledger: Any, mailing: int) -> None:
    add_batch(ledger, mailing, 1, [(-100, 2, 1, 2.0, 0, "0")])
    assert [(each.name, each.code) for each in delivery_of(mailing, patience=10).operators] == [(None, None)]


def test_much_is_counted_in_pieces(ledger: Any, mailing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 4):
        add_batch(ledger, mailing, number, [(79161110000 + number, 2, 1, 2.0, 0, "0")])
    monkeypatch.setattr(delivery, "BATCHES_AT_ONCE", 1)
    assert not delivery_of(mailing, patience=0).whole
    assert delivery_of(mailing, patience=10).total.delivered == 3


def test_percentiles_are_of_ranks() -> None:
    # Buckets 16 and 32 are 2 and 4 seconds.
    found = delay_of(Counter({16: 95, 32: 5}))
    assert found is not None
    assert found.median == found.p95 == pytest.approx(2, rel=0.03)
    found = delay_of(Counter({16: 94, 32: 6}))
    assert found is not None
    assert found.p95 == pytest.approx(4, rel=0.03)
