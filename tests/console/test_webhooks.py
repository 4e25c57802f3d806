"""Pages of webhooks: an administrator makes one, sees its secret once, tests it, and sees what it answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from harness.webhook_receiver import Receiver, receiving
from vestnik.console.tags import exact
from vestnik.encryption import decrypt
from vestnik.models import User, WebhookDelivery, WebhookEndpoint, WebhookEventType


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, webhook_allow_private=True)
    with receiving() as server:
        yield server


@pytest.fixture
def endpoint(as_anna: Client, receiver: Receiver) -> WebhookEndpoint:
    said = {"url": receiver.url, "event_types": ["mailing.started", "message.sent"], "description": "CRM"}
    page = as_anna.post("/console/webhooks", said).content.decode()
    row = WebhookEndpoint.objects.get()
    secret = decrypt(row.secrets)["now"]
    assert secret in page
    receiver.secrets.append(secret)
    return row


def page_of(browser: Client, endpoint: WebhookEndpoint) -> str:
    return browser.get(f"/console/webhooks/{endpoint.id}").content.decode()


def act(browser: Client, endpoint: WebhookEndpoint, what: str) -> str:
    return browser.post(f"/console/webhooks/{endpoint.id}", {"act": what}, follow=True).content.decode()


def test_a_secret_is_shown_once(as_anna: Client, endpoint: WebhookEndpoint) -> None:
    for page in (as_anna.get("/console/webhooks").content.decode(), page_of(as_anna, endpoint)):
        assert "whsec_" not in page
        assert "CRM" in page
    rotated = act(as_anna, endpoint, "rotate")
    endpoint.refresh_from_db()
    assert decrypt(endpoint.secrets)["now"] in rotated
    assert decrypt(endpoint.secrets)["before"] not in rotated


def test_a_test_event_and_its_answer_are_shown(as_anna: Client, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    assert "status 204" in act(as_anna, endpoint, "test")
    receiver.status, receiver.answer = 500, b"<script>alert(1)</script>"
    page = act(as_anna, endpoint, "test")
    assert "has not arrived: 500" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert receiver.wrong == 0


@pytest.mark.parametrize(
    ("language", "words"), [("en", "failing, next attempt:"), ("ru", "есть ошибки, следующая попытка:")]
)
def test_a_pause_is_shown_until_it_is_over(
    as_anna: Client, endpoint: WebhookEndpoint, language: str, words: str
) -> None:
    until = timezone.now() + timedelta(minutes=5)
    WebhookEndpoint.objects.update(failures=1, waits_until=until)
    User.objects.update(language=language)
    pages = [as_anna.get("/console/webhooks").text, page_of(as_anna, endpoint)]
    with override(language):
        moment = exact(timezone.localtime(until))
    assert all(f"{words} {moment}" in page for page in pages)
    WebhookEndpoint.objects.update(waits_until=timezone.now())
    assert words not in page_of(as_anna, endpoint)


def test_what_is_wrong_is_said_at_its_field(as_anna: Client, endpoint: WebhookEndpoint) -> None:
    for path in ("/console/webhooks", f"/console/webhooks/{endpoint.id}"):
        answer = as_anna.post(path, {"url": "ftp://example.org", "event_types": ["mailing.started"]})
        assert answer.status_code == 400
        assert "begin with https" in answer.content.decode()
        answer = as_anna.post(path, {"url": "https://example.org"})
        assert (answer.status_code, WebhookEndpoint.objects.count()) == (400, 1)


def test_it_is_changed_disabled_enabled_and_removed(as_anna: Client, endpoint: WebhookEndpoint) -> None:
    said = {"url": "https://example.org/", "event_types": WebhookEventType.values, "description": ""}
    as_anna.post(f"/console/webhooks/{endpoint.id}", said)
    endpoint.refresh_from_db()
    assert (endpoint.url, len(endpoint.event_types)) == ("https://example.org/", len(WebhookEventType))
    act(as_anna, endpoint, "disable")
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_code) == (False, "operator")
    act(as_anna, endpoint, "enable")
    endpoint.refresh_from_db()
    assert endpoint.enabled
    act(as_anna, endpoint, "remove")
    assert not WebhookEndpoint.objects.exists()


def test_events_of_a_period_are_delivered_again(as_anna: Client, endpoint: WebhookEndpoint) -> None:
    path = f"/console/webhooks/{endpoint.id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT vestnik_tell('mailing.started', '{}'), vestnik_tell('import.finished', '{}')")
    WebhookDelivery.objects.all().delete()
    now = timezone.localtime()
    said = {"act": "replay", "first": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}"}
    wrong = as_anna.post(path, {**said, "last": said["first"]})
    assert (wrong.status_code, "has to end after it begins" in wrong.text) == (400, True)
    assert as_anna.post(path, {**said, "last": "soon"}).status_code == 400
    said["last"] = f"{now + timedelta(minutes=1):%Y-%m-%dT%H:%M}"
    # It does not want what imports say.
    assert "Events that are delivered again: 1." in as_anna.post(path, said, follow=True).text
    assert WebhookDelivery.objects.count() == 1
    act(as_anna, endpoint, "disable")
    assert "enable it first" in as_anna.post(path, said).text


def test_others_do_not_see_it(as_olga: Client, as_anna: Client, endpoint: WebhookEndpoint) -> None:
    assert as_anna.get("/console/webhooks").status_code == 200
    for path in ("/console/webhooks", f"/console/webhooks/{endpoint.id}"):
        assert as_olga.get(path).status_code == 403
