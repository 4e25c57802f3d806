"""A gateway is checked and sends a test message, and only then is it enabled."""

from dataclasses import replace
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.simulator_client import SimulatorClient
from tests.api.gateway_cast import PHONE, made, over, tried
from tests.smpp.cast import Client, smsc
from vestnik.cluster.processes import wait_for
from vestnik.models import Gateway, StoppedPhone
from vestnik.smpp.pdu import Command


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
    assert "rejects our account" in sent["words"]
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
