"""Leases of batches: taken, loaded, renewed with the counters, given back, taken over when they lapse.

A lease is a fencing token. Its holder locks what is still its own (:func:`lock_held`) before it writes anything else
for it, in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

from vestnik.db.connection import Connection
from vestnik.ledger.statements import SQL, columns
from vestnik.models import BatchState


class Claimed(NamedTuple):
    """A batch that was leased just now, with what its mailing says of hours.

    ``opens`` and ``closes``: the send window (None: there is none). ``end``: nothing is sent from then on.
    """

    batch: int
    mailing: int
    first_id: int
    last_id: int
    attempt: int
    retries: int
    token: int
    leased_at: datetime
    recalls: int
    timezone: str | None
    opens: time | None
    closes: time | None
    end: datetime


class Loaded(NamedTuple):
    """The messages of a leased batch that are still to be sent, in the order of their ids; None instead of none.

    ``doubtful``: those with ``answers`` or ``in_doubt``. ``clients``: of each message, when that was asked for.
    ``stopped``: ids that must not be sent; they stand in none of the other lists.
    """

    batch: int
    ids: list[int] | None
    phones: list[int] | None
    doubtful: list[int] | None
    answers: list[int] | None
    in_doubt: list[bool] | None
    clients: list[int] | None
    stopped: list[int] | None


class Held(NamedTuple):
    """What the ledger says of a lease that is still its holder's."""

    recalls: int
    high_water: int | None


class LeaseChange(NamedTuple):
    """What a flush does to the counters and the mark of one batch, in messages.

    ``stamped`` outcomes were recorded, of which so many are queued ``again``, ``sent``, and so on. ``granted`` more ids
    are covered when the mark goes from ``from_mark`` to ``to_mark``.
    """

    batch: int
    stamped: int
    again: int
    sent: int
    failed: int
    unknown: int
    cancelled: int
    granted: int
    from_mark: int | None
    to_mark: int | None


class GivenBack(NamedTuple):
    """A lease that is given back.

    ``backoff``: seconds until the batch is due again (None: nothing is to be tried again). ``reopens``: it is not due
    before its send window opens (unix seconds).
    """

    batch: int
    backoff: float | None
    reopens: float | None


class Lapsed(NamedTuple):
    """A batch whose lease lapsed. ``mark``: ids up to it may have been handed over."""

    batch: int
    mailing: int
    first_id: int
    mark: int | None


class TakenOver(NamedTuple):
    """What taking a lease over did to messages in doubt.

    ``changed``: message, state, client and phone of each.
    """

    unknown: int
    again: int
    changed: list[list[int]] | None


def claim(
    connection: Connection,
    *,
    held: Sequence[int],
    loaded: Sequence[int],
    room: int,
    most: int,
    holder: str,
    seconds: float,
) -> list[Claimed]:
    """Lease batches that are due, fairly.

    Args:
        connection: in a transaction.
        held: mailings that the holder has leases of.
        loaded: of each, how many ids it has not handed over yet.
        room: ids that it wants to have loaded, over all mailings.
        most: batches in all.
        holder: who takes them, for people who look.
        seconds: that the lease lasts.
    """
    rows = SQL.run(
        connection, "claim", held=list(held), loaded=list(loaded), room=room, most=most, holder=holder, seconds=seconds
    )
    return [Claimed(*row) for row in rows]


def load(connection: Connection, *, mailing: int, batches: Sequence[Claimed], named: bool) -> list[Loaded]:
    """The messages of batches of one mailing, one row a batch.

    Args:
        connection: in the transaction of the claim.
        mailing: whose batches.
        batches: as they were claimed.
        named: with their clients.
    """
    rows = SQL.run(
        connection, "load", mailing=mailing, named=named,
        batches=[taken.batch for taken in batches],
        first=[taken.first_id for taken in batches],
        last=[taken.last_id for taken in batches],
        leased_at=[taken.leased_at for taken in batches],
    )  # fmt: skip
    return [Loaded(*row) for row in rows]


def lock_held(connection: Connection, *, batches: Sequence[int], tokens: Sequence[int]) -> dict[int, Held]:
    """Lock the batches whose token is still the given one; the others were taken over, and are left out.

    This is the fence. Every other statement for a lease comes after it in the same transaction.
    """
    rows = SQL.run(connection, "lock_held", batches=list(batches), tokens=list(tokens))
    return {batch: Held(*rest) for batch, *rest in rows}


def update(connection: Connection, changes: Sequence[LeaseChange], *, seconds: float) -> None:
    """Move counters and marks, and renew the leases for so many seconds. A repeated grant grants nothing twice."""
    SQL.run(connection, "update_leases", seconds=seconds, **columns(LeaseChange, changes))


def release(connection: Connection, leases: Sequence[GivenBack], *, mailing: int) -> bool:
    """Give leases of one mailing back, with everything recorded and nothing in flight. Is one of the batches done?"""
    states = SQL.run(connection, "release", mailing=mailing, **columns(GivenBack, leases))
    return (BatchState.DONE,) in states


def postpone(connection: Connection, *, mailing: int, timezone: str | None, reopens: float | None) -> None:
    """Let the batches of one time zone that nobody holds wait until its window opens (unix seconds)."""
    SQL.run(connection, "postpone", mailing=mailing, timezone=timezone, reopens=reopens)


def next_lapsed(connection: Connection) -> Lapsed | None:
    """Lock a batch whose lease lapsed; None: there is none that nobody else takes over just now."""
    rows = SQL.run(connection, "next_lapsed_lease")
    return Lapsed(*rows[0]) if rows else None


def take_over(connection: Connection, lapsed: Lapsed, *, idempotent: bool) -> TakenOver:
    """Settle what may have been handed over under a lapsed lease, and make its batch ready or done.

    Args:
        connection: in the transaction of :func:`next_lapsed`.
        lapsed: the batch.
        idempotent: the gateway recognises a repeated id, so messages in doubt may be sent again.
    """
    (row,) = SQL.run(
        connection, "settle_in_doubt", batch=lapsed.batch, mailing=lapsed.mailing, first=lapsed.first_id,
        mark=lapsed.mark or 0, idempotent=idempotent,
    )  # fmt: skip
    return TakenOver(*row)


def still_to_send(connection: Connection, *, mailing: int, batch: int, first: int, last: int) -> frozenset[int]:
    """Which messages of a batch between two ids are queued and not recalled."""
    rows = SQL.run(connection, "still_to_send", mailing=mailing, batch=batch, first=first, last=last)
    return frozenset(row[0] for row in rows)


def withdraw(
    connection: Connection, ids: Sequence[int], *, batch: int, mailing: int, granted: bool, code: str
) -> list[list[int]] | None:
    """Cancel messages of a leased batch that its holder has not handed over, and will not.

    Args:
        connection: in a transaction that has the batch locked.
        ids: which ones.
        batch: their batch.
        mailing: whose messages.
        granted: they are covered by the high-water mark, so they count as sending.
        code: why, where the message does not say so itself.

    Returns message, state, client and phone of each that changed.
    """
    ((changed,),) = SQL.run(
        connection, "withdraw", batch=batch, mailing=mailing, ids=list(ids), granted=granted, code=code
    )
    found: list[list[int]] | None = changed
    return found
