"""REST of gateways: their fields are checked, who may see them, what they did, and what of it is on record."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from harness.simulator_client import SimulatorClient
from tests.api.gateway_cast import body, made, over, tried
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import AuditEntry, Gateway


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Reserve"}, "name"),
        ({"name": "two words"}, "name"),
        ({"name": "2nd"}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": ""}, "name"),
        ({"name": "default"}, "name"),
        ({"name": None}, "name"),
        ({"kind": "pigeon"}, "kind"),
        ({"kind": 5}, "kind"),
        ({"settings": None}, "settings"),
        ({"settings": []}, "settings"),
        ({"settings": {"token": "x"}}, "settings.url"),
        ({"settings": {"url": "", "token": "x"}}, "settings.url"),
        ({"settings": {"url": "ftp://example.org", "token": "x"}}, "settings.url"),
        ({"settings": {"url": "http://127.0.0.1:9", "token": "x\r\nX: y"}}, "settings.token"),
        ({"settings": {"url": "http://127.0.0.1:9", "token": "x", "colour": "red"}}, "settings.colour"),
        ({"kind": "http", "settings": {"url": "https://a.example/x", "body": '{"to": "{{phon}}"}'}}, "settings.body"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 10_001}, "concurrency"),
        ({"max_rate": 0}, "max_rate"),
        ({"max_rate": 1_000_001}, "max_rate"),
        ({"timeout": 601}, "timeout"),
        ({"timeout": "soon"}, "timeout"),
        ({"idempotent": "perhaps"}, "idempotent"),
    ],
)
def test_what_is_wrong_with_a_gateway_stands_at_its_field(admin: APIClient, change: dict[str, Any], field: str):
    answer = admin.post("/gateways", body(**change))
    assert (answer.status_code, list(answer.json())) == (400, [field]), answer.json()
    assert Gateway.objects.count() == 1


def test_a_name_is_taken_once_until_its_gateway_is_removed(admin: APIClient):
    made(admin)
    answer = admin.post("/gateways", body())
    assert (answer.status_code, list(answer.json())) == (400, ["name"])
    assert admin.delete("/gateways/reserve").status_code == 204
    assert admin.get("/gateways/reserve").status_code == 404
    made(admin)


def test_name_and_kind_stay(admin: APIClient):
    made(admin)
    for change in ({"name": "other"}, {"kind": "other"}):
        answer = admin.patch("/gateways/reserve", change)
        assert (answer.status_code, list(answer.json())) == (400, list(change))
    assert admin.patch("/gateways/reserve", {"name": "reserve", "kind": "probe"}).status_code == 200


def test_two_who_change_a_gateway_at_once_notice_each_other(admin: APIClient):
    tag = admin.post("/gateways", body()).headers["ETag"]
    assert admin.patch("/gateways/reserve", {"max_rate": 5}, HTTP_IF_MATCH=tag).status_code == 200
    assert admin.patch("/gateways/reserve", {"max_rate": 6}, HTTP_IF_MATCH=tag).status_code == 412
    assert admin.delete("/gateways/reserve", HTTP_IF_MATCH=tag).status_code == 412


def test_the_gateway_of_the_environment_is_only_read(admin: APIClient):
    shown = admin.get("/gateways/default").json()
    assert (shown["from_environment"], shown["settings"]) == (True, {"url": "http://127.0.0.1:9"})
    calls = [admin.patch("/gateways/default", {"max_rate": 5}), admin.delete("/gateways/default")]
    calls += [admin.post(f"/gateways/default/{what}") for what in ("enable", "disable")]
    assert [call.status_code for call in calls] == [409] * 4


def test_a_gateway_says_what_it_did_in_the_last_hour(admin: APIClient):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vestnik_gatewayminute (gateway_id, minute, writer, state, code, count) SELECT 1,"
            " date_trunc('minute', now()) - make_interval(mins => ago), 1, state, code, count FROM (VALUES"
            " (70, 1, '', 900), (50, 1, '', 30), (50, 4, '8', 2), (9, 7, 'timeout', 1), (9, 0, 'http_503', 5))"
            " AS v (ago, state, code, count)"
        )
    made(admin)
    empty = {"sent": 0, "failed": 0, "unknown": 0, "rate": 0.0, "errors": []}
    assert [each["last_hour"] for each in admin.get("/gateways").json()] == [
        {
            "sent": 30, "failed": 2, "unknown": 1, "rate": 0.0,
            "errors": [
                {"code": "http_503", "count": 5}, {"code": "8", "count": 2}, {"code": "timeout", "count": 1}
            ],
        },
        empty,
    ]  # fmt: skip


def test_every_decision_about_a_gateway_is_on_record(admin: APIClient, simulator: SimulatorClient):
    made(admin, **over(simulator))
    tried(admin)
    admin.patch("/gateways/reserve", {"max_rate": 7, "timeout": 30})
    admin.post("/gateways/reserve/disable")
    admin.delete("/gateways/reserve")
    entries = list(AuditEntry.objects.filter(action__startswith="gateway.").order_by("id"))
    assert [entry.action.partition(".")[2] for entry in entries] == [
        "create", "check", "trial", "enable", "edit", "disable", "remove",
    ]  # fmt: skip
    assert entries[4].details == {"name": "reserve", "changed": ["max_rate"]}
    assert {entry.actor_name for entry in entries} == {"anna"}


def test_only_administrators_see_gateways_and_rules(operator: APIClient, viewer: APIClient):
    for client in (operator, viewer):
        for path in ("/gateways", "/gateways/default", "/gateway-kinds", "/routes", "/routes/preview"):
            assert client.get(path).status_code == 403, path


def test_the_kinds_say_what_to_enter_and_where_to_find_it(admin: APIClient):
    kinds = {kind["kind"]: kind for kind in admin.get("/gateway-kinds").json()}
    fields = {field["name"]: field for field in kinds["probe"]["fields"]}
    assert fields["token"]["wanted"] == "secret"
    assert fields["url"]["required"] is True
    assert kinds["probe"]["facts"]["max_text"] > 0
    assert {kind: found["facts"]["max_parts"] for kind, found in kinds.items()} == {
        kind: adapter.facts.max_parts for kind, adapter in KINDS.items()
    }
    assert kinds["smsru"]["facts"]["max_parts"] == 8
    assert (fields["proxy_password"]["needs"], fields["token"]["needs"]) == ("proxy_login", "")
    russian = admin.get("/gateway-kinds", HTTP_ACCEPT_LANGUAGE="ru").json()
    assert any("а" <= char <= "я" for kind in russian for field in kind["fields"] for char in field["help"])
