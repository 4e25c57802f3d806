"""The vocabulary of decisions: closed, told in words, and found in the log by its object, once it holds."""

import logging
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.db import transaction

from vestnik.accounts.audit import ACTIONS, OBJECTS, record
from vestnik.console.decisions import THINGS, WORDS
from vestnik.logs import logging_config
from vestnik.models import AuditEntry
from vestnik.models.connection import Connection

PACKAGE = Path(__file__).parents[2] / "vestnik"
NUMBER = 95_568_582_013_004


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


def test_every_decision_and_every_thing_decided_about_has_words() -> None:
    assert set(WORDS) == ACTIONS
    assert set(THINGS) == OBJECTS


@pytest.mark.parametrize("thing", sorted(OBJECTS))
def test_a_decision_about_anything_has_a_line_with_its_object_as_a_field(
    ledger: Connection, lines: StringIO, thing: str
) -> None:
    del ledger
    with transaction.atomic():
        record(actor=None, action="mailing.pause", object_type=thing, object_id=NUMBER, details={"why": "hidden"})
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


@pytest.mark.parametrize(("action", "thing"), [("mailing.pose", "mailing"), ("mailing.pause", "trial")])
def test_what_is_not_in_the_vocabulary_is_refused(action: str, thing: str) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        record(actor=None, action=action, object_type=thing, object_id=1, details={})


def test_decisions_that_statements_write_are_in_the_vocabulary() -> None:
    """But for the one that is given its words: Python checks them."""
    files = [file for file in PACKAGE.rglob("*.sql") if file.stem != "create_on_record"]
    texts = [file.read_text(encoding="utf-8") for file in files]
    written = [text for text in texts if "INTO vestnik_auditentry" in text]
    assert len(written) == 2
    for text in written:
        action, thing = re.findall(r"'([a-z_.]+)', '([a-z_]+)'", text)[0]
        assert action in ACTIONS
        assert thing in OBJECTS
