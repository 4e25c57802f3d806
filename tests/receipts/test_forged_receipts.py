"""Receipts that are forged, changed, of another gateway or come again: refused or without effect, and counted."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from psycopg.types.json import Jsonb

from harness.gateways import add_gateway, add_route
from harness.stepping import Stepped, begin
from vestnik.encryption import encrypt
from vestnik.models import DEFAULT_GATEWAY, Gateway, ReceiptCount, StoredReceipt
from vestnik.receipts import callbacks
from vestnik.receipts.applying import apply_due
from vestnik.routing.receipts_address import receipts_path

Form = dict[str, str]
OURS, THEIRS = "0123456789", "9876543210"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request sees the gateway as it is now."""
    monkeypatch.setattr(callbacks, "FRESH_SECONDS", -1.0)
    callbacks._doors.clear()


def of_smsc(secret: str, message: int = 5, status: str = "1") -> Form:
    fields = {"id": f"v{message}", "phone": "79111234567", "status": status}
    signed = f"v{message}:79111234567:{status}:{secret}".encode()
    return {**fields, "sha1": hashlib.sha1(signed).hexdigest()}  # noqa: S324 - SMSC's own


def of_smsru(secret: str, message: int = 5, status: str = "103") -> Form:
    record = f"sms_status\n202601-{message}\n{status}\n1700000000"
    return {"data[0]": record, "hash": hashlib.sha256((secret + record).encode()).hexdigest()}


KINDS: dict[str, tuple[Callable[..., Form], Callable[[str], Form], Form, Form]] = {
    "smsc": (of_smsc, lambda key: {"password": "a", "callback_secret": key}, {"login": "me"}, {"status": "20"}),
    "smsru": (of_smsru, lambda key: {"api_id": key}, {}, {"data[0]": "sms_status\n202601-5\n104\n1700000000"}),
}


def gateway_of(ledger: Any, kind: str, name: str, secret: str) -> int:
    _, secrets, settings, _ = KINDS[kind]
    return add_gateway(ledger, name, kind=kind, secrets=encrypt(secrets(secret)), settings=Jsonb(settings))


def post(gateway: int, form: Form) -> int:
    return Client().post(receipts_path(Gateway.objects.get(id=gateway)), form).status_code


def counts() -> dict[tuple[int, str], int]:
    return {(each.gateway_id, each.kind): each.count for each in ReceiptCount.objects.all()}


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_the_provider_did_not_sign_for_this_gateway_is_refused_and_counted(ledger: Any, kind: str) -> None:
    ours, other = gateway_of(ledger, kind, "ours", OURS), gateway_of(ledger, kind, "other", THEIRS)
    signed, *_, change = KINDS[kind]
    good = signed(OURS)
    signature = next(name for name in ("sha1", "hash") if name in good)
    wrong = [
        signed(THEIRS),
        signed(""),
        {**good, **change},
        {name: value for name, value in good.items() if name != signature},
        *({**good, signature: value} for value in ("", "0", good[signature][:-1], good[signature] + "0", "я")),
    ]
    assert {post(ours, form) for form in wrong} == {403}
    assert post(other, good) == 403  # what is signed for one gateway means nothing at another
    assert not StoredReceipt.objects.exists()
    assert counts() == {(ours, "forged"): len(wrong), (other, "forged"): 1}
    assert (post(ours, good), post(other, signed(THEIRS))) == (200, 200)


def test_a_receipt_that_is_played_again_moves_nothing_and_is_counted(ledger: Any) -> None:
    """Also an older one of the same message, which the provider signed as well."""
    ours, other = gateway_of(ledger, "smsc", "ours", OURS), gateway_of(ledger, "smsc", "other", OURS)
    add_route(ledger, [ours])
    mailing = begin(ledger, 1)
    sender = Stepped(concurrency=5, over=ours)
    sender.step(4)
    sender.gateway.answer()
    sender.step(4)
    sender.dispatcher.close()
    ((message,),) = ledger.execute("SELECT id FROM vestnik_message").fetchall()
    totals = []
    played = [(ours, "1"), (ours, "1"), (ours, "1"), (ours, "-1"), (ours, "20"), (other, "20")]
    for gateway, status in played:
        assert post(gateway, of_smsc(OURS, message, status)) == 200
        apply_due(ledger, stopped=lambda: False)
        rows = ledger.execute("SELECT delivered, undelivered FROM vestnik_batch WHERE mailing_id = %s", [mailing.id])
        totals.append(rows.fetchone())
    assert totals == [(1, 0)] * len(played)
    assert counts() == {
        (ours, "applied"): 1, (ours, "same"): 3, (ours, "contradiction"): 1, (other, "foreign"): 1,
    }  # fmt: skip


def test_a_secret_is_compared_in_the_same_time_however_much_of_it_is_right(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comparison that ends at the first difference would let a stranger find the secret digit by digit."""
    del ledger
    right = receipts_path(Gateway.objects.get(id=DEFAULT_GATEWAY))
    compared: list[tuple[bytes, bytes]] = []

    real = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(callbacks.hmac, "compare_digest", compare)
    front, _, secret = right.rpartition("/")
    tried = [secret[:length] + "x" * (len(secret) - length) for length in range(0, len(secret), 8)] + ["x", secret]
    statuses = [Client().post(f"{front}/{each}", [], content_type="application/json").status_code for each in tried]
    assert statuses == [404] * (len(tried) - 1) + [200]
    assert [one.decode() for one, _ in compared] == tried
