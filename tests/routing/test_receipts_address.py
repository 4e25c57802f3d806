"""An address for receipts that goes out with each message follows when it changes, or somebody is told."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from harness.cast import browser_of, person
from tests.cluster.test_operator_commands import call
from vestnik.cli.doctor import _gateways as findings_of_gateways
from vestnik.encryption import encrypt
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import AuditEntry, Gateway, Role
from vestnik.receipts import callbacks
from vestnik.routing.connections import way_to
from vestnik.routing.edits import rotate_receipts_secret
from vestnik.routing.find import lock_gateway, show
from vestnik.routing.receipts_address import receipts_path, receipts_url

ELSEWHERE = "https://receipts.example.org/twilio"
FOR_NOW, NO_MORE, NOT_OURS = "works only for now", "counts no more", "is not this gateway's address"


@pytest.fixture(autouse=True)
def _fresh(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call sees the gateway as it is now."""
    del db
    monkeypatch.setattr(callbacks, "FRESH_SECONDS", -1.0)
    callbacks._doors.clear()


def twilio(callback_url: str | None = None, *, name: str = "tw") -> Gateway:
    """A gateway that is checked, tested and enabled, and sends its present address along unless another is given."""
    row = Gateway(name=name, kind="twilio", enabled=True, checked_at=timezone.now(), tested_at=timezone.now())
    row.settings = {"account_sid": "AC" + "0" * 32, "sender": "+15017122661"}
    row.secrets = encrypt({"auth_token": "hush"})
    row.save()
    found = receipts_url(row) if callback_url is None else callback_url
    row.settings = row.settings | ({"callback_url": found} if found else {})
    row.save()
    return row


def rotate(row: Gateway, *, at_once: bool = False) -> Gateway:
    with transaction.atomic():
        rotate_receipts_secret(gateway=lock_gateway(name=row.name), at_once=at_once, actor=None)
    return Gateway.objects.get(id=row.id)


def earlier_turn(row: Gateway, *, at_once: bool) -> None:
    """A new address was made, and somebody has put the earlier one back."""
    before = row.settings
    rotate(row, at_once=at_once)
    Gateway.objects.filter(id=row.id).update(settings=before)


def said(row: Gateway) -> str:
    return " ".join(show(Gateway.objects.get(id=row.id)).warnings)


def status_of(row: Gateway) -> int:
    """What a call of the address in the settings gets: 403 where it is right, since nothing is signed, else 404."""
    url = str(Gateway.objects.get(id=row.id).settings["callback_url"])
    return Client().post(url[url.index("/gateways/") :], {"MessageSid": "x"}).status_code


def test_only_a_kind_that_sends_the_address_along_names_its_setting() -> None:
    named = {kind: adapter.receipts_setting for kind, adapter in KINDS.items() if adapter.receipts_setting}
    assert named == {"twilio": "callback_url"}
    assert all(setting in {each.name for each in KINDS[kind].fields} for kind, setting in named.items())
    # Whoever adds such a field says so.
    assert {kind for kind in KINDS if any(each.name == "callback_url" for each in KINDS[kind].fields)} == set(named)


@pytest.mark.parametrize(
    ("turned", "fallbacks", "words", "status"),
    [
        (None, None, "", 403), ("later", None, FOR_NOW, 403), ("at once", None, NO_MORE, 404),
        (None, ["before"], FOR_NOW, 403), (None, [], NO_MORE, 404), ("later", ["before"], FOR_NOW, 403),
        ("at once", ["before"], NO_MORE, 404),
    ],
)  # fmt: skip
def test_a_setting_that_holds_an_earlier_address_is_warned_of(
    settings: Any, turned: str | None, fallbacks: list[str] | None, words: str, status: int
) -> None:
    row = twilio()
    if turned:
        earlier_turn(row, at_once=turned == "at once")
    if fallbacks is not None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if fallbacks else []
        settings.SECRET_KEY = "another-key-" * 5
        Gateway.objects.filter(id=row.id).update(secrets=encrypt({"auth_token": "hush"}))
    assert words in said(row)
    assert bool(said(row)) is bool(words)
    assert status_of(row) == status


@pytest.mark.parametrize("address", ["", ELSEWHERE])
def test_none_is_somebodys_decision_and_one_that_is_not_ours_is_warned_of(address: str) -> None:
    row = twilio(address)
    assert (NOT_OURS in said(row)) is bool(address)
    assert rotate(row).settings.get("callback_url", "") == address
    other = twilio(receipts_url(row), name="other")
    assert NOT_OURS in said(other)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_new_address_goes_out_with_the_next_message_and_the_gateway_stays_enabled(at_once: bool) -> None:
    before = twilio()
    after = rotate(before, at_once=at_once)
    assert after.settings == before.settings | {"callback_url": receipts_url(after)} != before.settings
    assert (after.enabled, after.checked_at, after.tested_at) == (True, before.checked_at, before.tested_at)
    assert after.version > before.version
    adapter: Any = way_to(after).adapter
    body = adapter.compose("Hi", expires_at=2e9)(1, 79110000001).body.decode()
    assert receipts_path(after).replace("/", "%2F") in body
    assert said(after) == ""
    assert status_of(after) == 403
    assert AuditEntry.objects.get(action="gateway.rotate").details["changed"] == ["settings"]


def test_after_a_change_of_the_key_a_new_address_mends_the_setting(settings: Any) -> None:
    row = twilio()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-" * 5, []
    Gateway.objects.filter(id=row.id).update(secrets=encrypt({"auth_token": "hush"}))
    assert NO_MORE in said(row)
    assert said(rotate(row)) == ""


def test_rest_the_command_line_doctor_and_the_console_say_it() -> None:
    row = twilio()
    earlier_turn(row, at_once=True)
    chief = person("anna", Role.ADMINISTRATOR)
    client = APIClient()
    client.force_authenticate(chief)
    assert any(NO_MORE in each for each in client.get("/gateways/tw").json()["warnings"])
    assert f"attention: tw: “callback_url” is an address for receipts that {NO_MORE}" in call("gateway", "list").stderr
    assert NO_MORE in call("gateway", "show", "tw").output
    assert any(NO_MORE in finding.words and finding.needs_a_hand for finding in findings_of_gateways())
    browser = browser_of(chief)
    page = browser.get("/console/gateways/tw").text
    assert NO_MORE in page
    assert "it goes out with each message" in page
    assert "at the provider" not in page.split('id="receipts-head"')[1].split("</dialog>")[0]
    changed = browser.post("/console/gateways/tw", {"do": "rotate"}, follow=True).text
    assert "It goes out with each message: there is nothing to enter." in changed
    assert NO_MORE not in changed
    answer = client.post("/gateways/tw/rotate-receipts", {}).json()
    assert answer["settings"]["callback_url"] == answer["receipts_url"]
    assert answer["warnings"] == []
    assert "callback_url is set to it" in call("gateway", "rotate-receipts", "tw", "--yes").output
