"""Registration is closed once a real gateway is set, the first account aside; opened by hand it needs attention."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import PASSWORD, browser_of, person
from tests.test_environment import read
from vestnik.accounts.registration import strangers_may_send
from vestnik.cli.doctor import CLOSE_REGISTRATION
from vestnik.cli.doctor import _settings as finding_of_settings
from vestnik.environment import OPEN_REGISTRATION
from vestnik.models import Gateway, User

pytestmark = pytest.mark.django_db
REAL = {"GATEWAY_URL": "https://gateway.example.org", "GATEWAY_TOKEN": "t"}


def register(name: str) -> int:
    new = {"username": name, "email": "", "password1": PASSWORD, "password2": PASSWORD}
    return int(APIClient().post("/auth/registration/", new, format="json").status_code)


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        ({}, [201, 403, 403]),
        ({"REGISTRATION": "closed"}, [403, 403, 403]),
        ({"REGISTRATION": "open"}, [201, 201, 201]),
    ],
)
def test_with_a_real_gateway_the_first_alone_registers(said: dict[str, str], answers: list[int], settings: Any) -> None:
    settings.ENVIRONMENT = read(**REAL, **said)
    assert [register(name) for name in ("anna", "boris", "vera")] == answers


@pytest.mark.parametrize(
    ("said", "answers"),
    [({}, [201, 403]), ({"REGISTRATION": "closed"}, [403, 403]), ({"REGISTRATION": "open"}, [201, 201])],
)
def test_a_gateway_that_is_enabled_in_the_console_closes_registration_as_well(
    said: dict[str, str], answers: list[int], settings: Any
) -> None:
    settings.ENVIRONMENT = read(**said, VESTNIK_SIMULATOR="1")
    provider = Gateway.objects.create(name="provider", kind="http", settings={}, enabled=False)
    if not said:
        assert register("earlier") == 201  # nothing reaches a person yet
        User.objects.all().delete()
    Gateway.objects.filter(id=provider.id).update(enabled=True)
    assert [register(name) for name in ("anna", "boris")] == answers
    is_open = said.get("REGISTRATION") == "open"
    assert (finding_of_settings().words == OPEN_REGISTRATION) == is_open
    page = browser_of(person("vera", "administrator")).get("/console/").text
    assert ("Anyone who can open this page can register" in page) == is_open
    Gateway.objects.filter(id=provider.id).update(enabled=False)
    assert finding_of_settings().words != OPEN_REGISTRATION


@pytest.mark.parametrize(("said", "complains"), [({}, False), ({"REGISTRATION": "open"}, True)])
def test_the_doctor_and_the_console_say_that_strangers_may_send(
    said: dict[str, str], complains: bool, settings: Any
) -> None:
    settings.ENVIRONMENT = read(**REAL, **said)
    found = finding_of_settings()
    assert ((found.words, found.advice) == (OPEN_REGISTRATION, CLOSE_REGISTRATION)) == complains
    assert strangers_may_send() == complains
    page = browser_of(person("anna", "administrator")).get("/console/").text
    assert ("Anyone who can open this page can register" in page) == complains
