"""REST of webhooks: administrators make them, secrets are shown once, everything is on record."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from harness.webhook_receiver import Receiver, receiving
from vestnik.encryption import decrypt
from vestnik.models import AuditEntry, WebhookDelivery, WebhookEndpoint

BODY = {"url": "https://example.org/hook", "event_types": ["mailing.started"]}


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, webhook_allow_private=True)
    with receiving() as server:
        yield server


def made(admin: APIClient, **changes: Any) -> dict[str, Any]:
    answer = admin.post("/webhooks", {**BODY, **changes})
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def test_a_secret_is_shown_once_and_kept_encrypted(admin: APIClient) -> None:
    shown = made(admin)
    secret = shown["secret"]
    assert secret.startswith("whsec_")
    row = WebhookEndpoint.objects.get()
    assert secret not in row.secrets
    assert decrypt(row.secrets) == {"now": secret}
    path = f"/webhooks/{shown['id']}"
    answers = [admin.get("/webhooks"), admin.get(path), admin.patch(path, {"description": "CRM"})]
    assert not any(secret in answer.content.decode() for answer in answers)
    rotated = admin.post(f"{path}/rotate").json()
    assert rotated["secret"] != secret
    assert rotated["before_until"] is not None
    assert decrypt(WebhookEndpoint.objects.get().secrets) == {"now": rotated["secret"], "before": secret}
    assert not any("whsec_" in str(entry.details) for entry in AuditEntry.objects.all())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://example.org/"), ("url", "https://10.0.0.1/"), ("url", "https://u:p@example.org/"),
        ("event_types", []), ("event_types", ["mailing.eaten"]), ("event_types", None), ("url", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(admin: APIClient, field: str, value: Any) -> None:
    answer = admin.post("/webhooks", {**BODY, field: value})
    assert (answer.status_code, list(answer.json())) == (400, [field])
    shown = made(admin)
    answer = admin.patch(f"/webhooks/{shown['id']}", {field: value})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_only_administrators_see_webhooks(admin: APIClient, operator: APIClient, anonymous: APIClient) -> None:
    pk = made(admin)["id"]
    for path in ("/webhooks", f"/webhooks/{pk}", f"/webhooks/{pk}/attempts"):
        assert (operator.get(path).status_code, anonymous.get(path).status_code) == (403, 401)
    assert operator.post(f"/webhooks/{pk}/rotate").status_code == 403


def test_every_decision_is_on_record_with_the_host_alone(admin: APIClient, receiver: Receiver) -> None:
    pk = made(admin, url=receiver.url)["id"]
    path = f"/webhooks/{pk}"
    now = timezone.now()
    period = f"from={quote((now - timedelta(hours=1)).isoformat())}&to={quote(now.isoformat())}"
    answers = [
        admin.patch(path, {"event_types": ["mailing.paused"]}), admin.post(f"{path}/test"),
        admin.post(f"{path}/rotate"), admin.post(f"{path}/replay?{period}"), admin.patch(path, {"enabled": False}),
        admin.patch(path, {"enabled": True}), admin.delete(path),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 200, 204]
    entries = AuditEntry.objects.filter(object_type="webhook", object_id=pk).order_by("id")
    words = ["create", "edit", "test", "rotate", "replay", "disable", "enable", "remove"]
    assert [entry.action for entry in entries] == [f"webhook.{word}" for word in words]
    assert {entry.details["name"] for entry in entries} == {"127.0.0.1"}
    assert admin.get(path).status_code == 404


def test_a_test_event_shows_what_the_endpoint_answers(admin: APIClient, receiver: Receiver) -> None:
    shown = made(admin, url=receiver.url)
    receiver.secrets.append(shown["secret"])
    receiver.status, receiver.answer = 418, b"short and stout"
    first = admin.post(f"/webhooks/{shown['id']}/test").json()
    assert (first["status"], first["answer"], first["error"], first["type"]) == (
        418, "short and stout", "", "webhook.test"
    )  # fmt: skip
    receiver.status = 204
    admin.post(f"/webhooks/{shown['id']}/test")
    assert (receiver.wrong, receiver.types()) == (0, ["webhook.test"])
    attempts = admin.get(f"/webhooks/{shown['id']}/attempts").json()
    assert [attempt["status"] for attempt in attempts] == [204, 418]
    assert attempts[1] == first
    assert first["webhook_id"] in receiver.came


def test_a_pause_is_shown_until_it_is_over(admin: APIClient) -> None:
    path = f"/webhooks/{made(admin)['id']}"
    assert admin.get(path).json()["waits_until"] is None
    until = timezone.now() + timedelta(minutes=5)
    WebhookEndpoint.objects.update(failures=1, waits_until=until)
    shown = admin.get(path).json()["waits_until"]
    assert datetime.fromisoformat(shown) == until
    assert [each["waits_until"] for each in admin.get("/webhooks").json()] == [shown]
    WebhookEndpoint.objects.update(waits_until=timezone.now() - timedelta(seconds=1))
    assert admin.get(path).json()["waits_until"] is None
    WebhookEndpoint.objects.update(waits_until=until)
    assert admin.patch(path, {"enabled": False}).json()["waits_until"] is None


def test_events_of_a_period_are_delivered_again(admin: APIClient) -> None:
    pk = made(admin)["id"]
    with connection.cursor() as cursor:
        for kind in ("mailing.started", "mailing.started", "mailing.paused"):
            cursor.execute("SELECT vestnik_tell(%s, '{}')", [kind])
        cursor.execute("UPDATE vestnik_webhook_event SET at = at - interval '1 day' WHERE id = 1")
    WebhookDelivery.objects.all().delete()
    now = timezone.now()

    def replayed(hours: float) -> Any:
        first = quote((now - timedelta(hours=hours)).isoformat())
        return admin.post(f"/webhooks/{pk}/replay?from={first}&to={quote((now + timedelta(hours=1)).isoformat())}")

    assert replayed(1).json() == {"events": 1}
    assert replayed(30).json() == {"events": 2}
    assert WebhookDelivery.objects.count() == 2
    assert admin.post(f"/webhooks/{pk}/replay").status_code == 400
    assert replayed(-2).status_code == 400
    admin.patch(f"/webhooks/{pk}", {"enabled": False})
    assert replayed(1).status_code == 409


def test_there_are_at_most_twenty(admin: APIClient) -> None:
    for _ in range(20):
        made(admin)
    assert admin.post("/webhooks", BODY).status_code == 409


def test_a_change_is_of_the_version_that_was_read(admin: APIClient) -> None:
    pk = made(admin)["id"]
    tag = admin.get(f"/webhooks/{pk}")["ETag"]
    admin.patch(f"/webhooks/{pk}", {"description": "CRM"})
    answer = admin.patch(f"/webhooks/{pk}", {"description": "ERP"}, headers={"If-Match": tag})
    assert answer.status_code == 412
