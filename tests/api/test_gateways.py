"""REST of gateways: made, checked, tested and only then enabled; secrets go in and never out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from harness.cast import as_user
from harness.rows import add_mailing
from harness.simulator_client import SimulatorClient
from tests.smpp.cast import Client, smsc
from vestnik.cluster.processes import wait_for
from vestnik.encryption import decrypt
from vestnik.models import AuditEntry, Batch, Gateway, GatewayState, StoppedPhone
from vestnik.receipts.inbox import count
from vestnik.smpp.pdu import Command

PHONE = "79111234567"
SECRET = "a-very-secret-token"


@pytest.fixture
def admin(person: Callable[..., Any]) -> APIClient:
    return as_user(person("anna", "administrator"))


def body(**changes: Any) -> dict[str, Any]:
    return {
        "name": "reserve", "kind": "probe", "settings": {"url": "http://127.0.0.1:9", "token": SECRET}, **changes
    }  # fmt: skip


def made(admin: APIClient, **changes: Any) -> dict[str, Any]:
    answer = admin.post("/gateways", body(**changes))
    assert answer.status_code == 201, answer.json()
    return answer.json()


def over(simulator: SimulatorClient) -> dict[str, Any]:
    return {"settings": {"url": simulator.base_url, "token": simulator.token}}


def tried(admin: APIClient, name: str = "reserve") -> list[int]:
    """Checked, tested and enabled: the three statuses."""
    said = {"phone_number": PHONE, "text": "Hello"}
    answers = [admin.post(f"/gateways/{name}/check"), admin.post(f"/gateways/{name}/test", said)]
    return [answer.status_code for answer in (*answers, admin.post(f"/gateways/{name}/enable"))]


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


# -- secrets


def test_a_secret_goes_in_and_never_comes_out(admin: APIClient):
    answers = [
        admin.post("/gateways", body()), admin.get("/gateways"), admin.get("/gateways/reserve"),
        admin.patch("/gateways/reserve", {"max_rate": 5}),
        admin.patch("/gateways/reserve", {"settings": {"token": SECRET + "2"}}),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {200, 201}
    assert not any(SECRET in answer.content.decode() for answer in answers)
    assert answers[0].json()["secrets"] == ["token"]
    assert answers[0].json()["settings"] == {"url": "http://127.0.0.1:9"}
    row = Gateway.objects.get(name="reserve")
    assert SECRET not in row.secrets
    assert decrypt(row.secrets) == {"token": SECRET + "2"}
    assert not any(SECRET in str(entry.details) for entry in AuditEntry.objects.all())


@pytest.mark.parametrize("given", [{"url": "http://127.0.0.1:10"}, {"url": "http://127.0.0.1:10", "token": ""}])
def test_a_secret_that_is_not_given_stays(admin: APIClient, given: dict[str, str]):
    made(admin)
    assert admin.patch("/gateways/reserve", {"settings": given}).json()["secrets"] == ["token"]
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": SECRET}


def test_secrets_of_another_secret_key_are_named_and_can_be_entered_again(admin: APIClient, settings: Any):
    made(admin)
    settings.SECRET_KEY = "another key of more than 32 characters"
    shown = admin.get("/gateways/reserve").json()
    assert (shown["secrets"], "SECRET_KEY_FALLBACKS" in shown["warnings"][0]) == ([], True)
    assert admin.post("/gateways/reserve/check").status_code == 409
    assert admin.patch("/gateways/reserve", {"settings": {"url": "http://127.0.0.1:10"}}).status_code == 409
    assert admin.patch("/gateways/reserve", {"settings": {"token": "new"}}).json()["secrets"] == ["token"]


# -- the way to "enabled"


def test_a_gateway_is_enabled_only_after_a_check_and_a_test_message(admin: APIClient, simulator: SimulatorClient):
    assert made(admin, **over(simulator))["enabled"] is False
    assert admin.post("/gateways/reserve/enable").json()["code"] == "state_forbids"
    checked = admin.post("/gateways/reserve/check")
    assert checked.json()["good"] is True, checked.json()
    assert admin.post("/gateways/reserve/enable").status_code == 409
    sent = admin.post("/gateways/reserve/test", {"phone_number": PHONE, "text": "Hello"}).json()
    assert (sent["good"], sent["outcome"]) == (True, "success")
    assert [received["id"] for received in simulator.ids()] == [sent["message_id"]]
    shown = admin.post("/gateways/reserve/enable").json()
    assert (shown["enabled"], shown["state"], shown["warnings"]) == (True, "working", [])
    assert admin.post("/gateways/reserve/disable").json()["state"] == "disabled"


def test_a_test_message_alone_is_not_enough(admin: APIClient, simulator: SimulatorClient):
    made(admin, **over(simulator))
    assert admin.post("/gateways/reserve/test", {"phone_number": PHONE, "text": "Hello"}).json()["good"] is True
    assert "Check the gateway first" in admin.post("/gateways/reserve/enable").json()["detail"]


@pytest.mark.parametrize(("change", "enabled"), [({"max_rate": 7}, True), ({"settings": {"token": "other"}}, False)])
def test_other_settings_disable_it_until_it_was_checked_and_tested_again(
    admin: APIClient, simulator: SimulatorClient, change: dict[str, Any], enabled: bool
):
    made(admin, **over(simulator))
    assert tried(admin) == [200, 200, 200]
    shown = admin.patch("/gateways/reserve", change).json()
    assert shown["enabled"] is enabled
    assert (shown["checked_at"] is not None, shown["tested_at"] is not None) == (enabled, enabled)


def test_what_is_found_for_settings_that_were_changed_meanwhile_does_not_count(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch
):
    from vestnik.gateways.adapter import Checked
    from vestnik.routing import check

    made(admin)

    def slow(*_: Any, **__: Any) -> Checked:
        admin.patch("/gateways/reserve", {"settings": {"url": "http://127.0.0.1:11"}})
        return Checked(good=True, words="")

    monkeypatch.setattr(check, "check", slow)
    assert admin.post("/gateways/reserve/check").json()["good"] is True
    assert admin.get("/gateways/reserve").json()["checked_at"] is None


def test_a_gateway_that_cannot_be_reached_is_said_in_words(admin: APIClient):
    made(admin)
    checked = admin.post("/gateways/reserve/check").json()
    assert checked["good"] is False
    assert checked["words"]
    sent = admin.post("/gateways/reserve/test", {"phone_number": PHONE, "text": "Hello"}).json()
    assert (sent["good"], sent["outcome"]) == (False, "not_sent")
    assert "nothing was sent" in sent["words"]
    shown = admin.get("/gateways/reserve").json()
    assert (shown["checked_at"], shown["tested_at"]) == (None, None)


def test_a_failure_of_a_gateway_that_works_forgets_no_success(admin: APIClient, simulator: SimulatorClient):
    """A provider that allows no more sessions than are open refuses a check of a gateway that sends."""
    made(admin, **over(simulator))
    assert tried(admin) == [200, 200, 200]
    before = admin.get("/gateways/reserve").json()
    Gateway.objects.filter(name="reserve").update(settings={"url": "http://127.0.0.1:9"})
    assert admin.post("/gateways/reserve/check").json()["good"] is False
    assert admin.post("/gateways/reserve/test", {"phone_number": PHONE, "text": "Hello"}).json()["good"] is False
    after = admin.get("/gateways/reserve").json()
    assert (after["checked_at"], after["tested_at"]) == (before["checked_at"], before["tested_at"])
    admin.post("/gateways/reserve/disable")
    admin.post("/gateways/reserve/check")
    assert admin.get("/gateways/reserve").json()["checked_at"] is None


def test_a_test_message_takes_one_session(admin: APIClient):
    """The provider leaves one free beside those of the dispatchers."""
    sessions: list[Client] = []

    def play(client: Client) -> None:
        sessions.append(client)
        wait_for(lambda: len(sessions) > 1, seconds=0.5)  # a second one would begin at the same time
        client.bind()
        client.accept(client.expect(Command.SUBMIT_SM))
        client.expect(Command.UNBIND)

    with smsc(play) as port:
        given = {"host": "127.0.0.1", "port": port, "system_id": "me", "password": "x", "sender": "V", "binds": 2}
        made(admin, kind="smpp", settings=given)
        assert admin.post("/gateways/reserve/test", {"phone_number": PHONE, "text": "Hello"}).json()["good"] is True
    assert len(sessions) == 1


def test_a_wrong_secret_is_said_in_words(admin: APIClient, simulator: SimulatorClient):
    made(admin, settings={"url": simulator.base_url, "token": "wrong"})
    sent = admin.post("/gateways/reserve/test", {"phone_number": PHONE, "text": "Hello"}).json()
    assert (sent["good"], sent["outcome"]) == (False, "unauthorized")
    assert "refuses our account" in sent["words"]
    assert admin.post("/gateways/reserve/enable").status_code == 409


def test_a_dry_run_shows_the_request_without_its_secrets_and_sends_nothing(
    admin: APIClient, simulator: SimulatorClient
):
    made(admin, **over(simulator))
    answer = admin.post("/gateways/reserve/dry-run", {"phone_number": PHONE, "text": "Привет"})
    shown = answer.json()["request"]
    assert PHONE in shown
    assert "Привет" in shown
    assert shown.startswith("POST /")
    assert simulator.token not in shown
    assert simulator.totals()["requests"] == 0
    assert admin.post("/gateways/reserve/dry-run", {"phone_number": PHONE}).status_code == 400


@pytest.mark.parametrize(("said", "field"), [({"phone_number": "7911"}, "phone_number"), ({"text": " "}, "text")])
def test_a_test_message_that_is_wrong_is_not_sent(
    admin: APIClient, simulator: SimulatorClient, said: dict[str, str], field: str
):
    made(admin, **over(simulator))
    answer = admin.post("/gateways/reserve/test", {"phone_number": PHONE, "text": "Hello", **said})
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert simulator.totals()["requests"] == 0


def test_nobody_on_the_stop_list_gets_a_test_message(admin: APIClient, simulator: SimulatorClient):
    made(admin, **over(simulator))
    StoppedPhone.objects.create(phone_number=int(PHONE))
    answer = admin.post("/gateways/reserve/test", {"phone_number": PHONE, "text": "Hello"})
    assert (answer.status_code, list(answer.json())) == (400, ["phone_number"])
    assert simulator.totals()["requests"] == 0


def test_one_account_sends_sixty_test_messages_an_hour_at_most(
    admin: APIClient, simulator: SimulatorClient, monkeypatch: pytest.MonkeyPatch
):
    from vestnik.dispatch import trial

    monkeypatch.setattr(trial, "TEST_MESSAGES", replace(trial.TEST_MESSAGES, most=1))
    made(admin, **over(simulator))
    said = {"phone_number": PHONE, "text": "Hello"}
    assert [admin.post("/gateways/reserve/test", said).status_code for _ in range(2)] == [200, 429]
    assert simulator.totals()["requests"] == 1


# -- bad input


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


# -- receipts


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


# -- out, and removed


def test_a_gateway_that_is_out_is_put_back(admin: APIClient):
    made(admin)
    row = Gateway.objects.get(name="reserve")
    assert admin.post("/gateways/reserve/put-back").status_code == 409
    GatewayState.objects.filter(id=row.id).update(out_at=timezone.now(), out_code="http_401", out_words="bad token")
    shown = admin.get("/gateways/reserve").json()
    assert (shown["state"], shown["reason"]) == ("out", "http_401 bad token")
    assert admin.post("/gateways/reserve/put-back").json()["state"] == "disabled"


def batch(gateway: int, **columns: Any) -> None:
    mailing = add_mailing(connection.connection)
    Batch.objects.create(
        mailing_id=mailing, first_id=1, last_id=5, due_at=timezone.now(), gateway_id=gateway, **columns
    )


@pytest.mark.parametrize(
    ("left", "words"),
    [
        ({"queued": 5, "bound": 3}, "3 messages are in doubt"),
        ({"queued": 5, "bound": 1}, "1 message is in doubt"),
        ({"state": "leased", "queued": 5}, "being sent over it"),
    ],
)
def test_a_gateway_with_messages_in_doubt_or_on_their_way_stays(admin: APIClient, left: dict[str, Any], words: str):
    made(admin)
    row = Gateway.objects.get(name="reserve")
    now = timezone.now()
    if left.get("state") == "leased":
        left = {**left, "lease_token": 1, "lease_holder": "a", "leased_at": now, "lease_expires_at": now}
    batch(row.id, **({"bound_to": [row.id]} if "bound" in left else {}), **left)
    answer = admin.delete("/gateways/reserve")
    assert (answer.status_code, words in answer.json()["detail"]) == (409, True), answer.json()
    Batch.objects.all().delete()
    assert admin.delete("/gateways/reserve").status_code == 204


def test_a_gateway_that_is_on_or_that_a_rule_names_stays(admin: APIClient, simulator: SimulatorClient):
    made(admin, **over(simulator))
    tried(admin)
    rule = admin.post("/routes", {"name": "All", "gateways": [{"gateway": "reserve"}]}).json()
    said = admin.delete("/gateways/reserve").json()["detail"]
    assert "Disable it first" in said
    assert "“All”" in said
    admin.post("/gateways/reserve/disable")
    assert admin.delete("/gateways/reserve").status_code == 409
    admin.delete(f"/routes/{rule['id']}")
    assert admin.delete("/gateways/reserve").status_code == 204


def test_a_removed_gateway_keeps_its_row_and_loses_its_secrets(admin: APIClient):
    made(admin)
    admin.delete("/gateways/reserve")
    row = Gateway.objects.get(name="reserve")
    assert (row.removed_at is not None, row.secrets, row.settings) == (True, "", {})


# -- records and roles


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
    russian = admin.get("/gateway-kinds", HTTP_ACCEPT_LANGUAGE="ru").json()
    assert any("а" <= char <= "я" for kind in russian for field in kind["fields"] for char in field["help"])


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


# -- messages in doubt and another account


def doubted(**left: Any) -> Gateway:
    """The gateway with messages in doubt there, or with a batch on its way over it."""
    row = Gateway.objects.get(name="reserve")
    now = timezone.now()
    leased = {
        "state": "leased", "queued": 5, "lease_token": 1, "lease_holder": "a", "leased_at": now, "lease_expires_at": now
    }  # fmt: skip
    batch(row.id, **(leased if left.get("leased") else {"queued": 5, "bound": 3, "bound_to": [row.id]}))
    return row


@pytest.mark.parametrize("leased", [False, True])
def test_messages_in_doubt_go_to_no_other_account(admin: APIClient, leased: bool):
    """The other provider has never seen their ids: it would deliver them a second time."""
    made(admin, idempotent=True)
    before = doubted(leased=leased)
    words = "being sent" if leased else "3 messages are in doubt"
    for change, fields in (
        ({"settings": {"url": "http://127.0.0.1:10"}}, ["settings.url"]),
        ({"settings": {"token": "another"}}, ["settings.token"]),
        ({"settings": {"url": "http://127.0.0.1:10", "token": "another"}}, ["settings.url", "settings.token"]),
        ({"idempotent": False}, ["idempotent"]),
        ({"idempotent": False, "same_account": True}, ["idempotent"]),
    ):
        answer = admin.patch("/gateways/reserve", change)
        assert (answer.status_code, list(answer.json())) == (400, fields), answer.json()
        assert all(words in texts[0] for texts in answer.json().values()), answer.json()
    row = Gateway.objects.get(name="reserve")
    assert (row.version, row.settings, row.secrets) == (before.version, before.settings, before.secrets)
    # What says nothing about the account changes as always, also beside the settings as they are.
    same = {"url": "http://127.0.0.1:9/", "token": SECRET}
    assert admin.patch("/gateways/reserve", {"max_rate": 5, "settings": same}).status_code == 200
    assert admin.patch("/gateways/reserve", {"settings": {"token": ""}}).status_code == 200
    Batch.objects.all().delete()
    assert admin.patch("/gateways/reserve", {"settings": {"token": "another"}, "idempotent": False}).status_code == 200


def test_a_new_key_of_the_same_account_is_taken_once_somebody_says_so(admin: APIClient):
    made(admin, idempotent=True)
    doubted()
    change = {"settings": {"token": "another"}}
    said = admin.patch("/gateways/reserve", change).json()["settings.token"][0]
    assert "same_account" in said
    assert admin.patch("/gateways/reserve", {**change, "same_account": True}).status_code == 200
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": "another"}
    entry = AuditEntry.objects.filter(action="gateway.edit").latest("id")
    assert entry.details == {"name": "reserve", "changed": ["secrets"], "same_account": True}


def test_what_is_on_its_way_over_a_gateway_that_repeats_nothing_may_end_anywhere(admin: APIClient):
    made(admin, idempotent=False)
    doubted(leased=True)
    assert admin.patch("/gateways/reserve", {"settings": {"token": "another"}}).status_code == 200


def test_a_provider_that_never_gets_our_id_recognises_nothing(admin: APIClient):
    """What somebody has ticked is not enough: without the ID a repeated message is a new one."""
    plain, with_id = '{"to": "{{phone}}", "text": "{{text}}"}', '{"to": "{{phone}}", "text": "{{text}}", "n": "{{id}}"}'
    url = "http://127.0.0.1:9/send"
    new = {"kind": "http", "idempotent": True}
    answer = admin.post("/gateways", body(settings={"url": url, "body": plain}, **new))
    assert (answer.status_code, list(answer.json())) == (400, ["idempotent"]), answer.json()
    assert "{{id}}" in answer.json()["idempotent"][0]
    for name, settings in (
        ("in-body", {"body": with_id}), ("in-url", {"url": f"{url}/{{{{ id }}}}", "body": plain}),
        ("in-header", {"headers": "X-Request-Id: {{id}}", "body": plain}),
    ):  # fmt: skip
        assert made(admin, name=name, settings={"url": url, **settings}, **new)["idempotent"] is True
    # Neither a later edit takes the ID out, nor is it ticked later without one.
    for change in ({"settings": {"body": plain}}, {"settings": {"body": plain}, "idempotent": True}):
        answer = admin.patch("/gateways/in-body", change)
        assert (answer.status_code, list(answer.json())) == (400, ["idempotent"]), answer.json()
    assert Gateway.objects.get(name="in-body").settings["body"] == with_id
    assert admin.patch("/gateways/in-body", {"settings": {"body": plain}, "idempotent": False}).status_code == 200
    answer = admin.patch("/gateways/in-body", {"idempotent": True})
    assert (answer.status_code, list(answer.json())) == (400, ["idempotent"]), answer.json()
