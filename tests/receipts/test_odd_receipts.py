"""Whatever a provider sends as a time, or a row of the inbox holds: it never stops the receipts of others."""

import hashlib
import time
from typing import Any
from urllib.parse import urlencode

import orjson
import psycopg
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.gateways import add_gateway
from harness.stepping import Stepped, begin
from tests.receipts.test_applying import apply, counts, keep, send_all, states
from vestnik.encryption import encrypt
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.ledger.check import check_totals
from vestnik.models import DEFAULT_GATEWAY, Gateway, Inbound, Mailing, ReceiptBody, StoredReceipt
from vestnik.receipts import callbacks, inbox
from vestnik.receipts.applying import apply_piece
from vestnik.receipts.inbox import keep_inbound, keep_receipts
from vestnik.routing.receipts_address import receipts_path

NOW = int(time.time())
DAY = 86_400
#: What providers may say, and the unix seconds that we keep of it (test_receipt_times.py: which of them are believed).
TIMES: list[tuple[Any, float | None]] = [
    (NOW - 5, NOW - 5), (NOW * 1_000 - 5_500, NOW - 5.5), (NOW + DAY, NOW + DAY), (1, 1), (0, None), (-1, None),
    (-(10**18), None), (9_999_999_999_999_999_999, None), (10**18, None), (NOW + 3 * DAY, None), (10**11, None),
    (99_999_999_999_999, None), ((NOW + 3 * DAY) * 1_000, None),
]  # fmt: skip


@pytest.fixture
def sent(ledger: Any) -> Any:
    """A mailing whose messages were sent, one for each of these times."""
    mailing = begin(ledger, len(TIMES))
    sender = Stepped(concurrency=20, idempotent=False)
    send_all(sender)
    yield mailing
    sender.dispatcher.close()


def calls(kind: str, message: int, at: Any) -> tuple[dict[str, str], bytes]:
    """What a provider of a kind posts: headers and body."""
    form = {"content_type": "application/x-www-form-urlencoded"}
    if kind == "smsc":
        return form, urlencode({"id": f"v{message}", "phone": "79111234567", "status": "1", "ts": at}).encode()
    if kind == "smsru":
        record = f"sms_status\nn{message}\n103\n{at}"
        made = hashlib.sha256(f"a{record}".encode()).hexdigest()
        return form, urlencode({"data[0]": record, "hash": made}).encode()
    body = {"id": message, "provider_id": f"n{message}", "state": "delivered", "at": at}
    return {"content_type": "application/json"}, orjson.dumps(body)


@pytest.fixture(autouse=True)
def _no_known_address() -> None:
    callbacks._doors.clear()


@pytest.mark.parametrize("kind", ["smsc", "smsru", "probe"])
def test_odd_times_of_a_provider_stop_nothing(ledger: Any, kind: str) -> None:
    gateway = DEFAULT_GATEWAY
    if kind != "probe":
        secrets = {"smsc": {"password": "a"}, "smsru": {"api_id": "a"}}[kind]
        gateway = add_gateway(ledger, kind, kind=kind, secrets=encrypt(secrets))
    if kind == "smsc":
        ledger.execute('UPDATE vestnik_gateway SET settings = \'{"login": "me"}\' WHERE id = %s', [gateway])
    path = receipts_path(Gateway.objects.get(id=gateway))
    for message, (at, _) in enumerate(TIMES, 1):
        headers, body = calls(kind, message, at)
        assert Client().post(path, body, **headers).status_code == 200  # type: ignore[arg-type]
    assert apply_piece(ledger) == len(TIMES)
    kept = [each.at and each.at.timestamp() for each in StoredReceipt.objects.order_by("id")]
    assert list(zip(TIMES, kept, strict=True)) == [(each, each[1]) for each in TIMES]
    assert counts() == {}


def test_inbound_texts_are_kept_whatever_their_time(ledger: Any) -> None:
    texts = [
        inbox.Inbound(phone="79111234567", to="1", text="STOP", provider_id=str(number), at=float(at))
        for number, (at, _) in enumerate(TIMES)
    ]
    keep_inbound(ledger, texts, gateway=DEFAULT_GATEWAY)
    kept = Inbound.objects.order_by("id")
    assert [each.at and each.at.timestamp() for each in kept] == [taken for _, taken in TIMES]


#: Senders as providers write them, and the number that they mean; None: nobody we could write to.
SENDERS: list[tuple[str, int | None]] = [
    ("79111234567", 79111234567), ("+79111234567", 79111234567), ("89111234567", 79111234567),
    ("8 (911) 123-45-67", 79111234567), ("9111234567", 79111234567), ("7.9111234567", 79111234567),
    ("+89111234567", None), ("8", None), ("900", None), ("7900", None), ("MTS", None), ("", None), ("+", None),
    ("380671234567", None), ("+380671234567", None), ("491711234567", None), ("0", None), ("8123", None),
]  # fmt: skip


def test_a_sender_is_read_as_phones_are_read_elsewhere(ledger: Any) -> None:
    texts = [
        inbox.Inbound(phone=sender, to="1", text="STOP", provider_id=str(number))
        for number, (sender, _) in enumerate(SENDERS)
    ]
    keep_inbound(ledger, texts, gateway=DEFAULT_GATEWAY)
    assert list(Inbound.objects.order_by("id").values_list("sender", "phone")) == SENDERS


@given(times=st.lists(st.floats() | st.integers(-(2**64), 2**64).map(float), min_size=1, max_size=40))
@settings(max_examples=50)
def check_any_times(ledger: Any, times: list[float]) -> None:
    ledger.execute("DELETE FROM vestnik_receipt")
    receipts = [Receipt(fate=Fate.DELIVERED, message_id=number, at=at) for number, at in enumerate(times, 1)]
    keep_receipts(ledger, receipts, gateway=DEFAULT_GATEWAY)
    assert apply_piece(ledger) == len(times)
    kept = list(StoredReceipt.objects.order_by("message_id"))
    assert [each.message_id for each in kept] == [each.message_id for each in receipts]
    assert all(each.verdict == "" and (each.at is None or each.at.year >= 1970) for each in kept)


def test_any_time_can_be_kept_and_read(ledger: Any) -> None:
    check_any_times(ledger)


@pytest.mark.parametrize("poison", [{"at": 1e300}, {"at": -1e12}, {"at": float("nan")}, {"fate": 9}], ids=str)
def test_a_row_that_cannot_be_applied_is_put_aside_and_the_others_are_applied(
    ledger: Any, sent: Mailing, poison: dict[str, float]
) -> None:
    """As written by an earlier release, or by a mistake of ours."""
    messages = sorted(states(ledger, sent))
    ledger.execute(
        "INSERT INTO vestnik_receipt_body (gateway_id, received_at, fates, message_ids, times)"
        " VALUES (1, now(), %s::smallint[], %s::bigint[], %s::float8[])",
        [[2, poison.get("fate", 3), 2], messages[:3], [None, poison.get("at"), None]],
    )
    keep(ledger, *(Receipt(fate=Fate.DELIVERED, message_id=message) for message in messages[3:]))
    apply(ledger)
    apply(ledger)
    assert states(ledger, sent) == dict.fromkeys(messages, "delivered") | {messages[1]: "sent"}
    assert not ReceiptBody.objects.exists()
    assert [(each.message_id, each.verdict, each.at) for each in StoredReceipt.objects.all()] == [
        (messages[1], "bad", None)
    ]
    assert counts() == {"applied": len(TIMES) - 1, "bad": 1}
    assert check_totals(ledger) == []


def test_a_fault_of_the_ledger_puts_nothing_aside(ledger: Any, sent: Mailing) -> None:
    """It is no row's: all are applied when it is over."""
    keep(ledger, *(Receipt(fate=Fate.DELIVERED, message_id=message) for message in states(ledger, sent)))
    ledger.execute("ALTER TABLE vestnik_receiptcount RENAME TO away")
    try:
        with pytest.raises(psycopg.ProgrammingError):
            apply_piece(ledger)
    finally:
        ledger.execute("ALTER TABLE away RENAME TO vestnik_receiptcount")
    apply(ledger)
    assert counts() == {"applied": len(TIMES)}
