"""The pages of gateways and rules: a form by kind, a check, a test message, and rules in their order."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from harness.cast import browser_of, person
from harness.rows import add_mailing
from harness.simulator_client import SimulatorClient
from tests.gateways.certificates import Authority
from tests.gateways.parts import parts
from vestnik.encryption import decrypt
from vestnik.models import Batch, Gateway, GatewayState, Route
from vestnik.receipts.inbox import count
from vestnik.routing.edits import create_gateway
from vestnik.routing.values import GatewayFields

SECRET = "a-very-secret-token"
ONE = "/console/gateways/reserve"
NUMBERS = {"concurrency": "64", "timeout": "30", "max_rate": ""}


@pytest.fixture
def anna(db: None) -> Client:
    del db
    return browser_of(person("anna", "administrator"))


def typed(**changes: str) -> dict[str, str]:
    return {"settings.url": "http://127.0.0.1:9", "settings.token": SECRET, **NUMBERS, **changes}


def add(**settings: str) -> Gateway:
    chosen = {"url": "http://127.0.0.1:9", "token": SECRET, **settings}
    return create_gateway(fields=GatewayFields(name="reserve", kind="probe", settings=chosen), actor=None)


def act(anna: Client, action: str, **more: str) -> Any:
    return anna.post(ONE, {"do": action, **more}, follow=True)


def test_a_gateway_is_added_by_the_form_of_its_kind(anna: Client) -> None:
    shown = anna.get("/console/gateway-new?kind=probe").text
    assert "Goes into each request as a bearer token." in shown
    answer = anna.post("/console/gateway-new?kind=probe", typed(name="reserve"), follow=True)
    assert "Check it and send a test message" in answer.text
    assert SECRET not in answer.text
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": SECRET}


def test_every_kind_has_a_form(anna: Client) -> None:
    from vestnik.gateways.adapters.kinds import KINDS

    for kind in KINDS:
        assert anna.get(f"/console/gateway-new?kind={kind}").status_code == 200, kind
    assert anna.get("/console/gateway-new?kind=pigeon").status_code == 404
    assert anna.get("/console/gateway-new").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Two words"}, "lower-case letters"),
        ({"name": "default"}, "Choose another name"),
        ({"settings.url": ""}, "This is needed."),
        ({"settings.url": "nowhere"}, "Enter an address such as"),
        ({"concurrency": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_stands_at_its_field(anna: Client, change: dict[str, str], words: str) -> None:
    answer = anna.post("/console/gateway-new?kind=probe", typed(**{"name": "reserve", **change}))
    assert (answer.status_code, words in answer.text) == (400, True)
    assert SECRET not in answer.text
    assert Gateway.objects.count() == 1


def test_certificates_and_proxy_have_a_place_of_their_own_and_a_key_is_never_shown(
    anna: Client, tmp_path: Path
) -> None:
    certificate, key = parts(Authority(tmp_path).certificate("us"))
    form = anna.get("/console/gateway-new?kind=probe").text
    assert '<details class="v-more">' in form
    assert "Only if the provider asks for one (mutual TLS)" in form
    url, lines = "/console/gateway-new?kind=probe", key.splitlines()
    given = {"settings.client_certificate": certificate, "settings.client_key": key}
    wrong = anna.post(url, typed(name="reserve", **{**given, "settings.client_certificate": ""}))
    assert (wrong.status_code, "The key needs its certificate." in wrong.text) == (400, True)
    assert '<details class="v-more" open>' in wrong.text
    assert lines[1] not in wrong.text
    assert lines[1] not in anna.post(url, typed(name="reserve", **given), follow=True).text
    assert decrypt(Gateway.objects.get(name="reserve").secrets)["client_key"] == key
    shown = anna.get(ONE).text
    assert '<details class="v-more" open>' in shown
    assert certificate.splitlines()[1] in shown
    assert "It is set. Leave empty to keep it." in shown
    act(anna, "save", **{**typed(), "settings.client_certificate": "", "settings.token": ""})
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": SECRET}


def test_a_stored_secret_that_is_not_needed_is_taken_out_by_a_box(anna: Client) -> None:
    add()
    assert "Remove the stored value: Token" in anna.get(ONE).text
    kept = typed(**{"settings.token": "", "do": "save"})
    anna.post(ONE, kept)
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": SECRET}
    both = anna.post(ONE, {**kept, "settings.token": "new", "forget.token": "on"})
    assert (both.status_code, "Enter a new value, or tick the box to remove it: not both." in both.text) == (400, True)
    assert anna.post(ONE, {**kept, "forget.token": "on"}).status_code == 302
    assert Gateway.objects.get(name="reserve").secrets == ""
    assert "Remove the stored value" not in anna.get(ONE).text


@pytest.mark.parametrize("name", ["forget.tokne", "settings.tokne"])
def test_a_setting_that_the_kind_does_not_have_is_refused_with_its_name(anna: Client, name: str) -> None:
    add()
    answer = anna.post(ONE, typed(do="save", **{"settings.token": "", name: "on"}))
    assert (answer.status_code, "has no setting “tokne”. It has: url, token," in answer.text) == (400, True)
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": SECRET}


def test_a_gateway_is_checked_tested_enabled_and_disabled(anna: Client, simulator: SimulatorClient) -> None:
    add(url=simulator.base_url, token=simulator.token)
    assert "Check the gateway first" in act(anna, "enable").text
    act(anna, "check")
    assert Gateway.objects.get(name="reserve").checked_at is not None
    assert "The gateway accepted the message." in act(anna, "test", phone="79111234567", text="Hello").text
    assert len(list(simulator.ids())) == 1
    assert "The gateway is enabled." in act(anna, "enable").text
    changed = anna.post(ONE, typed(do="save", **{"settings.url": "http://127.0.0.1:10"}), follow=True).text
    assert "It is disabled now, since its settings changed." in changed
    assert "does not accept" not in changed


def test_a_check_that_fails_says_which_setting_to_look_at(anna: Client) -> None:
    add()
    text = act(anna, "check").text
    assert "Nothing can be reached at this address." in text
    assert Gateway.objects.get(name="reserve").checked_at is None


def test_the_request_is_shown_without_its_secrets_and_nothing_is_sent(anna: Client, simulator: SimulatorClient) -> None:
    add(url=simulator.base_url)
    text = act(anna, "show", phone="8 911 123-45-67", text="Hello").text
    assert "79111234567" in text
    assert "Bearer ********" in text
    assert SECRET not in text
    assert simulator.totals()["requests"] == 0


def test_a_secret_that_is_left_empty_stays(anna: Client) -> None:
    add()
    anna.post(ONE, typed(do="save", **{"settings.token": "", "max_rate": "5"}))
    row = Gateway.objects.get(name="reserve")
    assert (decrypt(row.secrets), row.max_rate) == ({"token": SECRET}, 5)


def test_while_messages_are_in_doubt_a_new_secret_is_of_the_same_account(anna: Client) -> None:
    row = add()
    anna.post(ONE, typed(do="save", idempotent="on"))
    Batch.objects.create(
        mailing_id=add_mailing(connection.connection), first_id=1, last_id=5, due_at=timezone.now(), queued=5, bound=1,
        bound_to=[row.id],
    )  # fmt: skip
    other = typed(do="save", idempotent="on", **{"settings.token": "another"})
    refused = anna.post(ONE, other)
    assert (refused.status_code, "1 message is in doubt there" in refused.text) == (400, True)
    assert 'name="same_account"' in refused.text
    assert "Saved." in anna.post(ONE, {**other, "same_account": "on"}, follow=True).text
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": "another"}


def test_two_who_edit_a_gateway_notice_each_other(anna: Client) -> None:
    add()
    anna.post(ONE, typed(do="save", seen="1", max_rate="5"))
    answer = anna.post(ONE, typed(do="save", seen="1", max_rate="6"))
    assert answer.status_code == 400
    assert "This was changed after you opened it" in answer.text


def test_a_gateway_that_is_out_says_why_and_is_put_back(anna: Client) -> None:
    row = add()
    GatewayState.objects.filter(id=row.id).update(out_at=timezone.now(), out_code="http_401", out_words="bad token")
    text = anna.get("/console/gateways").text
    assert "rejects our account" in text
    assert "http_401 bad token" in text
    assert (
        "Gateway “reserve” rejects our account and gets no messages: http_401 bad token"
        in anna.get("/console/now").text
    )
    assert "takes messages again" in act(anna, "put-back").text
    assert "rejects our account" not in anna.get("/console/now").text


def test_the_dialog_says_what_a_removal_means_or_why_it_cannot_be(anna: Client) -> None:
    row = add()
    assert "Its settings and secrets are erased." in anna.get(ONE).text
    Route.objects.create(position=1, name="All", gateways=[row.id], weights=[1])
    text = anna.get(ONE).text
    assert "Rules send over it: “All”." in text
    assert "Rules send over it" in act(anna, "remove").text
    Route.objects.all().delete()
    assert "The gateway was removed." in act(anna, "remove").text
    assert anna.get(ONE).status_code == 404


def test_the_gateway_of_the_environment_has_no_form_and_no_switch(anna: Client) -> None:
    text = anna.get("/console/gateways/default").text
    assert "in the environment of the installation" in text
    assert 'value="save"' not in text
    assert 'value="disable"' not in text


def rule(**changes: str) -> dict[str, str]:
    return {"name": "MTS", "operator_codes": "910, 915", "mailing": "", "place": "", "weight.default": "1", **changes}


def test_rules_are_added_moved_edited_and_removed(anna: Client) -> None:
    add()
    assert (
        "“reserve” is disabled" in anna.post("/console/rules/new", rule(**{"fallback.reserve": "1"}), follow=True).text
    )
    anna.post("/console/rules/new", rule(name="Megafon", operator_codes="920"))
    first, second = Route.objects.order_by("position")
    assert (first.operator_codes, first.fallbacks) == ([910, 915], [Gateway.objects.get(name="reserve").id])
    anna.post(f"/console/rules/{second.id}/act", {"place": "1"})
    assert list(Route.objects.order_by("position").values_list("name", flat=True)) == ["Megafon", "MTS"]
    assert "910, 915" in anna.get(f"/console/rules/{first.id}").text
    anna.post(f"/console/rules/{first.id}", rule(name="MTS 2", place="2"))
    assert Route.objects.get(id=first.id).name == "MTS 2"
    assert "The rule was removed." in anna.post(f"/console/rules/{first.id}/act", {"do": "remove"}, follow=True).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"operator_codes": "91"}, "three-digit codes"),
        ({"weight.default": ""}, "Give at least one gateway."),
        ({"weight.default": "1001"}, "less than or equal to 1000"),
        ({"mailing": "99"}, "There is no mailing with this id."),
        ({"operator_codes": "911"}, "would never be used"),
    ],
)
def test_a_rule_that_is_wrong_is_shown_again_with_what_is_wrong(
    anna: Client, change: dict[str, str], words: str
) -> None:
    Route.objects.create(position=1, name="Nine", operator_codes=[911], gateways=[1], weights=[1])
    answer = anna.post("/console/rules/new", rule(**change))
    assert (answer.status_code, words in answer.text) == (400, True)
    assert Route.objects.count() == 1


def test_the_page_says_where_a_number_would_go(anna: Client) -> None:
    Route.objects.create(position=1, name="Nine", operator_codes=[911], gateways=[1], weights=[1])
    assert "By “Nine”: over default." in anna.get("/console/gateways?phone=8 911 123-45-67").text
    assert anna.get("/console/gateways?phone=12").status_code == 400


@pytest.mark.parametrize("path", ["gateways", "gateways/default", "gateway-new?kind=probe", "rules/new", "reports"])
def test_only_administrators_see_these_pages(db: None, path: str) -> None:
    del db
    assert browser_of(person("olga", "operator")).get(f"/console/{path}").status_code == 403


def test_the_page_says_what_came_of_receipts_and_from_where_they_are_taken(anna: Client) -> None:
    row = add()
    assert "receipt-counts" not in anna.get(ONE).text
    count(connection, {(row.id, "applied"): 1_234, (row.id, "forged"): 2})
    Gateway.objects.filter(id=row.id).update(receipts_from=["192.0.2.0/24"])
    page = anna.get(ONE).text
    for words in ("applied: 1,234", "wrong signature or address: 2", "192.0.2.0/24"):
        assert words in page


def test_receipts_are_limited_to_networks_and_their_address_is_changed_after_a_question(anna: Client) -> None:
    add()
    page = anna.get(ONE).text
    (address,) = re.findall(r'id="receipts">([^<]+)<', page)
    assert 'data-copy="receipts"' in page
    assert "Create a new address for receipts?" in page
    wrong = act(anna, "receipts-from", receipts_from="192.0.2.0/24\nexample.org")
    assert wrong.status_code == 400
    assert "example.org” is neither an address nor a network" in wrong.text
    act(anna, "receipts-from", receipts_from="192.0.2.0/24\n10.1.2.3")
    assert Gateway.objects.get(name="reserve").receipts_from == ["192.0.2.0/24", "10.1.2.3/32"]
    assert "192.0.2.0/24\n10.1.2.3/32" in anna.get(ONE).text
    page = act(anna, "rotate").text
    assert address not in page
    assert "The earlier address works until" in page
    assert "The earlier address works until" not in act(anna, "rotate", at_once="on").text
    # The one of the environment has them, too.
    anna.post("/console/gateways/default", {"do": "receipts-from", "receipts_from": "192.0.2.0/24"})
    assert Gateway.objects.get(name="default").receipts_from == ["192.0.2.0/24"]


def test_the_list_and_the_page_show_the_last_hour(anna: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vestnik_gatewayminute (gateway_id, minute, writer, state, code, count)"
            " SELECT 1, date_trunc('minute', now()), 1, state, code, count FROM"
            " (VALUES (1, '', 12345), (4, '8', 67), (0, 'http_503', 89)) AS v (state, code, count)"
        )
    listed, page = anna.get("/console/gateways").text, anna.get("/console/gateways/default").text
    for shown in ("12,345", "67", "http_503", "89"):
        assert shown in listed, shown
    assert "12,345 accepted, 67 failed, 0 unknown" in page
    assert "http_503" in page
