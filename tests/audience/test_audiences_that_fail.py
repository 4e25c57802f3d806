"""A mailing whose audience cannot be built stands alone: the others are built, and somebody is told."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.utils import translation

from harness.rows import add_clients, add_mailing, assert_totals_are_rows, is_over
from harness.stepping import Stepped, tick
from vestnik.audience import build
from vestnik.audience.build import build_audiences
from vestnik.db.connection import open_connection
from vestnik.errors import StateForbids
from vestnik.ledger.check import check_totals
from vestnik.mailings.actions import cancel, pause, resume
from vestnik.mailings.edit import edit_mailing
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.pauses import held_back_mailings, why_held_back
from vestnik.models import Mailing, PauseCode

CLIENTS = 3
#: As a web process of an earlier release saves it, which knows no placeholders and checks none.
WRONG = "Hello {{tag|"


def personal(ledger: Any, text: str, **columns: Any) -> int:
    return add_mailing(ledger, message_text=text, personal=True, on_missing="default", locale="en", **columns)


def made(ledger: Any) -> dict[int, int]:
    """Messages by mailing."""
    return dict(ledger.execute("SELECT mailing_id, count(*) FROM vestnik_message GROUP BY 1").fetchall())


def with_text(text: str) -> Any:
    def change(before: MailingFields) -> MailingFields:
        return replace(before, message_text=text)

    return change


def test_a_text_that_cannot_be_read_pauses_its_mailing_alone(ledger: Any) -> None:
    add_clients(ledger, CLIENTS)
    wrong, plain, right = personal(ledger, WRONG), add_mailing(ledger), personal(ledger, "Hello {{tag|you}}")
    tick(ledger)
    assert made(ledger) == {plain: CLIENTS, right: CLIENTS}

    (held,) = held_back_mailings()
    assert (held.id, held.state, held.pause_code) == (wrong, "paused", PauseCode.WRONG_TEXT)
    assert "line 1, column 7" in held.pause_detail.lower()
    for language in ("en", "ru"):
        with translation.override(language):
            words = why_held_back(held)
        assert held.pause_detail in words
    assert "не читается" in words, "the Russian words were not found"

    # It waits, quietly, until somebody acts; resumed as it is, it is paused again.
    version = held.version
    tick(ledger)
    assert Mailing.objects.get(id=wrong).version == version
    resume(mailing_id=wrong, actor=None)
    tick(ledger)
    assert Mailing.objects.get(id=wrong).pause_code == PauseCode.WRONG_TEXT

    edit_mailing(mailing_id=wrong, change=with_text("Hello {{tag|you}}"), actor=None)
    resume(mailing_id=wrong, actor=None)
    tick(ledger)
    stepped = Stepped(concurrency=3 * CLIENTS)
    stepped.until_empty()
    stepped.dispatcher.close()
    assert made(ledger) == dict.fromkeys((wrong, plain, right), CLIENTS)
    assert is_over(ledger, wrong)
    for mailing in (wrong, plain, right):
        assert_totals_are_rows(ledger, mailing)
    assert check_totals(ledger) == []


def test_a_text_can_be_mended_only_while_it_is_the_reason_and_nothing_is_made_of_it(ledger: Any) -> None:
    add_clients(ledger, CLIENTS)
    wrong, wanted = personal(ledger, WRONG), personal(ledger, "Hello {{tag|you}}")
    tick(ledger)
    pause(mailing_id=wanted, actor=None)
    with pytest.raises(StateForbids):
        edit_mailing(mailing_id=wanted, change=with_text("Another"), actor=None)
    with pytest.raises(StateForbids):
        edit_mailing(mailing_id=wrong, change=lambda before: replace(before, name="another"), actor=None)
    some_made = "UPDATE vestnik_mailing SET audience_cursor = 1 FROM ({}) said WHERE id = %s"
    ledger.execute(some_made.format("SELECT set_config('vestnik.freezes_values', 'yes', true)"), [wrong])
    assert Mailing.objects.get(id=wrong).audience_cursor == 1
    with pytest.raises(StateForbids):
        edit_mailing(mailing_id=wrong, change=with_text("Another"), actor=None)


def test_it_can_be_cancelled_and_past_its_end_it_is_settled(ledger: Any) -> None:
    add_clients(ledger, CLIENTS)
    cancelled, ended = personal(ledger, WRONG), personal(ledger, WRONG)
    tick(ledger)
    cancel(mailing_id=cancelled, actor=None)
    ledger.execute("UPDATE vestnik_mailing SET end_time = now() WHERE id = %s", [ended])
    tick(ledger)
    tick(ledger)
    assert is_over(ledger, cancelled)
    assert is_over(ledger, ended)
    assert made(ledger) == {}


def test_whatever_else_is_wrong_with_one_mailing_the_others_go_on_and_it_is_tried_again(
    ledger: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    add_clients(ledger, CLIENTS)
    broken, plain = add_mailing(ledger), add_mailing(ledger)
    rules_of, tries = build.rules_of, []

    def fails(connection: Any, mailing: int) -> Any:
        if mailing == broken:
            tries.append(mailing)
            # The transaction is broken, too, as it is after an error of the database.
            connection.execute("SELECT 1 / 0")
        return rules_of(connection, mailing)

    monkeypatch.setattr(build, "rules_of", fails)
    tick(ledger)
    assert made(ledger) == {plain: CLIENTS}
    assert tries == [broken] * len(tries)
    told = [record for record in caplog.records if getattr(record, "mailing", None) == broken and record.exc_info]
    assert len(told) == len(tries)

    monkeypatch.setattr(build, "rules_of", rules_of)
    tick(ledger)
    assert made(ledger) == dict.fromkeys((broken, plain), CLIENTS)


def test_a_ledger_that_is_away_is_no_fault_of_a_mailing(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that builds has to connect again."""
    add_clients(ledger, CLIENTS)
    mailing = add_mailing(ledger)
    ledger.execute("UPDATE vestnik_mailing SET state = 'running', audience_limit = 1000 WHERE id = %s", [mailing])

    def fails(connection: Any, _mailing: int) -> Any:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(build, "rules_of", fails)
    with open_connection("test") as connection, pytest.raises(psycopg.OperationalError):
        build_audiences(connection, stopped=lambda: False)
