"""Compares the totals of every mailing with its messages once, soon after it ended, in the background."""

from collections.abc import Callable

from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.db.statements import Statements
from vestnik.ledger.check import check_totals
from vestnik.models import TotalsCheck

SQL = Statements("vestnik.upkeep")
#: Mailings that are looked at in one round, and messages after which a round begins no other (some seconds of reading).
MAX_MAILINGS, MAX_MESSAGES = 500, 5_000_000


def check_finished(ledger: Connection, *, stopped: Callable[[], bool]) -> int:
    """Check mailings that ended and were not checked since. Return how many differ."""
    differ, messages = 0, 0
    for mailing, size in SQL.run(ledger, "unchecked_mailings", most=MAX_MAILINGS):
        if stopped() or messages >= MAX_MESSAGES:
            break
        began = database_now(ledger)
        found = len(check_totals(ledger, [mailing]))
        SQL.run(ledger, "note_check", mailing=mailing, began=began, differences=found)
        messages, differ = messages + size, differ + (found > 0)
    return differ


def check_of(mailing_id: int) -> TotalsCheck | None:
    """The result of the last check of a mailing; None if it was not checked yet."""
    return TotalsCheck.objects.filter(mailing_id=mailing_id).first()
