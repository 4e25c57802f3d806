"""Single messages whose gateways are all out are named wherever somebody looks; others of the same day go on."""

import time
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user, person
from harness.gateways import add_gateway, add_route, change_gateway
from harness.stepping import Stepped, tick
from vestnik.audience.direct import SingleMessage, accept
from vestnik.cli.doctor import examine
from vestnik.console.waiting import Waiting, waiting_things
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.dispatch.gateway_row import take_out
from vestnik.health.gauges import LedgerGauges
from vestnik.models import Role
from vestnik.statistics.stuck_singles import stuck_singles

OF_SECOND, OF_ANYBODY = 79_220_000_000, 79_330_000_000


def send(*phones: int, hours: float = 1) -> list[int]:
    now = database_now()
    end = now + timedelta(hours=hours)
    messages = [SingleMessage(phone=phone, text="Your code is 4711.", end=end) for phone in phones]
    return [each.id for each in accept(messages, now=now, refuse_stopped=False)]


def said(rest: APIClient, message: int) -> tuple[Any, ...]:
    found = rest.get(f"/messages/{message}").json()
    return found["state"], found["code"], found["detail"]


def on_the_overview(role: Role = Role.ADMINISTRATOR) -> list[Waiting]:
    things = waiting_things(undecided={}, live={}, role=role)
    return [each for each in things if "single message" in each.words]


def by_the_doctor() -> list[str]:
    return [each.words for each in examine(repair=False, everything=False) if each.about == "messages"]


def measured() -> float:
    gauges = {metric.name: metric for metric in LedgerGauges().collect()}
    return gauges["vestnik_single_messages_stuck"].samples[0].value


@pytest.fixture
def viewer(ledger: Connection, settings: Any) -> APIClient:
    """Somebody who may only read, over REST."""
    del ledger
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return as_user(person("vera", "viewer"))


@pytest.fixture
def second(ledger: Connection) -> int:
    """A gateway that alone takes the numbers of one operator; all others go over ``default``, or over it."""
    gateway = add_gateway(ledger, "second")
    add_route(ledger, [gateway], operator_codes=[922])
    add_route(ledger, [1], fallbacks=[gateway])
    return gateway


def test_they_are_named_everywhere_while_their_only_gateway_is_out(
    ledger: Connection, second: int, viewer: APIClient
) -> None:
    late, soon = *send(OF_SECOND, hours=2), *send(OF_SECOND + 1)
    other = send(OF_ANYBODY)[0]
    assert said(viewer, late) == ("queued", None, None)
    assert (on_the_overview(), by_the_doctor(), measured()) == ([], [], 0)

    assert take_out(ledger, second, "http_401", "no such key", handed_over=time.time())
    tick(ledger)
    waits = ("queued", "no_gateway", "no gateway takes it: second is suspended (http_401: no such key)")
    assert [said(viewer, each) for each in (late, soon)] == [waits, waits]
    assert said(viewer, other) == ("queued", None, None)
    (thing,) = on_the_overview()
    assert thing.words == "2 single messages wait: their gateway “second” is suspended (http_401: no such key)."
    assert (thing.grave, thing.url) == (True, "/console/gateways/second")
    # A viewer, who may not see gateways, is told as well.
    (for_viewer,) = on_the_overview(Role.VIEWER)
    assert (for_viewer.words, "gateways" in for_viewer.url) == (thing.words, False)
    (finding,) = by_the_doctor()
    assert finding.startswith("single messages that no gateway takes: 2, the first until ")
    assert finding.endswith("; second is suspended (http_401: no such key)")
    assert measured() == 2

    # The mailing of the day goes on: the others are sent.
    stepped = Stepped()
    stepped.until_empty()
    assert stepped.gateway.phones == [OF_ANYBODY]
    stepped.dispatcher.close()

    ledger.execute("UPDATE vestnik_gatewaystate SET out_at = NULL, out_code = '', out_words = ''")
    assert said(viewer, late) == ("queued", None, None)
    assert (on_the_overview(), by_the_doctor(), measured()) == ([], [], 0)


def test_they_are_not_named_where_another_gateway_takes_over_or_the_only_one_is_down(
    ledger: Connection, second: int, viewer: APIClient
) -> None:
    """One that is down comes back by itself; one that is not in use takes nothing over."""
    third = add_gateway(ledger, "third")
    ledger.execute("UPDATE vestnik_route SET fallbacks = %s WHERE operator_codes IS NOT NULL", [[third]])
    (message,) = send(OF_SECOND)
    assert take_out(ledger, second, "http_401", "no", handed_over=time.time())
    ledger.execute("UPDATE vestnik_gatewaystate SET breaker = 'open' WHERE id = %s", [third])
    assert (stuck_singles(), said(viewer, message)) == ([], ("queued", None, None))
    change_gateway(ledger, third, enabled=False)
    assert [each.messages for each in stuck_singles()] == [1]
    assert said(viewer, message)[1] == "no_gateway"


def test_one_whose_mailing_is_paused_says_so(ledger: Connection, viewer: APIClient) -> None:
    """With one gateway only, a refusal pauses the day's mailing, and the overview names that."""
    (message,) = send(OF_SECOND)
    ledger.execute("UPDATE vestnik_mailing SET state = 'paused', pause_code = 'refused', pause_answer = 'http_401'")
    state, code, detail = said(viewer, message)
    assert (state, code) == ("queued", "paused")
    assert detail.startswith("sending is paused: the gateway refused our token (http_401)")
