"""The vocabulary of decisions: closed, told in words, and found in the log by its object, once it holds."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.db import transaction
from django.utils.translation import override

from vestnik.accounts.audit import ACTIONS, DETAILS, OBJECTS, record
from vestnik.clients.directory import _COLUMNS
from vestnik.console import decisions
from vestnik.console.decisions import THINGS, WORDS, details_of
from vestnik.db.connection import Connection
from vestnik.gateways.outcome import Kind
from vestnik.logs import logging_config
from vestnik.mailings.fields import MailingFields, columns
from vestnik.models import AuditEntry, ImportMode, ImportState, OnError, Role

PACKAGE = Path(__file__).parents[2] / "vestnik"
NUMBER = 95_568_582_013_004
#: What the audit calls what was changed of a gateway, and of a rule.
COLUMNS_OF_A_GATEWAY = {"settings", "secrets", "concurrency", "max_rate", "timeout", "idempotent", "receipts_from"}
COLUMNS_OF_A_WEBHOOK = {"url", "event_types", "description"}
PARTS_OF_A_RULE = {"name", "operator_codes", "mailing", "gateways", "fallbacks"}


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the audit's logger writes, as an operator reads it."""
    options = logging_config("console")["formatters"]["line"]
    formatter = options.pop("()")(**options)
    stream, logger = StringIO(), logging.getLogger("vestnik.accounts.audit")
    handler, before = logging.StreamHandler(stream), logger.level
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def columns_of_a_mailing() -> dict[str, object]:
    at = datetime.now(UTC)
    fields = MailingFields(
        name="", message_text="x", filter_tags=None, filter_codes=None, start_time=at, end_time=at, send_window=None
    )
    return columns(fields)


def test_every_decision_and_every_thing_decided_about_has_words() -> None:
    assert set(WORDS) == ACTIONS
    assert set(THINGS) == OBJECTS


def test_every_detail_of_a_decision_has_words_and_so_has_every_code_in_it() -> None:
    assert set(decisions.DETAILS) == DETAILS
    assert {name: set(codes) for name, codes in decisions.CODES.items()} == {
        "by": {"openid_connect"},
        "changed": {
            "own_phone",
            "username",
            *_COLUMNS,
            *columns_of_a_mailing(),
            *COLUMNS_OF_A_GATEWAY,
            *PARTS_OF_A_RULE,
            *COLUMNS_OF_A_WEBHOOK,
            # Beside its name, which others have, too.
            *("conditions", "exclude"),
        },
        "email": {"changed"},
        "mode": set(ImportMode),
        "on_error": set(OnError),
        "outcome": {kind.value for kind in Kind},
        "role": set(Role),
        "state": {ImportState.DONE, ImportState.FAILED},
        "stop_list": {"absent", "kept", "removed"},
    }


def test_a_reader_sees_no_code_but_words_in_their_language() -> None:
    entry = AuditEntry(
        action="client.import",
        details={
            "state": "done", "mode": "upsert", "rows": 3, "recalled": {"cancelled": 2, "sending": 1},
            "changed": ["tag", "end_time"], "is_active": False, "reason": "asked by phone",
        },
    )  # fmt: skip
    shown = {"en": "result: imported", "ru": "итог: импортировано"}
    for language, first in shown.items():
        with override(language):
            lines = [f"{name}: {value}" for name, value in details_of(entry)]
        assert lines[0] == first
        assert lines[-1].endswith(": asked by phone")
    assert lines[1:-1] == [
        "клиенты: новые и существующие", "строк: 3", "отозвано: отменено 2, отправляется 1", "что: тег, конец",
        "может входить: нет",
    ]  # fmt: skip


@pytest.mark.parametrize("thing", sorted(OBJECTS))
def test_a_decision_about_anything_has_a_line_with_its_object_as_a_field(
    ledger: Connection, lines: StringIO, thing: str
) -> None:
    del ledger
    with transaction.atomic():
        record(actor=None, action="mailing.pause", object_type=thing, object_id=NUMBER, details={"reason": "hidden"})
        assert lines.getvalue() == "", "it does not hold yet"
    (line,) = lines.getvalue().splitlines()
    assert "decided" in line
    assert f" {thing}={NUMBER}" in line
    assert "action=mailing.pause" in line
    assert "hidden" not in line


def test_what_is_rolled_back_was_never_decided(ledger: Connection, lines: StringIO) -> None:
    del ledger

    def decide() -> None:
        with transaction.atomic():
            record(actor=None, action="mailing.pause", object_type="mailing", object_id=NUMBER, details={})
            raise LookupError

    with pytest.raises(LookupError):
        decide()
    assert (lines.getvalue(), AuditEntry.objects.count()) == ("", 0)


@pytest.mark.parametrize(
    ("action", "thing", "beside"),
    [
        ("mailing.pose", "mailing", {}),
        ("mailing.pause", "trial", {}),
        ("mailing.pause", "mailing", {"why": "x"}),
        ("mailing.pause", "mailing", {"recalled": {"lost": 1}}),
    ],
)
def test_what_is_not_in_the_vocabulary_is_refused(action: str, thing: str, beside: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        record(actor=None, action=action, object_type=thing, object_id=1, details=beside)


def test_decisions_that_statements_write_are_in_the_vocabulary() -> None:
    """But for the one that is given its words: Python checks them."""
    files = [file for file in PACKAGE.rglob("*.sql") if file.stem != "create_on_record"]
    texts = [file.read_text(encoding="utf-8") for file in files]
    written = [text for text in texts if "INTO vestnik_auditentry" in text]
    assert len(written) == 3
    for text in written:
        action, thing = re.findall(r"'([a-z_.]+)', '([a-z_]+)'", text)[0]
        assert action in ACTIONS
        assert thing in OBJECTS
        beside = set(re.findall(r"'(\w+)', (?=[a-z%])", text.partition("jsonb_build_object(")[2]))
        assert beside
        assert beside <= DETAILS
