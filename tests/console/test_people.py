"""People, keys and settings: who may change what, and what is on record."""

import re
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from harness.cast import PASSWORD
from harness.simulator_client import SimulatorClient
from vestnik.accounts.logins import log_in
from vestnik.models import ApiKey, AuditEntry, GatewayState, Login, Role, StoppedPhone, User


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_an_administrator_makes_an_account_that_can_log_in(as_anna: Client, client: Client) -> None:
    body = {"username": "boris", "email": "", "role": "viewer", "password": PASSWORD}
    assert as_anna.post("/console/people", body, follow=True).status_code == 200
    assert User.objects.get(username="boris").role == Role.VIEWER
    assert client.post("/console/login/", {"username": "boris", "password": PASSWORD}).status_code == 302


def test_a_wrong_account_is_told_at_its_field_and_the_rest_stays(as_anna: Client) -> None:
    body = {"username": "ANNA", "email": "b@example.org", "role": "viewer", "password": PASSWORD}
    answer = as_anna.post("/console/people", body)
    assert answer.status_code == 400
    assert "An account with this name exists already." in answer.text
    assert "b@example.org" in answer.text
    assert PASSWORD in answer.text


@pytest.mark.parametrize(
    "path", ["/console/people", "/console/reports", "/console/gateways", "/console/gateways/default"]
)
def test_only_administrators_see_people_and_settings(as_olga: Client, as_victor: Client, path: str) -> None:
    for browser in (as_olga, as_victor):
        assert browser.get(path).status_code == 403
        assert browser.post(path, {}).status_code == 403


def test_a_closed_account_is_logged_out_everywhere(as_anna: Client, olga: User, as_olga: Client) -> None:
    log_in(user=olga)
    as_anna.post(f"/console/people/{olga.id}", {"email": olga.email, "role": "operator"})
    assert as_olga.get("/console/account").status_code == 302
    assert not Login.objects.filter(user=olga, revoked_at=None).exists()
    assert AuditEntry.objects.get(action="account.edit").details == {"is_active": False}


def test_the_only_administrator_cannot_be_demoted_nor_closed(as_anna: Client, anna: User) -> None:
    for body in ({"email": "", "role": "viewer", "is_active": "on"}, {"email": "", "role": "administrator"}):
        answer = as_anna.post(f"/console/people/{anna.id}", body)
        assert answer.status_code == 400
        assert "This is the only administrator" in answer.text
    anna.refresh_from_db()
    assert (anna.role, anna.is_active) == (Role.ADMINISTRATOR, True)


def test_a_reset_password_works_and_ends_the_logins(as_anna: Client, olga: User, client: Client) -> None:
    assert as_anna.post(f"/console/people/{olga.id}", {"password": "password"}).status_code == 400
    log_in(user=olga)
    assert as_anna.post(f"/console/people/{olga.id}", {"password": "another-Phrase-88"}).status_code == 200
    assert not Login.objects.filter(user=olga, revoked_at=None).exists()
    assert client.post("/console/login/", {"username": "olga", "password": "another-Phrase-88"}).status_code == 302


def test_one_changes_ones_language_and_zone_and_times_follow(as_olga: Client, olga: User) -> None:
    body = {"first_name": "Ольга", "last_name": "", "language": "ru", "timezone": "Asia/Vladivostok"}
    answer = as_olga.post("/console/account", body, follow=True)
    assert "Сохранено" in answer.text
    assert "Asia/Vladivostok" in as_olga.get("/console/audit").text
    body["timezone"] = "Mars/Olympus"
    assert as_olga.post("/console/account", body).status_code == 400
    olga.refresh_from_db()
    assert olga.timezone == "Asia/Vladivostok"


def test_another_password_takes_the_present_one_and_ends_the_other_logins(as_olga: Client) -> None:
    elsewhere = Client()
    elsewhere.post("/console/login/", {"username": "olga", "password": PASSWORD})
    wrong = {"old_password": "no", "new_password": "another-Phrase-88"}
    assert "This is not your current password." in as_olga.post("/console/account", wrong).text
    assert as_olga.post("/console/account", {**wrong, "old_password": PASSWORD}).status_code == 302
    assert as_olga.get("/console/account").status_code == 200
    assert elsewhere.get("/console/account").status_code == 302


def test_a_key_is_shown_once_and_works_until_it_is_revoked(as_olga: Client, client: Client) -> None:
    answer = as_olga.post("/console/api-keys", {"name": "CRM", "role": "viewer", "expires_at": ""})
    key = re.findall(r"vk_[\w-]{30,}", answer.text)[0]
    assert key not in as_olga.get("/console/api-keys").text
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/client/", headers=headers).status_code == 200
    as_olga.post("/console/api-keys", {"revoke": ApiKey.objects.get().id})
    assert client.get("/client/", headers=headers).status_code == 401
    assert actions()[-2:] == ["api_key.create", "api_key.revoke"]


def test_a_key_above_ones_role_is_refused_at_its_field(as_olga: Client) -> None:
    answer = as_olga.post("/console/api-keys", {"name": "CRM", "role": "administrator"})
    assert answer.status_code == 400
    assert "A key may not do more than the account that makes it." in answer.text


def test_a_viewer_makes_no_key(as_victor: Client) -> None:
    assert as_victor.post("/console/api-keys", {"name": "CRM", "role": "viewer"}).status_code == 403
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("typed", ["+7 (911) 123-45-67", "8 911 123 45 67", "79111234567"])
def test_a_test_message_reaches_the_gateway_and_the_audit_log_has_it_masked(
    as_anna: Client, simulator: SimulatorClient, settings: object, typed: str
) -> None:
    with_gateway(settings, simulator)
    answer = as_anna.post("/console/gateways/default", {"do": "test", "phone": typed, "text": "Проверка"})
    assert "The gateway accepted the message." in answer.text
    (entry,) = AuditEntry.objects.filter(action="gateway.trial")
    assert [received["id"] for received in simulator.ids()] == [entry.object_id]
    assert entry.details == {"phone": "7911***4567", "name": "default", "outcome": "success", "code": "0"}


@pytest.mark.parametrize("typed", ["+7 (911) 123-45-67", "89111234567"])
def test_no_test_message_goes_to_a_number_on_the_stop_list(
    as_anna: Client, simulator: SimulatorClient, settings: object, typed: str
) -> None:
    with_gateway(settings, simulator)
    StoppedPhone.objects.create(phone_number=79111234567, reason="asked", created_by_name="anna")
    answer = as_anna.post("/console/gateways/default", {"do": "test", "phone": typed, "text": "Проверка"})
    assert answer.status_code == 400
    assert "This number is on the stop list: nothing is sent to it." in answer.text
    assert simulator.totals()["requests"] == 0
    assert not AuditEntry.objects.filter(action="gateway.trial").exists()


def test_a_gateway_that_is_away_is_said_in_words(as_anna: Client) -> None:
    answer = as_anna.post("/console/gateways/default", {"do": "test", "phone": "79111234567", "text": "Проверка"})
    assert answer.status_code == 200
    assert "The gateway cannot be reached: nothing was sent." in answer.text


def test_no_phone_no_test_message(as_anna: Client) -> None:
    answer = as_anna.post("/console/gateways/default", {"do": "test", "phone": "12", "text": "Проверка"})
    assert answer.status_code == 400
    assert "This is not a +7 phone number: write it like +7 911 123-45-67." in answer.text
    assert not AuditEntry.objects.filter(action="gateway.trial").exists()


def with_gateway(settings: object, simulator: SimulatorClient) -> None:
    """Have this process send to the session's simulator."""
    from dataclasses import replace

    changed = replace(settings.ENVIRONMENT, gateway_url=simulator.base_url, gateway_token=simulator.token)  # type: ignore[attr-defined]
    settings.ENVIRONMENT = changed  # type: ignore[attr-defined]


def test_the_gateway_page_says_why_the_gateway_does_not_answer(as_anna: Client) -> None:
    assert "working" in as_anna.get("/console/gateways/default").text
    GatewayState.objects.filter(id=1).update(breaker="open", breaker_reason="connection refused")
    text = as_anna.get("/console/gateways/default").text
    assert "does not answer" in text
    assert "connection refused" in text


def test_an_administrator_may_decide_not_to_wait_as_the_gateway_asks(as_anna: Client) -> None:
    GatewayState.objects.filter(id=1).update(
        asked_at=Now(), asked_until=Now() + timedelta(hours=1), breaker="open", breaker_reason="x"
    )
    assert "asked us to wait until" in as_anna.get("/console/gateways/default").text
    assert "asks to wait" in as_anna.get("/console/now").text
    assert as_anna.post("/console/gateways/default", {"do": "ignore-wait"}).status_code == 302
    state = GatewayState.objects.get(id=1)
    assert (state.asked_until, state.breaker) == (None, "closed")
    assert state.wait_ignored_until is not None
    assert AuditEntry.objects.filter(action="gateway.ignore_wait", actor__isnull=False).exists()
    assert "asked us to wait until" not in as_anna.get("/console/gateways/default").text
    assert (
        "does not ask anybody to wait"
        in as_anna.post("/console/gateways/default", {"do": "ignore-wait"}, follow=True).text
    )
