"""A dry run and a test message over a gateway are of the same message: both refuse the same, and have the same text."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user, client_body
from harness.simulator_client import SimulatorClient
from tests.api.gateway_cast import PHONE, made, over
from vestnik.models import StoppedPhone

STOPPED = "79110000009"
NOBODY = 999_999


@pytest.fixture
def admin(person: Callable[..., Any]) -> APIClient:
    return as_user(person("anna", "administrator"))


@pytest.fixture
def ivan(admin: APIClient) -> int:
    attributes = {"first_name": "Ivan", "balance": 234.5}
    answer = admin.post("/client/", client_body(phone_number="79110000001", attributes=attributes))
    assert answer.status_code == 201, answer.json()
    found: int = answer.json()["id"]
    return found


def both(admin: APIClient, body: dict[str, Any], name: str = "reserve") -> tuple[Any, Any]:
    """The answers of the dry run and of the test message."""
    dry, sent = (admin.post(f"/gateways/{name}/{what}", body) for what in ("dry-run", "test"))
    return dry, sent


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": " "}, "text"),
        ({"text": "x" * 2_001}, "text"),
        ({"text": "Hi", "phone_number": "7911"}, "phone_number"),
        ({"text": "Hi", "phone_number": STOPPED}, "phone_number"),
        ({"text": "Hi", "locale": "klingon"}, "locale"),
        ({"text": "Hi {{first_name}}", "client": NOBODY}, "client"),
        ({"text": "Hi", "client": NOBODY}, "client"),
        ({"text": "Hi", "client": 0}, "client"),
        ({"text": "Hi {{frist_name}}", "client": "ivan"}, "text"),
        ({"text": "Hi {{first_name", "client": "ivan"}, "text"),
        ({"text": "Hi {{city}}", "client": "ivan"}, "text"),
    ],
)
def test_what_the_one_refuses_the_other_refuses_at_the_same_field_in_the_same_words(
    admin: APIClient, simulator: SimulatorClient, ivan: int, body: dict[str, Any], field: str
) -> None:
    made(admin, **over(simulator))
    StoppedPhone.objects.create(phone_number=int(STOPPED))
    chosen = {"client": ivan} if body.get("client") == "ivan" else {}
    dry, sent = both(admin, {"phone_number": PHONE, **body, **chosen})
    assert (dry.status_code, list(dry.json())) == (400, [field]), dry.json()
    assert (sent.status_code, sent.json()) == (400, dry.json())
    assert simulator.totals()["requests"] == 0


@pytest.mark.parametrize(
    ("text", "options", "rendered"),
    [
        ("Hi {{first_name}}", {}, "Hi {{first_name}}"),
        ("Hi {{first_name}}", {"client": None}, "Hi {{first_name}}"),
        ("Hi {{first_name}}", {"client": "ivan"}, "Hi Ivan"),
        ("{{balance|number:2}}", {"client": "ivan", "locale": "en"}, "234.50"),
        ("{{balance|number:2}}", {"client": "ivan", "locale": "ru"}, "234,50"),
    ],
)
def test_the_text_that_is_shown_is_the_one_that_is_sent(
    admin: APIClient, simulator: SimulatorClient, ivan: int, text: str, options: dict[str, Any], rendered: str
) -> None:
    simulator.receipts(url="http://127.0.0.1:9", lost=1)  # with a plan it keeps the texts that it gets
    made(admin, **over(simulator))
    chosen = {"client": ivan} if options.get("client") == "ivan" else {}
    dry, sent = both(admin, {"phone_number": PHONE, "text": text, **options, **chosen})
    assert (dry.status_code, sent.status_code, sent.json()["good"]) == (200, 200, True), dry.json()
    assert f'"{rendered}"' in dry.json()["request"]
    assert [bill["text"] for bill in simulator.bills()] == [rendered]


SETTINGS: dict[str, dict[str, Any]] = {
    "smsru": {"api_id": "the-id"}, "smsc": {"apikey": "the-key"},
    "twilio": {"account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32, "sender": "+15005550006"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("smsru", "ж" * 537, "“reserve” takes at most 8 SMS parts, and this text has 9."),
        ("smsru", "ж" * 1_000, "“reserve” takes at most 8 SMS parts, and this text has 15."),
        ("smsru", "x" * 1_225, "“reserve” takes at most 8 SMS parts, and this text has 9."),
        ("smsc", "x" * 1_001, "“reserve” takes at most 1,000 characters, and this text has 1,001."),
        ("twilio", "x" * 1_601, "“reserve” takes at most 1,600 characters, and this text has 1,601."),
    ],
)
def test_neither_takes_a_text_that_the_provider_does_not(
    admin: APIClient, ivan: int, kind: str, text: str, words: str
) -> None:
    made(admin, kind=kind, settings=SETTINGS[kind])
    personal = {"text": f"{text[:-4]}{{{{first_name}}}}", "client": ivan}
    for body in ({"text": text}, personal):
        dry, sent = both(admin, {"phone_number": PHONE, **body})
        assert (dry.status_code, sent.status_code) == (400, 400), dry.json()
        assert list(dry.json()) == ["text"]
        assert sent.json() == dry.json()
    assert both(admin, {"phone_number": PHONE, "text": text})[0].json()["text"] == [words]


@pytest.mark.parametrize(("kind", "text"), [("smsru", "ж" * 536), ("smsc", "ж" * 1_000), ("twilio", "x" * 1_600)])
def test_a_text_that_just_fits_is_shown(admin: APIClient, kind: str, text: str) -> None:
    made(admin, kind=kind, settings=SETTINGS[kind])
    assert admin.post("/gateways/reserve/dry-run", {"phone_number": PHONE, "text": text}).status_code == 200
