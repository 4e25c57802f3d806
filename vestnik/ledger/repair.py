"""Corrects counters that differ from their rows: the rows are right. In Django's transaction."""

from typing import NamedTuple

from django.db import connection

from vestnik.ledger.bound import recount as by_gateway
from vestnik.ledger.endings import freeze
from vestnik.ledger.fragments import SQL
from vestnik.models import MESSAGE_STATES

#: Batches that are counted by gateway in one statement.
_BATCHES = 1_000


class Adopted(NamedTuple):
    """Messages that belonged to no batch, how many of them were queued, and the batches they are in now."""

    messages: int
    unknown: int
    batches: int


def lock(*, mailing: int) -> None:
    """Lock all batches of a mailing, then the mailing, as everybody locks. Call it before all else here."""
    SQL.run(connection, "lock_counters", mailing=mailing)


def unfold(*, mailing: int) -> int:
    """Write the log into the rows, for the batches where it differs from them or that are gone. Returns batches."""
    batches = [row[0] for row in SQL.run(connection, "log_differs", mailing=mailing)]
    if batches:
        SQL.run(connection, "unfold_log", mailing=mailing, batches=batches)
    return len(batches)


def adopt_orphans(*, mailing: int) -> Adopted:
    """Give messages that belong to no batch one; what was queued of them becomes unknown."""
    (row,) = SQL.run(connection, "adopt_orphans", mailing=mailing)
    return Adopted(*row)


def recount(*, mailing: int, adopted: bool) -> int:
    """Write into the counters what the rows say, where they differ. Returns batches.

    ``adopted``: :func:`adopt_orphans` made batches, so holders of leases have to read again.
    """
    changed = len(SQL.run(connection, "recount", mailing=mailing, adopted=adopted))
    batches = [row[0] for row in SQL.run(connection, "batches_of", mailing=mailing)]
    for first in range(0, len(batches), _BATCHES):
        by_gateway(connection, batches[first : first + _BATCHES], mailing=mailing)
    return changed


def refreeze(*, mailing: int) -> bool:
    """Sum frozen totals again if they differ from the counters; if messages are queued again, the mailing continues.

    Returns whether they differed.
    """
    if not SQL.run(connection, "totals_differ", mailing=mailing, words=list(MESSAGE_STATES)):
        return False
    SQL.run(connection, "thaw", mailing=mailing)
    freeze(connection, mailing=mailing)
    return True
