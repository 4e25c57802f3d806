"""Leases of batches: taken, loaded, renewed with the counters, given back, taken over when they lapse.

A lease is a fencing token. Its holder locks what is still its own (:func:`lock_held`) before it writes anything else
for it, in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

from vestnik.db.connection import Connection, HasCursor
from vestnik.gateways.adapters import repeats_safely
from vestnik.ledger.bound import recount_bound
from vestnik.ledger.fragments import SQL, columns
from vestnik.ledger.outcome_log import fold
from vestnik.models import DEFAULT_GATEWAY, BatchState


class Claimed(NamedTuple):
    """A batch that was leased just now, with what its mailing says of hours.

    ``opens`` and ``closes``: the send window (None: there is none). ``end``: nothing is sent from then on.
    ``former``: over which gateway it went before (None: over none, or there is only one). ``only_bound``: just what is
    bound to this gateway may be sent. ``share``: the rule whose shares it counts for; None: for none. ``queued``:
    messages.
    ``direct``: it holds single messages, each with its own text. ``route``: the rule that it goes by, and ``text``:
    that of all its messages (None: each has its own, or some are bound to this gateway); both only where there are
    several gateways.
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
    former: int | None
    only_bound: bool | None
    share: int | None
    queued: int
    direct: bool = False
    route: int = 0
    text: str | None = None


class Loaded(NamedTuple):
    """The messages of a leased batch that are still to be sent, in the order of their ids; None instead of none.

    ``doubtful``: those with ``answers`` or ``in_doubt``, which may be so by an attempt ``elsewhere``. ``clients``: of
    each message, when that was asked for.
    ``stopped``: ids that must not be sent; they stand in none of the other lists.
    ``texts``: of each message, where each has its own. Of a personal mailing its ``text`` and ``locale``, and
    ``frozen``: a JSON array with the values of each message.
    """

    batch: int
    ids: list[int] | None
    phones: list[int] | None
    doubtful: list[int] | None
    answers: list[int] | None
    in_doubt: list[bool] | None
    elsewhere: list[bool] | None
    clients: list[int] | None
    stopped: list[int] | None
    texts: list[str] | None
    frozen: str | None
    text: str | None
    locale: str | None


class Held(NamedTuple):
    """What the ledger says of a lease that is still its holder's. ``last_id``: of the batch, which a split moves."""

    recalls: int
    high_water: int | None
    last_id: int


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
    before its send window opens (unix seconds). ``doubts``: some of its messages are in doubt now that were not before,
    or nothing of it could be loaded.
    """

    batch: int
    backoff: float | None
    reopens: float | None
    doubts: bool = False


class Lapsed(NamedTuple):
    """A batch whose lease lapsed. ``mark``: ids up to it may have been handed over.

    ``gateway``: over which it went. ``idempotent``: that one knows a repeated id, as its row and its settings say; of
    the default gateway the environment says it.
    """

    batch: int
    mailing: int
    first_id: int
    mark: int | None
    gateway: int
    idempotent: bool


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
    lane: int = 0,
) -> list[Claimed]:
    """Lease batches that are due, fairly.

    Args:
        connection: in a transaction.
        held: mailings that the holder has leases of.
        loaded: of each, how many ids it has not handed over yet.
        room: ids that it wants to have loaded, over all mailings.
        most: batches in all.
        lane: so many more, and so many ids, for single messages; these come first.
        holder: who takes them, for people who look.
        seconds: that the lease lasts.
    """
    rows = SQL.run(
        connection, "claim", held=list(held), loaded=list(loaded), room=room, most=most, lane=lane, holder=holder,
        seconds=seconds,
    )  # fmt: skip
    return [Claimed(*row) for row in rows]


def load(
    connection: Connection, *, mailing: int, batches: Sequence[Claimed], named: bool, gateway: int = DEFAULT_GATEWAY
) -> list[Loaded]:
    """The messages of batches of one mailing, one row a batch.

    Args:
        connection: in the transaction of the claim.
        mailing: whose batches.
        batches: as they were claimed.
        named: with their clients.
        gateway: over which they are to be sent.
    """
    rows = SQL.run(
        connection, "load", mailing=mailing, named=named, gateway=gateway,
        own_texts=any(taken.direct for taken in batches),
        batches=[taken.batch for taken in batches],
        first=[taken.first_id for taken in batches],
        last=[taken.last_id for taken in batches],
        leased_at=[taken.leased_at for taken in batches],
        only_bound=[taken.only_bound for taken in batches],
    )  # fmt: skip
    return [Loaded(*row) for row in rows]


def lock_held(connection: Connection, *, batches: Sequence[int], tokens: Sequence[int]) -> dict[int, Held]:
    """Lock the batches whose token is still the given one; the others were taken over, and are left out.

    This is the fence. Every other statement for a lease comes after it in the same transaction.
    """
    rows = SQL.run_repeated(connection, "lock_held", batches=list(batches), tokens=list(tokens))
    return {batch: Held(*rest) for batch, *rest in rows}


def update(connection: Connection, changes: Sequence[LeaseChange], *, seconds: float) -> None:
    """Move counters and marks, and renew the leases for so many seconds. A repeated grant grants nothing twice."""
    SQL.run_repeated(connection, "update_leases", seconds=seconds, **columns(LeaseChange, changes))


def release(connection: Connection, leases: Sequence[GivenBack], *, mailing: int, several: bool = False) -> bool:
    """Give leases of one mailing back, with everything recorded and nothing in flight. Is one of the batches done?

    ``several``: there are several gateways, and the backoff is only for the one that gives back.
    """
    given = columns(GivenBack, leases)
    rows = SQL.run(connection, "release", mailing=mailing, several=several, **given)
    doubtful = {lease.batch for lease in leases if lease.doubts}
    again = [batch for batch, state, _, bound in rows if bound or (batch in doubtful and state == BatchState.READY)]
    if again:
        recount_bound(connection, again, mailing=mailing)
    fold(connection, mailing=mailing, batches=[batch for batch, _, worth, _ in rows if worth])
    return any(state == BatchState.DONE for _, state, _, _ in rows)


def split(connection: Connection, *, mailing: int, batch: int, mark: int) -> bool:
    """Make a batch of its own of what its holder has not handed over, for others to take. Is it split?

    Args:
        connection: in the transaction of :func:`lock_held`.
        mailing: whose batch.
        batch: which one; its holder hands over nothing more of it.
        mark: the last id that was handed over.
    """
    rows = SQL.run(connection, "split", mailing=mailing, batch=batch, mark=mark)
    made = [new for (new,) in rows if new is not None]
    if made:
        recount_bound(connection, [batch, *made], mailing=mailing)
    return bool(rows)


def postpone(connection: Connection, *, mailing: int, timezone: str | None, reopens: float | None) -> None:
    """Let the batches of one time zone that nobody holds wait until its window opens (unix seconds)."""
    SQL.run(connection, "postpone", mailing=mailing, timezone=timezone, reopens=reopens)


def next_lapsed(connection: Connection) -> Lapsed | None:
    """Lock a batch whose lease lapsed; None: there is none that nobody else takes over just now."""
    rows = SQL.run(connection, "next_lapsed_lease")
    if not rows:
        return None
    *batch, kind, settings, marked = rows[0]
    return Lapsed._make((*batch, repeats_safely(kind, settings, marked=marked)))


def take_over(connection: Connection, lapsed: Lapsed, *, idempotent: bool) -> TakenOver:
    """Settle what may have been handed over under a lapsed lease, and make its batch ready or done.

    Args:
        connection: in the transaction of :func:`next_lapsed`.
        lapsed: the batch.
        idempotent: the gateway recognises a repeated id, so messages in doubt may be sent again.
    """
    ((worth_folding, *row),) = SQL.run(
        connection, "settle_in_doubt", batch=lapsed.batch, mailing=lapsed.mailing, first=lapsed.first_id,
        mark=lapsed.mark or 0, idempotent=idempotent,
    )  # fmt: skip
    recount_bound(connection, [lapsed.batch], mailing=lapsed.mailing)
    if worth_folding:
        fold(connection, mailing=lapsed.mailing, batches=[lapsed.batch])
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


def end_earlier_releases(connection: HasCursor) -> None:
    """Let no release from before several gateways and single messages lease a batch any more.

    It would send over the wrong gateway, or a wrong text. Call it in the transaction that makes the first of them.
    """
    SQL.run(connection, "end_earlier_releases")
