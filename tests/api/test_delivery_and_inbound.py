"""REST says what receipts said of a mailing, and what people wrote to us; those who only look may read both."""

from datetime import UTC, datetime

from django.db import connection
from rest_framework.test import APIClient

from harness.cast import mailing_body
from vestnik.gateways.adapter import Inbound
from vestnik.models import Client, DeliveryCount, DeliveryKind
from vestnik.receipts.inbox import keep_inbound

LIST = "/sender/notifications"


def test_a_mailing_without_receipts_has_zeros(operator: APIClient, viewer: APIClient) -> None:
    made = operator.post(LIST, mailing_body()).json()["id"]
    answer = viewer.get(f"{LIST}/{made}/statistics/delivery")
    assert answer.json() == {
        "complete": True, "delivered": 0, "undelivered": 0, "rate": None, "delay": None, "reasons": [],
        "by_gateway": [], "by_operator": [], "by_hour": [],
    }  # fmt: skip
    assert viewer.get(f"{LIST}/999999/statistics/delivery").status_code == 404


def test_what_receipts_said_is_told(operator: APIClient) -> None:
    made = operator.post(LIST, mailing_body()).json()["id"]
    hour = int(datetime(2026, 11, 30, 9, tzinfo=UTC).timestamp()) // 3600
    for kind, key, state, count, words in (
        (DeliveryKind.GATEWAY, "1", 2, 3, None), (DeliveryKind.GATEWAY, "1", 3, 1, None),
        (DeliveryKind.OPERATOR, "#911", 2, 1, None), (DeliveryKind.OPERATOR, "МТС", 2, 2, None),
        (DeliveryKind.HOUR, str(hour), 2, 3, None), (DeliveryKind.CODE, "6", 3, 1, "absent"),
        (DeliveryKind.DELAY, "1:16", 2, 3, None),
    ):  # fmt: skip
        DeliveryCount.objects.create(mailing_id=made, kind=kind, key=key, state=state, count=count, words=words)
    delay = {"median": 2.04, "p95": 2.04, "messages": 3}
    found = operator.get(f"{LIST}/{made}/statistics/delivery").json()
    hours = found.pop("by_hour")
    assert found == {
        "complete": True, "delivered": 3, "undelivered": 1, "rate": 0.75, "delay": delay,
        "reasons": [{"code": "6", "words": "absent", "count": 1}],
        "by_gateway": [{"gateway": "default", "delivered": 3, "undelivered": 1, "rate": 0.75, "delay": delay}],
        "by_operator": [
            {"operator": "МТС", "mobile_operator_code": None, "delivered": 2, "undelivered": 0, "rate": 1.0},
            {"operator": None, "mobile_operator_code": "911", "delivered": 1, "undelivered": 0, "rate": 1.0},
        ],
    }  # fmt: skip
    assert [datetime.fromisoformat(each["hour"]) for each in hours] == [datetime(2026, 11, 30, 9, tzinfo=UTC)]


def test_texts_from_people_are_listed_and_found_by_phone(viewer: APIClient) -> None:
    texts = [
        Inbound(phone=f"+7911000000{each % 2}", to="1234", text=f"text {each}", provider_id=str(each), at=1.0)
        for each in range(5)
    ]
    keep_inbound(connection, [*texts, Inbound(phone="Bank", to="", text="hello")], gateway=1)
    first = viewer.get("/inbound?page_size=4")
    assert [each["text"] for each in first.json()] == ["text 0", "text 1", "text 2", "text 3"]
    second = "/inbound" + first.headers["Link"].partition(">")[0].partition("/inbound")[2]
    assert [(each["text"], each["phone_number"]) for each in viewer.get(second).json()] == [
        ("text 4", "79110000000"), ("hello", None),
    ]  # fmt: skip
    client = Client.objects.create(phone_number=79110000001, mobile_operator_code=911, tag="vip", timezone="UTC")
    found, _ = viewer.get("/inbound?phone_number=79110000001&ordering=-id").json()
    assert {name: found[name] for name in ("gateway", "client", "sender", "recipient", "text")} == {
        "gateway": "default", "client": client.id, "sender": "+79110000001", "recipient": "1234", "text": "text 3",
    }  # fmt: skip
    assert datetime.fromisoformat(found["at"]).timestamp() == 1.0
    assert viewer.get("/inbound?phone_number=7911").status_code == 400
