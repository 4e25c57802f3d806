"""The vocabulary of decisions: closed, told in words, and fit for the log."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from vestnik.accounts.audit import ACTIONS, OBJECTS, record
from vestnik.console.decisions import THINGS, WORDS
from vestnik.logs import FIELDS

PACKAGE = Path(__file__).parents[2] / "vestnik"


def test_every_decision_and_every_thing_decided_about_has_words() -> None:
    assert set(WORDS) == ACTIONS
    assert set(THINGS) == OBJECTS


@pytest.mark.django_db
@pytest.mark.parametrize("thing", sorted(OBJECTS))
def test_a_decision_about_anything_reaches_the_log(
    thing: str, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    """The thing's name becomes a field of the line once the decision is committed; some names logging refuses."""
    caplog.set_level(logging.INFO, logger="vestnik.accounts.audit")
    with django_capture_on_commit_callbacks(execute=True):
        record(actor=None, action="mailing.pause", object_type=thing, object_id=7, details={})
    assert [getattr(line, thing) for line in caplog.records if line.getMessage() == "decided"] == [7]
    assert thing in FIELDS


@pytest.mark.parametrize(("action", "thing"), [("mailing.pose", "mailing"), ("mailing.pause", "message")])
def test_what_is_not_in_the_vocabulary_is_refused(action: str, thing: str) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        record(actor=None, action=action, object_type=thing, object_id=1, details={})


def test_decisions_that_statements_write_are_in_the_vocabulary() -> None:
    texts = [file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.sql")]
    written = [text for text in texts if "INTO vestnik_auditentry" in text]
    assert len(written) == 2
    for text in written:
        action, thing = re.findall(r"'([a-z_.]+)', '([a-z_]+)'", text)[0]
        assert action in ACTIONS
        assert thing in OBJECTS
