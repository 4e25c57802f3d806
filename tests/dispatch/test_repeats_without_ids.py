"""A gateway that was marked as idempotent before that was checked, and never gets our id, repeats nothing."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from harness.cast import as_user, browser_of, person
from harness.gateways import add_gateway, add_route
from harness.stepping import Stepped, begin, states
from tests.cluster.test_operator_commands import call
from vestnik.cli.doctor import examine
from vestnik.db.connection import Connection
from vestnik.models import Gateway, MessageState
from vestnik.upkeep.sweep import recover_lapsed
from vestnik.workers.gateway_settings import settings_of

URL = "http://127.0.0.1:9/send"
BLIND = {"url": URL, "body": '{"to": "{{phone}}", "text": "{{text}}"}'}
SEES = {"url": URL, "body": '{"to": "{{phone}}", "text": "{{text}}", "n": "{{id}}"}'}
WARNING = "never gets the message's ID"


def stored(ledger: Connection, settings: dict[str, Any], **more: Any) -> Gateway:
    """A gateway as an earlier release wrote it."""
    row = add_gateway(ledger, "old", kind="http", settings=Jsonb(settings), secrets="", idempotent=True, **more)
    return Gateway.objects.get(id=row)


@pytest.mark.parametrize(("settings", "repeats"), [(BLIND, False), (SEES, True)])
def test_what_is_in_doubt_at_it_is_unknown_and_is_not_sent_again(
    ledger: Connection, settings: dict[str, Any], repeats: bool
) -> None:
    gateway = stored(ledger, settings)
    found = settings_of(gateway, "here")
    assert found.idempotent is repeats, "its dispatcher"

    add_route(ledger, [gateway.id])
    begin(ledger, 2)
    dies = Stepped(concurrency=2, over=gateway.id, idempotent=found.idempotent)
    dies.step(6)
    assert len(dies.gateway.pending) == 2
    dies.crash()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 second' WHERE state = 'leased'")
    recover_lapsed(ledger, idempotent=True, stopped=lambda: False)
    state = MessageState.QUEUED if repeats else MessageState.UNKNOWN
    assert {number for number, _code in states(ledger).values()} == {int(state)}, "who takes its lease over"


@pytest.mark.parametrize(("stored_settings", "warned"), [(BLIND, True), (SEES, False)])
def test_the_doctor_and_every_list_say_so(
    ledger: Connection, stored_settings: dict[str, Any], warned: bool, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    stored(ledger, stored_settings)
    findings = [each for each in examine(repair=False, everything=False) if each.words.startswith("old: working")]
    assert [(WARNING in each.words, each.needs_a_hand) for each in findings] == [(warned, warned)]
    anna = person("anna", "administrator")
    shown = as_user(anna).get("/gateways/old").json()
    assert (shown["idempotent"], any(WARNING in each for each in shown["warnings"])) == (not warned, warned)
    for page in ("/console/gateways", "/console/gateways/old"):
        assert ("never gets the message" in browser_of(anna).get(page).text) is warned, page
    assert (WARNING in call("gateway", "list").stderr) is warned
    # Somebody takes the mark away: nobody is warned any more.
    if warned:
        assert as_user(anna).patch("/gateways/old", {"idempotent": False}).status_code == 200
        assert as_user(anna).get("/gateways/old").json()["warnings"] == []
