"""*Test to me*: an operator's own number gets the text of a draft; asked for once, on record, and limited.

It goes over the gateway that the mailing's message to this number would go over.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from harness.mailings import made_mailing
from harness.simulator_client import SimulatorClient
from tests.console.test_people import with_gateway
from vestnik.accounts import own_phone, tries
from vestnik.accounts.tries import Limit
from vestnik.dispatch import trial
from vestnik.encryption import encrypt
from vestnik.errors import StateForbids
from vestnik.gateways.adapters.probe import Probe
from vestnik.models import AuditEntry, Gateway, GatewayState, StoppedPhone, User
from vestnik.routing.routes import RouteFields, create_route

pytestmark = pytest.mark.django_db
PART = "/console/mailings/new/own-test"
PHONE = 79_111_234_567


def numbers(simulator: SimulatorClient) -> int:
    return len(list(simulator.ids()))


def add_gateways(simulator: SimulatorClient, *names: str) -> None:
    """Gateways that lead to the session's simulator. ``default`` leads nowhere, so it can take no test for them."""
    secrets = encrypt({"token": simulator.token})
    for name in names:
        row = Gateway.objects.create(
            name=name, kind="probe", enabled=True, settings={"url": simulator.base_url}, secrets=secrets
        )
        GatewayState.objects.create(id=row.id)


def change_state(name: str, **fields: Any) -> None:
    assert GatewayState.objects.filter(id=Gateway.objects.get(name=name).id).update(**fields) == 1


def gateways_used() -> list[str]:
    trials = AuditEntry.objects.filter(action="gateway.trial").order_by("id")
    return [entry.details["name"] for entry in trials]


def test_the_number_is_asked_for_once_and_the_text_goes_to_it(
    as_olga: Any, olga: User, simulator: SimulatorClient, settings: Any
) -> None:
    with_gateway(settings, simulator)
    asked = as_olga.post(PART, {"message_text": "Sale on Sunday"}).text
    assert "Enter your phone number." in asked
    assert 'name="own_phone"' in asked
    assert numbers(simulator) == 0
    sent = as_olga.post(PART, {"message_text": "Sale on Sunday", "own_phone": "8 (911) 123-45-67"}).text
    assert "The gateway accepted the message." in sent
    assert 'name="own_phone"' not in sent
    assert "+7 911 123-45-67" in sent
    as_olga.post(PART, {"message_text": "Sale on Sunday", "own_phone": "79220000000"})
    assert numbers(simulator) == 2
    olga.refresh_from_db()
    assert olga.own_phone == PHONE
    trials = AuditEntry.objects.filter(action="gateway.trial")
    assert {(entry.actor_name, entry.details["phone"]) for entry in trials} == {("olga", "7911***4567")}
    edit = AuditEntry.objects.get(action="account.edit")
    assert edit.details == {"changed": ["own_phone"], "phone": "7911***4567"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"message_text": " \n", "own_phone": "79111234567"}, "Enter the text of the message."),
        ({"message_text": "x" * 2_001, "own_phone": "79111234567"}, "at most 2000 characters"),
        ({"message_text": "Hello", "own_phone": "12"}, "This is not a +7 phone number"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(
    as_olga: Any, simulator: SimulatorClient, settings: Any, body: dict[str, str], sentence: str
) -> None:
    with_gateway(settings, simulator)
    answer = as_olga.post(PART, body)
    assert (answer.status_code, sentence in answer.text) == (200, True)
    assert numbers(simulator) == 0
    assert not AuditEntry.objects.filter(action__in=["gateway.trial", "account.edit"]).exists()


def test_the_stop_list_holds_for_ones_own_number(
    as_olga: Any, olga: User, simulator: SimulatorClient, settings: Any
) -> None:
    with_gateway(settings, simulator)
    User.objects.filter(id=olga.id).update(own_phone=PHONE)
    StoppedPhone.objects.create(phone_number=PHONE, created_by_name="anna")
    assert "This number is on the stop list" in as_olga.post(PART, {"message_text": "Hello"}).text
    assert numbers(simulator) == 0


def test_tests_and_changes_of_the_number_are_limited(
    as_olga: Any, olga: User, simulator: SimulatorClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gateway(settings, simulator)
    monkeypatch.setattr(trial, "TEST_MESSAGES", Limit("test message", 1, timedelta(hours=1)))
    monkeypatch.setattr(own_phone, "OWN_PHONES", Limit("own phone", 2, timedelta(days=1)))
    as_olga.post(PART, {"message_text": "Hello", "own_phone": "79111234567"})
    assert "Too many" in as_olga.post(PART, {"message_text": "Hello"}).text
    assert numbers(simulator) == 1
    chosen = {"language": "en", "timezone": "", "first_name": "", "last_name": ""}
    as_olga.post("/console/account", {**chosen, "own_phone": "+7 922 000-00-00"})
    refused = as_olga.post("/console/account", {**chosen, "own_phone": "79330000000"})
    assert (refused.status_code, "Too many" in refused.text) == (400, True)
    olga.refresh_from_db()
    assert olga.own_phone == 79_220_000_000
    as_olga.post("/console/account", {**chosen, "own_phone": ""})
    olga.refresh_from_db()
    assert olga.own_phone is None


def test_a_viewer_sends_no_test(as_victor: Any) -> None:
    assert as_victor.post(PART, {"message_text": "Hello", "own_phone": "79111234567"}).status_code == 403
    assert tries.TEST_MESSAGES.most < 100


def test_the_test_goes_over_the_gateway_that_the_rules_choose_for_the_number(
    as_olga: Any, olga: User, simulator: SimulatorClient
) -> None:
    add_gateways(simulator, "north", "south", "spare")
    create_route(
        fields=RouteFields(
            name="MTS", operator_codes=[911], gateways=[("north", 1), ("south", 9)], fallbacks=["spare"]
        ),
        actor=None,
    )
    User.objects.filter(id=olga.id).update(own_phone=PHONE)

    def tested() -> str:
        text: str = as_olga.post(PART, {"message_text": "Hello"}).text
        return text

    assert "The gateway accepted the message. Gateway: “north”." in tested()
    Gateway.objects.filter(name="north").update(enabled=False)
    assert "Gateway: “south”." in tested()
    change_state("south", breaker="open", breaker_reason="connection refused")
    assert "Gateway: “spare”." in tested()
    change_state("spare", out_at=timezone.now())
    assert "Gateway: “south”." in tested(), "it only does not answer: a test finds out whether it does again"
    change_state("south", out_at=timezone.now())
    refused = tested()
    assert "By “MTS”: none of the gateways can be used, so nothing was sent." in refused
    for trouble in ("“north” is disabled", "“south” is suspended", "“spare” is suspended"):
        assert trouble in refused
    User.objects.filter(id=olga.id).update(language="ru")
    assert "По правилу “MTS”: ни один шлюз сейчас не работает, поэтому ничего не отправлено." in tested()
    change_state("south", out_at=None)
    assert "Шлюз принял сообщение. Шлюз: «south»." in tested()
    assert gateways_used() == ["north", "south", "spare", "south", "south"]
    assert numbers(simulator) == 5


def test_a_number_that_no_rule_matches_is_tested_over_default(
    as_olga: Any, olga: User, simulator: SimulatorClient, settings: Any
) -> None:
    with_gateway(settings, simulator)
    add_gateways(simulator, "north")
    create_route(fields=RouteFields(operator_codes=[922], gateways=[("north", 1)]), actor=None)
    User.objects.filter(id=olga.id).update(own_phone=PHONE)
    for is_simulator in (True, False):
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_is_simulator=is_simulator)
        text = as_olga.post(PART, {"message_text": "Hello"}).text
        assert "Gateway: “default”." in text
        assert ("This is the simulator: nothing was delivered." in text) is is_simulator
    change_state("default", out_at=timezone.now())
    assert "No rule matches: none of the gateways can be used" in as_olga.post(PART, {"message_text": "Hello"}).text
    assert gateways_used() == ["default", "default"]


def test_a_test_over_a_gateway_in_test_mode_says_that_nothing_was_delivered(
    as_olga: Any, olga: User, simulator: SimulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_gateways(simulator, "north")
    create_route(fields=RouteFields(gateways=[("north", 1)]), actor=None)
    User.objects.filter(id=olga.id).update(own_phone=PHONE)
    said = "This gateway is in test mode: nothing was delivered."
    assert said not in as_olga.post(PART, {"message_text": "Hello"}).text
    monkeypatch.setattr(Probe, "why_not_delivered", classmethod(lambda _cls, _settings: "Nobody gets it."))
    assert said in as_olga.post(PART, {"message_text": "Hello"}).text


def test_an_edited_mailing_is_tested_by_its_own_rule(as_olga: Any, olga: User, simulator: SimulatorClient) -> None:
    add_gateways(simulator, "north", "south")
    begins = timezone.now() + timedelta(hours=2)
    mailing = made_mailing(state="scheduled", start_time=begins, end_time=begins + timedelta(hours=1))
    create_route(fields=RouteFields(mailing=mailing.id, gateways=[("south", 1)]), actor=None)
    create_route(fields=RouteFields(gateways=[("north", 1)]), actor=None)
    User.objects.filter(id=olga.id).update(own_phone=PHONE)
    sent_with = f'hx-vals=\'{{"mailing": "{mailing.id}"}}\''
    assert sent_with in as_olga.get(f"/console/mailings/{mailing.id}/edit").text
    text = as_olga.post(PART, {"message_text": "Hello", "mailing": str(mailing.id)}).text
    assert "Gateway: “south”." in text
    assert sent_with in text, "the next test of this page goes the same way"
    assert "hx-vals" not in as_olga.get("/console/mailings/new").text.split('id="own-test"')[1]
    assert "Gateway: “north”." in as_olga.post(PART, {"message_text": "Hello"}).text


def test_a_provider_whose_sessions_are_all_held_is_said_in_the_part(
    as_olga: Any, olga: User, simulator: SimulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_gateways(simulator, "north")
    create_route(fields=RouteFields(gateways=[("north", 1)]), actor=None)
    User.objects.filter(id=olga.id).update(own_phone=PHONE)

    def refuse(*_args: object) -> None:
        raise StateForbids("Our dispatchers hold all sessions.")

    monkeypatch.setattr(trial, "refuse_without_session", refuse)
    answer = as_olga.post(PART, {"message_text": "Hello"})
    assert (answer.status_code, "Our dispatchers hold all sessions." in answer.text) == (200, True)
