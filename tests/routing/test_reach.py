"""Whom messages reach while the simulator is the default gateway: by the gateways and rules, said everywhere."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as environment_of
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from harness.cast import browser_of, person
from harness.mailings import made_mailing
from tests.reports.days import until_now
from tests.test_environment import read
from vestnik.cli import demo, main
from vestnik.cli.doctor import _gateways as findings_of_gateways
from vestnik.cli.doctor import _settings as finding_of_settings
from vestnik.cluster.prepared import Prepared
from vestnik.db.connection import Connection
from vestnik.environment import OPEN_REGISTRATION
from vestnik.errors import ClusterError
from vestnik.gateways.adapters.kinds import KINDS, why_not_delivered
from vestnik.ledger.outside import Enabled, leads_outside
from vestnik.models import Gateway, Mailing, Role, Route, User
from vestnik.reports.contents import contents_of
from vestnik.reports.letter import write_letter
from vestnik.routing.reach import Extent, Reach, notice, reach, reach_by
from vestnik.routing.routes import RouteFields, create_route
from vestnik.simulator import PARTLY_TEST_GATEWAY, TEST_GATEWAY, TEST_RULES

NOBODY, SOME, EVERYBODY = Extent.NOBODY, Extent.SOME, Extent.EVERYBODY
GATEWAYS = [Enabled(1, "default", True), Enabled(2, "north", False), Enabled(3, "lab", True)]
#: Two gateways at providers that are enabled, one is not (4).
NOTHING, REST, NIGHT = (), ("rest",), ("“Night”",)


def rule(number: int, over: list[int], *, codes: list[int] | None = None, **more: Any) -> Route:
    return Route(
        id=number, name=more.pop("name", "Night"), gateways=over, weights=[1] * len(over), operator_codes=codes, **more
    )


@pytest.mark.parametrize(
    ("rules", "extent", "others", "undelivered", "partly"),
    [
        ([], NOBODY, True, (), ()),
        ([rule(1, [2])], EVERYBODY, False, (), ()),
        ([rule(1, [2], codes=[911])], SOME, True, (), ()),
        ([rule(1, [1])], NOBODY, False, NIGHT, ()),
        ([rule(1, [1, 2])], SOME, False, (), NIGHT),
        ([rule(1, [2], fallbacks=[1])], SOME, False, (), NIGHT),
        ([rule(1, [1], fallbacks=[2])], SOME, False, (), NIGHT),
        # What another rule takes first is not sent by it.
        ([rule(1, [1], name="All"), rule(2, [2])], NOBODY, False, ("“All”",), ()),
        ([rule(1, [2]), rule(2, [1])], EVERYBODY, False, (), ()),
        # All codes, by two rules.
        ([rule(1, [2], codes=list(range(500))), rule(2, [2], codes=list(range(500, 1000)))], EVERYBODY, False, (), ()),
        ([rule(1, [3], codes=[911]), rule(2, [2])], SOME, False, NIGHT, ()),
        # A disabled gateway gets nothing: those messages wait.
        ([rule(1, [4])], NOBODY, False, (), ()),
        # A mailing's own rule says nothing about others.
        ([rule(1, [2], mailing_id=7)], SOME, True, (), ()),
        ([rule(1, [1], mailing_id=7), rule(2, [2])], SOME, False, NIGHT, ()),
        ([rule(1, [2]), rule(2, [1], mailing_id=7)], EVERYBODY, False, (), ()),
    ],
)
def test_rules_and_gateways_say_whom_messages_reach(
    rules: list[Route], extent: Extent, others: bool, undelivered: tuple[str, ...], partly: tuple[str, ...]
) -> None:
    found = reach_by(rules, GATEWAYS)
    assert (found.extent, found.others, found.undelivered, found.partly) == (extent, others, undelivered, partly)
    assert found.over == (() if extent is NOBODY else ("north",))
    assert found.unused == (("north",) if extent is NOBODY else ())


def test_a_real_default_gateway_takes_what_no_rule_matches() -> None:
    real = [Enabled(1, "default", False), *GATEWAYS[1:]]
    assert reach_by([], real).extent is EVERYBODY
    assert reach_by([rule(1, [3])], real).extent is NOBODY


def test_the_sentence_names_what_is_delivered_and_what_is_not() -> None:
    found = Reach(extent=SOME, over=("north",), others=True, undelivered=("“A”", "“B”", "“C”", "“D”"), partly=("“E”",))
    assert notice(found) == (
        "TEST GATEWAY: only messages that a rule sends over “north” are delivered. Not delivered: messages that no rule"
        " matches; messages by these rules: “A”, “B”, “C” and 1 more; some of the messages by these rules: “E”"
    )
    assert notice(Reach(extent=NOBODY)) == "TEST GATEWAY: nothing is delivered"
    assert notice(Reach(extent=EVERYBODY)) == ""


@pytest.fixture
def simulated(db: None, settings: Any) -> str:
    """The simulator is the default gateway. Its address."""
    del db
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_is_simulator=True)
    return str(settings.ENVIRONMENT.gateway_url)


def added(name: str = "north", *, url: str = "https://gateway.example.org", enabled: bool = True) -> Gateway:
    return Gateway.objects.create(name=name, kind="probe", settings={"url": url}, enabled=enabled)


def sends_over(gateway: str, /, **fields: Any) -> Route:
    return create_route(fields=RouteFields(gateways=[(gateway, 1)], **fields), actor=None)


def nobody() -> None:
    """The simulator alone."""


def unused() -> None:
    added()


def some() -> None:
    added()
    sends_over("north", name="MTS", operator_codes=[911])


def everybody() -> None:
    added()
    sends_over("north")


@pytest.mark.usefixtures("simulated")
def test_only_enabled_gateways_and_rules_that_hold_count() -> None:
    gateway = added(enabled=False)
    made = sends_over("north")
    assert reach().extent is NOBODY
    Gateway.objects.filter(id=gateway.id).update(enabled=True)
    assert reach().extent is EVERYBODY
    Route.objects.filter(id=made.id).update(removed_at=timezone.now())
    assert reach().extent is NOBODY


@pytest.mark.usefixtures("simulated")
def test_the_rule_of_a_mailing_that_is_over_counts_no_more() -> None:
    added()
    mailing = made_mailing(state="running", starts_in=-60)
    sends_over("north", mailing=mailing.id)
    assert reach().extent is SOME
    Mailing.objects.filter(id=mailing.id).update(state="completed", frozen_at=timezone.now(), totals={})
    assert reach().extent is NOBODY


def test_the_simulator_that_was_added_as_a_gateway_is_known_by_its_address(simulated: str) -> None:
    added("lab", url=f"{simulated}/smsc")
    sends_over("lab")
    assert reach().extent is NOBODY
    added("other", url="http://127.0.0.1:10")
    sends_over("other", place=1, operator_codes=[911])
    assert reach().extent is SOME


@pytest.fixture
def real(db: None, settings: Any) -> None:
    """The environment names a gateway."""
    del db
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_is_simulator=False, gateway_token="x")


@pytest.mark.usefixtures("real")
def test_where_the_environment_names_a_gateway_one_small_statement_is_all_that_is_read() -> None:
    everybody()
    with CaptureQueriesContext(connection) as asked:
        assert reach().extent is EVERYBODY
    assert len(asked) == 1


# -- gateways in test mode


def in_test(kind: str = "smsru", **settings: Any) -> Gateway:
    given = settings or {"test": True}
    return Gateway.objects.create(name=f"{kind}-test", kind=kind, settings=given, enabled=True)


def nobody_in_test() -> None:
    in_test()
    sends_over("smsru-test")


def some_in_test() -> None:
    in_test()
    sends_over("smsru-test", name="MTS", operator_codes=[911])


TEST_MODES = {
    "smsru": ({"test": True}, {"test": False}),
    "twilio": ({"sender": "+15005550006"}, {"sender": "+15017122661"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_says_which_settings_keep_messages_from_people(kind: str) -> None:
    testing, real = TEST_MODES.get(kind, ({}, {}))
    assert bool(why_not_delivered(kind, testing)) is bool(testing)
    assert not why_not_delivered(kind, real)
    assert not why_not_delivered(kind, {})
    assert not why_not_delivered("of another release", {"test": True})


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize(("kind", "testing"), [(kind, testing) for kind, (testing, _) in TEST_MODES.items()])
def test_a_gateway_in_test_mode_reaches_as_few_as_the_simulator(kind: str, testing: dict[str, Any]) -> None:
    row = in_test(kind, **testing)
    sends_over(row.name)
    assert (reach().extent, reach().in_test) == (NOBODY, (row.name,))
    assert not leads_outside(environment_of.ENVIRONMENT)
    Gateway.objects.filter(id=row.id).update(settings=TEST_MODES[kind][1])
    assert (reach().extent, reach().in_test) == (EVERYBODY, ())
    assert leads_outside(environment_of.ENVIRONMENT)


@pytest.mark.usefixtures("real")
def test_a_rule_over_a_gateway_in_test_mode_keeps_its_messages_from_people() -> None:
    in_test()
    assert reach().extent is EVERYBODY  # no rule sends over it
    rule = sends_over("smsru-test", name="MTS", operator_codes=[911])
    found = reach()
    assert (found.extent, found.others, found.undelivered) == (SOME, False, ("“MTS”",))
    assert notice(found) == "TEST GATEWAY: not delivered: messages by these rules: “MTS”"
    Route.objects.filter(id=rule.id).update(operator_codes=None)
    assert reach().extent is NOBODY


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_gateway_in_test_mode_is_named_on_every_page_and_as_what_to_change(language: str) -> None:
    some_in_test()
    chief = person("anna", Role.ADMINISTRATOR)
    User.objects.filter(id=chief.id).update(language=language)
    said = banner(browser_of(chief).get("/console/clients").text)
    en = "TEST GATEWAY : not delivered: messages by these rules: “MTS”. These gateways are in test mode: “smsru-test”."
    ru = "ТЕСТОВЫЙ ШЛЮЗ : не доставляются: сообщения по правилам: “MTS”. Шлюзы в тестовом режиме: “smsru-test”."
    assert said == {"en": en, "ru": ru}[language]
    assert "partly test" in browser_of(person("olga", "operator")).get("/console/now").text
    assert APIClient().get("/health/ready").json()["gateway"] == TEST_RULES
    assert "TEST GATEWAY: not delivered" in finding_of_settings().words


@pytest.mark.usefixtures("real")
def test_the_gateway_itself_and_its_rules_say_that_it_is_in_test_mode() -> None:
    some_in_test()
    browser = APIClient()
    browser.force_authenticate(person("anna", Role.ADMINISTRATOR))
    assert any("in test mode" in each for each in browser.get("/gateways/smsru-test").json()["warnings"])
    (route,) = browser.get("/routes").json()["routes"]
    assert "“smsru-test” is in test mode: what goes over it is not delivered." in route["warnings"]
    assert any("in test mode" in finding.words and finding.needs_a_hand for finding in findings_of_gateways())
    page = browser_of(person("berta", Role.ADMINISTRATOR)).get("/console/gateways").text
    assert "in test mode: the provider accepts messages and delivers none" in page
    assert "test mode</span>" in page


@pytest.mark.usefixtures("simulated")
def test_two_small_statements_are_all_that_is_read() -> None:
    some()
    with CaptureQueriesContext(connection) as asked:
        reach()
    assert len(asked) == 2


# -- where it is said


def banner(page: str) -> str:
    """The text of the banner; empty: there is none."""
    found = re.findall(r'<div class="v-banner"[^>]*>.*?</span>(.*?)</div>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize(
    ("language", "setting", "said"),
    [
        ("en", nobody, "TEST GATEWAY : nothing is delivered."),
        ("en", unused, "TEST GATEWAY : nothing is delivered."),
        (
            "en", some,
            "TEST GATEWAY : only messages that a rule sends over “north” are delivered. Not delivered: messages that",
        ),
        ("ru", nobody, "ТЕСТОВЫЙ ШЛЮЗ : ничего не доставляется."),
        (
            "ru", some,
            "ТЕСТОВЫЙ ШЛЮЗ : доставляются только сообщения, которые правило отправляет через “north”. Не доставляются:",
        ),
        ("en", everybody, ""),
        ("ru", everybody, ""),
    ],
)  # fmt: skip
def test_the_banner_says_it(language: str, setting: Callable[[], None], said: str) -> None:
    setting()
    viewer = person("victor", "viewer")
    User.objects.filter(id=viewer.id).update(language=language)
    for path in ("/console/", "/console/clients", "/console/mailings"):
        page = banner(browser_of(viewer).get(path).text)
        assert page.startswith(said)
        assert bool(page) == bool(said)


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize(
    ("setting", "advice"),
    [
        (nobody, "To send real messages, add a gateway and a rule , or set GATEWAY_URL."),
        (unused, "The rules decide which messages go over a real gateway."),
        (some, "The rules decide which messages go over a real gateway."),
    ],
)
@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_are_advised_what_only_they_can_do(
    role: Role, setting: Callable[[], None], advice: str
) -> None:
    setting()
    page = browser_of(person("somebody", role)).get("/console/clients").text
    assert banner(page).endswith(
        advice if role == Role.ADMINISTRATOR else "Administrators connect gateways and write the rules."
    )
    assert ("GATEWAY_URL" in banner(page)) == (role == Role.ADMINISTRATOR and setting is nobody)


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize(
    ("setting", "extent", "tile", "ready"),
    [
        (nobody, NOBODY, "test", TEST_GATEWAY),
        (some, SOME, "partly test", PARTLY_TEST_GATEWAY),
        (everybody, EVERYBODY, "answers", "outside"),
    ],
)
def test_the_tile_and_readiness_say_it(setting: Callable[[], None], extent: Extent, tile: str, ready: str) -> None:
    setting()
    assert reach().extent is extent
    page = browser_of(person("olga", "operator")).get("/console/now").text
    assert re.findall(r"<dt>Gateway</dt>\s*<dd>([^<]*?)\s*</dd>", page) == [tile]
    assert APIClient().get("/health/ready").json()["gateway"] == ready


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (nobody, "all are right; TEST GATEWAY: nothing is delivered"),
        (some, "all are right; TEST GATEWAY: only messages that a rule sends over “north” are delivered."),
        (everybody, "all are right"),
    ],
)
def test_doctor_says_it(setting: Callable[[], None], said: str) -> None:
    setting()
    found = finding_of_settings().words
    assert found.startswith(said)
    assert ("TEST GATEWAY" in found) == ("TEST GATEWAY" in said)


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize(
    ("language", "setting", "subject", "line"),
    [
        ("en", nobody, "[TEST GATEWAY] ", "TEST GATEWAY: nothing is delivered."),
        ("ru", nobody, "[ТЕСТОВЫЙ ШЛЮЗ] ", "ТЕСТОВЫЙ ШЛЮЗ: ничего не доставляется."),
        (
            "en",
            some,
            "[PARTLY TEST GATEWAY] ",
            "TEST GATEWAY: only messages that a rule sends over “north” are delivered.",
        ),
        (
            "ru",
            some,
            "[ЧАСТИЧНО ТЕСТОВЫЙ ШЛЮЗ] ",
            "ТЕСТОВЫЙ ШЛЮЗ: доставляются только сообщения, которые правило отправляет",
        ),
        ("en", everybody, "Vestnik", ""),
        ("ru", everybody, "Вестник", ""),
    ],
)
def test_the_letter_and_its_subject_say_it(language: str, setting: Callable[[], None], subject: str, line: str) -> None:
    setting()
    letter = write_letter(contents_of(until_now()), language=language, csv=None)
    assert letter.subject.startswith(subject)
    for text in (letter.text, letter.html):
        assert line in text
        assert ("GATEWAY" in text or "ШЛЮЗ" in text) == bool(line)


# -- the start


def prepared(**env: str) -> Prepared:
    command = [sys.executable, "-m", "vestnik.cluster.prepare"]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=True)
    return Prepared.from_output(done.stdout)


def test_the_start_says_it_and_that_strangers_may_send_over_a_gateway_that_was_added(
    ledger: Connection, settings: Any
) -> None:
    del ledger
    opened = {"REGISTRATION": "open", "ADMIN_PASSWORD": "gerold-i-vestnik-17"}
    assert prepared(**opened)[1:] == ("", TEST_GATEWAY)
    some()
    found = prepared(**opened)
    assert found.attention == OPEN_REGISTRATION
    assert found.gateway.startswith("TEST GATEWAY: only messages that a rule sends over “north” are delivered.")
    settings.ENVIRONMENT = read(REGISTRATION="open", VESTNIK_SIMULATOR="1")
    assert main._strangers_may_send(settings.ENVIRONMENT)
    Gateway.objects.filter(name="north").update(enabled=False)
    assert prepared(**opened)[1:] == ("", TEST_GATEWAY)
    assert not main._strangers_may_send(settings.ENVIRONMENT)


@pytest.mark.parametrize("said", [PARTLY_TEST_GATEWAY, "outside"])
def test_the_demo_sends_nothing_where_a_rule_reaches_people(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    class Ready:
        def __init__(self, _url: str) -> None: ...

        def get(self, path: str) -> dict[str, str]:
            assert path == "/health/ready"
            return {"gateway": said}

    monkeypatch.setattr(demo, "Rest", Ready)
    with pytest.raises(ClusterError, match="A rule sends messages over a real gateway"):
        demo._refuse_real_gateways("http://127.0.0.1:9")
