"""Unknown messages are queued again, by an operator's decision. In Django's transaction."""

from typing import NamedTuple

from django.db import connection

from vestnik.ledger.recalls import share_stop_list
from vestnik.ledger.statements import SQL


class Resent(NamedTuple):
    """How many messages of a batch are queued again, and how many stay unknown.

    ``changed``: message, state, client and phone of each.
    """

    again: int
    left: int
    changed: list[list[int]] | None


def lock_next(*, mailing: int, after: int) -> int | None:
    """Lock the next batch of a mailing that has unknown messages, after a batch; None: there is none.

    Begins with the stop list's lock. The order of locks is that of everybody: stop list, batch, mailing.
    """
    share_stop_list(connection)
    rows = SQL.run(connection, "next_unknown_batch", mailing=mailing, after=after)
    return int(rows[0][0]) if rows else None


def resend(*, mailing: int, batch: int) -> Resent:
    """Queue the unknown messages of a batch again, but those of stopped phones and of deleted clients.

    The caller holds :func:`lock_next`, and calls :func:`reopen` where something is queued again.
    """
    (row,) = SQL.run(connection, "resend_unknown", mailing=mailing, batch=batch)
    return Resent(*row)


def reopen(*, mailing: int) -> bool:
    """Thaw the totals of a mailing, and let it run if it was over; False: its state or its end forbids it."""
    return bool(SQL.run(connection, "reopen", mailing=mailing))
