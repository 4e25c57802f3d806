"""The page of a mailing says what receipts said of it, and nothing where no gateway sends any."""

import re
from typing import Any

import pytest
from django.utils import timezone

from harness.mailings import made_mailing
from vestnik.models import Batch, DeliveryCount, DeliveryKind, Gateway, ReceiptCount

pytestmark = pytest.mark.django_db


def test_without_receipts_there_is_no_card(as_victor: Any) -> None:
    mailing = made_mailing(name="quiet", starts_in=-3_600, state="completed", started_at=timezone.now())
    part = as_victor.get(f"/console/mailings/{mailing.id}/delivery").text
    assert "hidden" in part
    assert "Delivery" not in part
    assert f"/console/mailings/{mailing.id}/delivery" in as_victor.get(f"/console/mailings/{mailing.id}").text


def legend(browser: Any, mailing: int) -> list[str]:
    return re.findall(r'data-totals="(\w+)"', browser.get(f"/console/mailings/{mailing}/live").text)


def test_what_only_receipts_say_is_in_no_legend_while_no_gateway_of_the_mailing_sends_any(as_victor: Any) -> None:
    mailing = made_mailing(name="sent", starts_in=-3_600, state="running", started_at=timezone.now())
    batch = Batch.objects.create(
        mailing=mailing, first_id=1_000, last_id=1_009, due_at=timezone.now(), state="done", sent=10
    )
    without = ["queued", "sending", "sent", "failed", "expired", "cancelled", "unknown", "total"]
    assert legend(as_victor, mailing.id) == without
    # A gateway that had nothing of it sends receipts.
    second = Gateway.objects.create(name="second", kind="probe", settings={}, created_at=timezone.now())
    ReceiptCount.objects.create(gateway_id=second.id, kind="applied", count=1, last_at=timezone.now())
    assert legend(as_victor, mailing.id) == without
    Batch.objects.filter(id=batch.id).update(gateway_id=second.id)
    assert "delivered" in legend(as_victor, mailing.id)
    ReceiptCount.objects.all().delete()
    Batch.objects.filter(id=batch.id).update(gateway_id=None, sent=9, undelivered=1)
    assert {"delivered", "undelivered"} < set(legend(as_victor, mailing.id))


def test_the_card_says_shares_delays_reasons_operators_and_hours(as_victor: Any) -> None:
    mailing = made_mailing(name="told", starts_in=-3_600, state="completed", started_at=timezone.now())
    for kind, key, state, count, words in (
        (DeliveryKind.GATEWAY, "1", 2, 3, None), (DeliveryKind.GATEWAY, "1", 3, 1, None),
        (DeliveryKind.OPERATOR, "#911", 2, 3, None), (DeliveryKind.OPERATOR, "МТС", 3, 1, None),
        (DeliveryKind.HOUR, "490000", 2, 3, None), (DeliveryKind.CODE, "6", 3, 1, "the phone is <off>"),
        (DeliveryKind.DELAY, "1:100", 2, 3, None),
    ):  # fmt: skip
        DeliveryCount.objects.create(mailing_id=mailing.id, kind=kind, key=key, state=state, count=count, words=words)
    part = as_victor.get(f"/console/mailings/{mailing.id}/delivery").text
    for words in ("75.0 % delivered", "1 min 18 s", "the phone is &lt;off&gt;", "911", "МТС"):
        assert words in part
    # One gateway did all of it.
    assert "delivery-gateways" not in part
