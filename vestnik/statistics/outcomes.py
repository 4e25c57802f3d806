"""The outcomes of a mailing's messages, by code: counted batch by batch, each once, in limited steps."""

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection

from vestnik.db.statements import Statements
from vestnik.models import NO_SUCCESS, MessageState

SQL = Statements("vestnik.statistics")
#: Batches that are counted in one statement (some 20 ms), and seconds after which no other statement is begun.
BATCHES_AT_ONCE, PATIENCE = 50, 0.1
#: Codes that are shown, the most frequent first.
MAX_CODES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """The number of messages that ended in ``state`` with ``code``; ``words``: the text for one of them."""

    state: str
    code: str
    count: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The outcomes that are no success. ``whole``: all batches are counted; else ask again for more."""

    counts: list[OutcomeCount]
    whole: bool


def outcomes_of(mailing_id: int) -> Outcomes:
    """Count what has changed since somebody last asked, for a tenth of a second at most; return what is counted."""
    whole = _count(mailing_id)
    counts = [_outcome(*row) for row in SQL.run(connection, "outcomes_by_code", mailing=mailing_id, most=MAX_CODES)]
    return Outcomes(counts=counts, whole=whole)


def forget_outcomes() -> None:
    """Delete the counts of batches that were deleted."""
    SQL.change(connection, "forget_outcomes")


def _count(mailing_id: int) -> bool:
    """Count stale batches. False: there may be more."""
    values: dict[str, Any] = {
        "mailing": mailing_id,
        "states": [int(state) for state in NO_SUCCESS],
        "most": BATCHES_AT_ONCE,
    }
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        ((counted,),) = SQL.run(connection, "count_outcomes", **values)
        if counted < BATCHES_AT_ONCE:
            return True
    return False


def _outcome(state: int, code: str, count: int, words: str | None) -> OutcomeCount:
    return OutcomeCount(state=str(MessageState(state).label), code=code, count=count, words=words or "")
