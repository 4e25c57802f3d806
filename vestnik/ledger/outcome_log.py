"""The log of successes (docs/decisions/outcome-log.md): folded, switched, and written into the messages."""

from collections.abc import Sequence

from vestnik.db.connection import HasCursor
from vestnik.ledger.fragments import SQL


def fold(connection: HasCursor, *, mailing: int, batches: Sequence[int], into: Sequence[int] | None = None) -> None:
    """Put the log rows of batches that are done together: a row for each 32.768 seconds since a batch's first success.

    Args:
        connection: in the transaction that made the batches done, which has them locked.
        mailing: whose batches.
        batches: those that ``worth_folding.sql`` named; none: nothing is done.
        into: the batches that they are parts of now, in the same order; None: each is one.
    """
    if batches:
        SQL.run(connection, "fold_log", mailing=mailing, batches=list(batches), into=list(into or batches))


def switch(connection: HasCursor, *, on: bool) -> None:
    """Say whether successes are written into the log, and whether releases before it may lease batches."""
    SQL.run(connection, "switch_log", on=on)


def logged_batches(connection: HasCursor) -> list[tuple[int, int]]:
    """Give some batches that have a log, of one mailing, as (mailing, batch); none when the log is empty."""
    return [(mailing, batch) for mailing, batch in SQL.run(connection, "logged_batches")]


def write_into_rows(connection: HasCursor, batches: Sequence[tuple[int, int]]) -> int:
    """Write the log of batches of one mailing into their rows, and empty it. Returns messages."""
    mailing, ids = batches[0][0], [batch for _, batch in batches]
    SQL.run(connection, "lock_batches", batches=ids)
    return SQL.change(connection, "unfold_log", mailing=mailing, batches=ids)


def is_leased(connection: HasCursor) -> bool:
    """Does anybody hold a batch?"""
    return bool(SQL.run(connection, "any_lease"))
