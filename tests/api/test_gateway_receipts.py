"""The address that a provider calls with receipts, who may call it, and what came of the calls."""

from dataclasses import replace
from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from tests.api.gateway_cast import SECRET, made
from vestnik.models import AuditEntry, Gateway
from vestnik.receipts.inbox import count


def test_a_gateway_shows_the_address_that_its_provider_calls(admin: APIClient, settings: Any):
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, public_url="https://vestnik.example")
    url = made(admin)["receipts_url"]
    assert url.startswith("https://vestnik.example/gateways/reserve/receipts/")
    path = url.removeprefix("https://vestnik.example")
    assert APIClient().post(path, {"id": 5, "state": "delivered"}, format="json").status_code == 200
    assert admin.get("/gateways/default").json()["receipts_url"] != url


def test_a_provider_that_never_calls_has_no_address(admin: APIClient):
    session = {"host": "smsc.example", "system_id": "me", "sender": "VESTNIK", "password": SECRET[:8]}
    assert made(admin, name="session", kind="smpp", settings=session)["receipts_url"] is None


def test_what_came_of_receipts_is_counted_and_who_may_send_them_is_set(admin: Any) -> None:
    url = f"/gateways/{made(admin)['name']}"
    row = Gateway.objects.get(name="reserve")
    count(connection, {(row.id, "forged"): 2, (row.id, "applied"): 5})
    shown = admin.get(url).json()
    assert [(each["kind"], each["count"]) for each in shown["receipts"]] == [("applied", 5), ("forged", 2)]
    assert shown["receipts_from"] == []
    enabled = shown["enabled"]
    answer = admin.patch(url, {"receipts_from": ["192.0.2.7", "10.1.2.3/8", "10.0.0.0/8", "::1"]}, format="json")
    assert answer.json()["receipts_from"] == ["192.0.2.7/32", "10.0.0.0/8", "::1/128"]
    assert answer.json()["enabled"] == enabled
    wrong = admin.patch(url, {"receipts_from": ["example.org"]}, format="json")
    assert (wrong.status_code, list(wrong.json())) == (400, ["receipts_from"])
    # The environment says what `default` is, but not from where its receipts come.
    answer = admin.patch("/gateways/default", {"receipts_from": ["192.0.2.7"]}, format="json")
    assert answer.json()["receipts_from"] == ["192.0.2.7/32"]
    assert admin.patch("/gateways/default", {"timeout": 9}, format="json").status_code == 409


def test_the_address_for_receipts_gets_another_secret(admin: Any, operator: Any) -> None:
    url = f"/gateways/{made(admin)['name']}"
    first = admin.get(url).json()["receipts_url"]
    assert operator.post(f"{url}/rotate-receipts", {}).status_code == 403
    second = admin.post(f"{url}/rotate-receipts", {}).json()
    assert second["receipts_before_until"] is not None
    third = admin.post(f"{url}/rotate-receipts", {"at_once": True}).json()
    assert third["receipts_before_until"] is None
    assert len({first, second["receipts_url"], third["receipts_url"], admin.get(url).json()["receipts_url"]}) == 3
    assert AuditEntry.objects.filter(action="gateway.rotate").count() == 2
