"""The messages of a mailing that wait to be tried again, and why."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from vestnik.db.statements import Statements
from vestnik.ledger.fragments import LOGGED_AT, MESSAGE_NUMBERS

SQL = Statements("vestnik.statistics", logged_at=LOGGED_AT, **MESSAGE_NUMBERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """``count`` messages wait to be tried again, the first at ``next_at``; ``code``, ``detail``: the answer to one."""

    count: int
    next_at: datetime
    code: str | None
    detail: str | None


def retries_of(mailing_id: int) -> Retries | None:
    """The messages that came back to be tried again; None: there are none just now.

    They are counted by the batches that came back: of one that was paused meanwhile, messages that were never tried are
    counted with them.
    """
    for count, next_at, code, detail in SQL.run(connection, "retried", mailing=mailing_id):
        return Retries(count=count, next_at=next_at, code=code, detail=detail)
    return None
