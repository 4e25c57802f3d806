"""One message from the console: written, confirmed, sent once, and followed to its end."""

import re
import uuid
from dataclasses import replace
from typing import Any

import pytest

from vestnik.clients.directory import ClientFields, create_client
from vestnik.clients.stop_list import stop_phones
from vestnik.models import AuditEntry, Batch, Message, MessageState

pytestmark = pytest.mark.django_db
NEW, PHONE = "/console/messages/new", 79_110_000_001


def typed(**changes: str) -> dict[str, str]:
    said = {"phone": "8 (911) 000-00-01", "message_text": "Your order is ready.", "end_at": "", "step": "send"}
    return {**said, "token": str(uuid.uuid4()), **changes}


def texts() -> list[str]:
    return [row["text"] for row in Message.objects.order_by("id").values_list("field_values", flat=True)]


def test_it_is_confirmed_and_two_clicks_send_it_once(as_olga: Any) -> None:
    said = typed(message_text="Ваш заказ готов.\r\nЖдём!")
    page = as_olga.post(NEW, {**said, "step": "check"}).text
    assert "Send this message?" in page
    assert "+7 911 000-00-01" in page
    assert "UCS-2" in page
    assert texts() == []
    assert "Ваш заказ готов." in as_olga.post(NEW, {**said, "step": "edit"}).text
    first, second = (as_olga.post(NEW, said) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert texts() == ["Ваш заказ готов.\nЖдём!"]
    again = as_olga.post(NEW, {**said, "message_text": "Something else"})
    assert "You have already sent a message from this form." in again.text
    assert len(texts()) == 1
    (token,) = re.findall(r'name="token" value="([^"]+)"', again.text)
    as_olga.post(NEW, {**said, "message_text": "Something else", "token": token})
    assert len(texts()) == 2
    entry = AuditEntry.objects.filter(action="message.send").earliest("id")
    assert (entry.actor_name, entry.details) == ("olga", {"phone": "7911***0001"})


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("phone", "123", "v-error"), ("message_text", " ", "Enter the text of the message."),
        ("message_text", "x" * 2_001, "v-error"), ("end_at", "2020-01-01T00:00", "The end must be in the future."),
        ("end_at", "2199-01-01T00:00", "at most 7 days ahead"), ("end_at", "soon", "Enter a date and time"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_sent(
    as_olga: Any, field: str, value: str, said: str
) -> None:
    answer = as_olga.post(NEW, typed(**{field: value}))
    assert (answer.status_code, texts()) == (400, [])
    assert said in answer.text


def test_the_stop_list_and_the_limits_hold(as_olga: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_phones(phones=[PHONE], reason="asked", actor=None)
    assert "on the stop list" in as_olga.post(NEW, typed()).text
    assert f"{NEW}?phone" not in as_olga.get(f"/console/phones/{PHONE}").text
    assert texts() == []
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, messages_per_minute=1)
    assert as_olga.post(NEW, typed(phone="79110000002")).status_code == 302
    assert "Too many tries" in as_olga.post(NEW, typed(phone="79110000003")).text
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, messages_per_minute=100)
    monkeypatch.setattr("vestnik.audience.direct.MAX_A_DAY", 1)
    assert as_olga.post(NEW, typed(phone="79110000002")).status_code == 429
    assert len(texts()) == 1
    assert AuditEntry.objects.filter(action="message.send").count() == 1


def test_its_page_asks_again_until_the_state_is_final(as_olga: Any, as_victor: Any) -> None:
    client = create_client(fields=ClientFields(phone=PHONE, operator_code=None, tag="vip", timezone="UTC"), actor=None)
    page = as_olga.get(f"/console/clients/{client.id}").text
    assert f"{NEW}?phone={PHONE}" in page
    assert str(PHONE) in as_olga.get(f"{NEW}?phone={PHONE}").text
    path = as_olga.post(NEW, typed())["Location"]
    assert as_victor.get(NEW).status_code == 403
    page = as_victor.get(path).text
    assert 'hx-trigger="every 1s' in page
    assert "Your order is ready." not in page
    assert "Your account may not read the texts of messages." in page
    assert "Your order is ready." in as_olga.get(path).text
    assert NEW not in page
    history = as_victor.get(f"/console/clients/{client.id}").text
    assert f'<a href="{path}">Single message</a>' in history
    message = Message.objects.get()
    Message.objects.filter(id=message.id).update(state=MessageState.SENT, sent_at=message.created_at, tries=1, code="0")
    Batch.objects.update(state="done", queued=0, sent=1)
    assert 'hx-trigger="every 5s' in as_victor.get(path).text
    Message.objects.filter(id=message.id).update(
        state=MessageState.UNDELIVERED, outcome_at=message.created_at, code="6", detail="the phone is off"
    )
    part = as_victor.get(path, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "hx-trigger" not in part
    assert "the phone is off" in part
    assert "default" in part
    assert as_victor.get("/console/messages/1").status_code == 404
