"""Corrects counters that differ from their rows: the rows are right. In Django's transaction."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from vestnik.db.connection import HasCursor
from vestnik.ledger.endings import freeze
from vestnik.ledger.statements import SQL
from vestnik.models import MESSAGE_STATES


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
    return len(SQL.run(connection, "recount", mailing=mailing, adopted=adopted))


def refreeze(*, mailing: int) -> bool:
    """Sum frozen totals again if they differ from the counters; if messages are queued again, the mailing continues.

    Returns whether they differed.
    """
    if not SQL.run(connection, "totals_differ", mailing=mailing, words=list(MESSAGE_STATES)):
        return False
    SQL.run(connection, "thaw", mailing=mailing)
    freeze(connection, mailing=mailing)
    return True


def switch_log(*, on: bool) -> None:
    """Say whether successes are written into the log, and whether releases before it may lease batches."""
    SQL.run(connection, "switch_log", on=on)


def logged_batches() -> list[tuple[int, int]]:
    """Give some batches that have a log, of one mailing, as (mailing, batch); none when the log is empty."""
    return [(mailing, batch) for mailing, batch in SQL.run(connection, "logged_batches")]


def write_log_into_rows(batches: Sequence[tuple[int, int]]) -> int:
    """Write the log of batches of one mailing into their rows, and empty it. Returns messages."""
    mailing, ids = batches[0][0], [batch for _, batch in batches]
    SQL.run(connection, "lock_batches", batches=ids)
    return SQL.change(connection, "unfold_log", mailing=mailing, batches=ids)


def is_leased(connection: HasCursor) -> bool:
    """Does anybody hold a batch?"""
    return bool(SQL.run(connection, "any_lease"))
