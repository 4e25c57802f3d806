"""Queues unknown messages again, by an operator's decision. In Django's transaction."""

from typing import NamedTuple

from django.db import connection

from vestnik.ledger.bound import recount
from vestnik.ledger.fragments import SQL
from vestnik.ledger.recalls import share_stop_list


class Resent(NamedTuple):
    """The number of messages of a batch that are queued again, and of those that stay unknown.

    ``changed``: message, state, client and phone of each.
    """

    again: int
    left: int
    changed: list[list[int]] | None


def lock_next(*, mailing: int, after: int) -> int | None:
    """Lock the next batch with unknown messages after a batch; None if there is none.

    Takes the stop list's lock first. The order of locks is the same everywhere: stop list, batch, mailing.
    """
    share_stop_list(connection)
    rows = SQL.run(connection, "next_unknown_batch", mailing=mailing, after=after)
    return int(rows[0][0]) if rows else None


def resend(*, mailing: int, batch: int) -> Resent:
    """Queue the unknown messages of a batch again, except those to stopped phones and deleted clients.

    The caller holds :func:`lock_next`, and calls :func:`reopen` where something is queued again.
    """
    (row,) = SQL.run(connection, "resend_unknown", mailing=mailing, batch=batch)
    recount(connection, [batch], mailing=mailing)
    return Resent(*row)


def reopen(*, mailing: int) -> bool:
    """Unfreeze a mailing's totals, and let it run if it was over. Return False if state or end do not allow it."""
    return bool(SQL.run(connection, "reopen", mailing=mailing))
