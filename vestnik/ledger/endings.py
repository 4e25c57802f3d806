"""Ends mailings: messages that were not sent get their final state, batch by batch; then the totals are frozen."""

from datetime import datetime, time
from typing import NamedTuple

from vestnik.db.connection import Connection, HasCursor
from vestnik.ledger.bound import recount
from vestnik.ledger.fragments import SQL
from vestnik.ledger.outcome_log import fold
from vestnik.models import MailingState, MessageState


class Ended(NamedTuple):
    """A batch of a mailing that was cancelled or is past its end, locked.

    ``asked``: the gateway had asked everybody to wait beyond the end. ``opens`` and ``closes``: the send window.
    ``own_end``: the end is that of single messages, and their mailing goes on.
    """

    batch: int
    mailing: int
    first_id: int
    last_id: int
    cancelled: bool
    asked: bool
    timezone: str | None
    opens: time | None
    closes: time | None
    end: datetime
    own_end: bool = False


class Settled(NamedTuple):
    """The number of messages of a batch that got each state. ``changed``: message, state, client and phone of each."""

    expired: int
    cancelled: int
    unknown: int
    changed: list[list[int]] | None


def next_ended(connection: Connection) -> Ended | None:
    """Lock the next batch to settle; None if there is none, or if others settle them."""
    rows = SQL.run(connection, "next_batch_to_settle")
    if rows:
        return Ended(*rows[0])
    rows = SQL.run(connection, "next_past_own_end")
    return Ended(*rows[0])._replace(own_end=True) if rows else None


def settle(connection: Connection, ended: Ended, *, state: MessageState, code: str, detail: str) -> Settled:
    """Give the queued messages of a batch their final state; those in doubt become unknown.

    Args:
        connection: in the transaction of :func:`next_ended`.
        ended: the batch.
        state: ``EXPIRED`` or ``CANCELLED``.
        code: why.
        detail: why, in words.
    """
    ((worth_folding, *row),) = SQL.run(
        connection, "settle_batch", batch=ended.batch, mailing=ended.mailing, first=ended.first_id,
        last=ended.last_id, state=int(state), code=code, detail=detail,
    )  # fmt: skip
    settled = Settled(*row)
    if settled.unknown:
        recount(connection, [ended.batch], mailing=ended.mailing)
    if worth_folding:
        fold(connection, mailing=ended.mailing, batches=[ended.batch])
    return settled


def expire_unstarted(connection: Connection) -> list[int]:
    """Expire mailings whose end passed before they were started. Return their ids."""
    return [row[0] for row in SQL.run(connection, "expire_unstarted")]


def unsettled(connection: Connection) -> list[int]:
    """Mailings that may be over, and whose totals are not frozen."""
    return [row[0] for row in SQL.run(connection, "unsettled")]


def may_finish(connection: Connection, *, mailing: int) -> bool:
    """Return whether a mailing may be over. Takes no lock."""
    return bool(SQL.run_repeated(connection, "may_finish", mailing=mailing))


def lock_to_finish(connection: Connection, *, mailing: int) -> bool:
    """Lock a mailing that may be over. Return False if it is not, or was finished before."""
    return bool(SQL.run(connection, "lock_to_finish", mailing=mailing))


def freeze(connection: HasCursor, *, mailing: int) -> MailingState | None:
    """Store the sums of a mailing's counters if nothing is left to send; None if something is.

    Args:
        connection: in a transaction that holds the mailing's row, taken by a statement before.
        mailing: which one.
    """
    rows = SQL.run(connection, "finish", mailing=mailing)
    return MailingState(rows[0][0]) if rows else None
