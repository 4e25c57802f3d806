"""A text that a gateway of the rules does not take is seen before it is sent: by characters, and by SMS parts."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.rest import in_future
from vestnik.db.clock import database_now
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import Client, Gateway, Route
from vestnik.routing.edits import create_gateway
from vestnik.routing.text_limits import _FITS_EVERYWHERE
from vestnik.routing.values import GatewayFields

SETTINGS: dict[str, dict[str, Any]] = {
    "smsru": {"api_id": "the-id"}, "smsc": {"apikey": "the-key"},
    "twilio": {"account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32, "sender": "+15005550006"},
    "exolve": {"api_key": "the-key", "sender": "VESTNIK"},
}  # fmt: skip
PHONE = "79110000001"


def add(kind: str, *, enabled: bool = True) -> int:
    gateway = create_gateway(fields=GatewayFields(name=kind, kind=kind, settings=SETTINGS[kind]), actor=None)
    Gateway.objects.filter(id=gateway.id).update(enabled=enabled)
    return gateway.id


def over(*gateways: int, fallbacks: tuple[int, ...] = (), codes: list[int] | None = None) -> None:
    Route.objects.create(
        position=Route.objects.count() + 1, gateways=list(gateways), weights=[1] * len(gateways),
        fallbacks=list(fallbacks), operator_codes=codes, created_at=database_now(),
    )  # fmt: skip


def said(operator: APIClient, text: str) -> Any:
    answer = operator.post("/messages", {"phone_number": PHONE, "text": text})
    return answer.json()["text"] if answer.status_code == 400 else answer.status_code


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("smsru", "ж" * 536, ""), ("smsru", "ж" * 537, "“smsru” takes at most 8 SMS parts, and this text has 9."),
        ("smsru", "x" * 1_224, ""), ("smsru", "x" * 1_225, "8 SMS parts, and this text has 9."),
        ("smsru", "😀" * 265, "at most 8 SMS parts, and this text has 9."), ("smsru", "😀" * 264, ""),
        ("smsc", "ж" * 1_000, ""), ("smsc", "x" * 1_001, "takes at most 1,000 characters, and this text has 1,001."),
        ("twilio", "x" * 1_600, ""), ("twilio", "x" * 1_601, "at most 1,600 characters"), ("exolve", "x" * 2_000, ""),
    ],
)  # fmt: skip
def test_a_single_message_that_its_gateway_does_not_take_is_refused(
    operator: APIClient, kind: str, text: str, words: str
) -> None:
    over(add(kind))
    found = said(operator, text)
    assert found == 201 if not words else words in found[0], found


def test_no_gateway_has_a_limit_below_what_is_never_looked_at() -> None:
    for kind, adapter in KINDS.items():
        assert adapter.facts.max_text > _FITS_EVERYWHERE, kind
        assert adapter.facts.max_parts is None or adapter.facts.max_parts * (67 // 2) >= _FITS_EVERYWHERE, kind


def test_one_gateway_that_takes_it_is_enough_and_a_disabled_one_is_none(operator: APIClient) -> None:
    over(add("smsru"), fallbacks=(add("exolve"),))
    assert said(operator, "x" * 1_900) == 201
    Gateway.objects.filter(name="exolve").update(enabled=False)
    assert "“smsru” takes at most" in said(operator, "x" * 1_900)[0]


def test_the_rule_of_the_number_counts_and_no_rule_is_the_gateway_default(operator: APIClient) -> None:
    over(add("smsru"), codes=[921])
    assert said(operator, "x" * 1_900) == 201


def test_of_many_messages_the_wrong_one_is_named_by_its_number(operator: APIClient) -> None:
    over(add("smsru"))
    bodies = [{"phone_number": PHONE, "text": "short"}, {"phone_number": PHONE, "text": "ж" * 600}]
    answer = operator.post("/messages", bodies)
    assert (answer.status_code, list(answer.json()), list(answer.json()["1"])) == (400, ["1"], ["text"])


def test_the_preview_names_the_gateways_that_would_refuse(operator: APIClient) -> None:
    Client.objects.create(phone_number=79110000001, mobile_operator_code=911, tag="vip", timezone="Europe/Moscow")
    over(add("smsru"), add("exolve"), fallbacks=(add("smsc"),))
    start = database_now() + timedelta(hours=1)
    mailing = {
        "message_text": "ж" * 1_100, "filter": {"tag": None, "operator_code": None}, "start_time": start.isoformat(),
        "end_time": in_future(hours=9),
    }  # fmt: skip
    found = operator.post("/sender/notifications/preview", mailing)
    assert found.status_code == 200, found.json()
    assert found.json()["too_long_for"] == [
        {"gateway": "smsc", "characters": 1_000, "parts": None},
        {"gateway": "smsru", "characters": 1_224, "parts": 8},
    ]
    short = operator.post("/sender/notifications/preview", {**mailing, "message_text": "ж" * 500})
    assert short.json()["too_long_for"] == []
