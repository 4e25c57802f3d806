"""A setting that the kind does not have is refused with every value: a mistyped one is not forgotten in silence."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user
from tests.api.test_gateway_secrets_forgotten import WHOLE, stored
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import Gateway

#: Names that no kind has; the last is a gateway's own number, which is no setting.
UNKNOWN = ("tokne", "Token", " token", "max_rate")
#: What may be said of a setting.
SAID: dict[str, Any] = {"null": None, "empty": "", "text": "x", "false": False, "list": []}


@pytest.fixture
def admin(person: Callable[..., Any]) -> APIClient:
    return as_user(person("anna", "administrator"))


def made(admin: APIClient, kind: str) -> tuple[dict[str, Any], dict[str, str]]:
    answer = admin.post("/gateways", {"name": "reserve", "kind": kind, "settings": WHOLE[kind]})
    assert answer.status_code == 201, answer.json()
    return Gateway.objects.get(name="reserve").settings, stored()


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_setting_is_refused_whatever_its_value_and_changes_nothing(admin: APIClient, kind: str) -> None:
    before = made(admin, kind)
    for name in UNKNOWN:
        for word, value in SAID.items():
            answer = admin.patch("/gateways/reserve", {"settings": {name: value}})
            assert (answer.status_code, list(answer.json())) == (400, [f"settings.{name}"]), (name, word)
            (said,) = answer.json()[f"settings.{name}"]
            assert f"“{name}”" in said
            assert all(field.name in said for field in KINDS[kind].all_fields()), said
    assert (Gateway.objects.get(name="reserve").settings, stored()) == before


@pytest.mark.parametrize("word", SAID)
def test_a_new_gateway_is_refused_for_an_unknown_setting_as_well(admin: APIClient, word: str) -> None:
    settings = {**WHOLE["probe"], "tokne": SAID[word]}
    answer = admin.post("/gateways", {"name": "reserve", "kind": "probe", "settings": settings})
    assert (answer.status_code, list(answer.json())) == (400, ["settings.tokne"])


def test_a_mistyped_name_beside_a_right_one_forgets_neither(admin: APIClient) -> None:
    before = made(admin, "probe")
    assert admin.patch("/gateways/reserve", {"settings": {"token": None, "proxi": None}}).status_code == 400
    assert (Gateway.objects.get(name="reserve").settings, stored()) == before


def test_a_setting_that_an_earlier_release_has_stored_can_be_taken_out(admin: APIClient) -> None:
    made(admin, "probe")
    row = Gateway.objects.get(name="reserve")
    Gateway.objects.update(settings={**row.settings, "colour": "red"})
    assert list(admin.patch("/gateways/reserve", {"settings": {"token": ""}}).json()) == ["settings.colour"]
    assert admin.patch("/gateways/reserve", {"settings": {"colour": None}}).status_code == 200
    assert Gateway.objects.get(name="reserve").settings == row.settings
