"""Single messages: each has its own text and its own end. The mailings of a day hold them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from vestnik.db.connection import Connection, HasCursor
from vestnik.db.locks import Lock, lock, share
from vestnik.db.notify import DIRECT, notify_after_commit
from vestnik.ledger.fragments import SQL, columns
from vestnik.ledger.leases import end_earlier_releases
from vestnik.ledger.outcome_log import fold
from vestnik.ledger.recalls import ON_STOP_LIST

#: A single message ends at the latest so long after it was accepted.
LONGEST = timedelta(days=7)
#: Messages for which the statement that writes them is planned once: about as many rows as the planner expects.
_FEW = 16


class NewMessage(NamedTuple):
    """A single message to be written. ``route``: the rule that it goes by; 0: none. ``parts``: of its text; None: 1."""

    phone: int
    text: str
    reference: str | None
    end: datetime
    route: int
    parts: int | None


class Written(NamedTuple):
    """A message that was written. ``state``: queued, or cancelled because its phone is on the stop list.

    ``id`` 0: it was not written, because its phone is on the stop list.
    """

    id: int
    phone: int
    state: int
    created_at: datetime


def share_day() -> datetime:
    """Keep the day's mailings open and recalls out until the transaction ends. Returns the time of the ledger's clock.

    The next statement sees every phone that was stopped before (:func:`vestnik.ledger.recalls.share_stop_list`).
    """
    return share(Lock.STOP_LIST, Lock.DIRECT_DAY)


def mailing_of_today(number: int, *, zone: str) -> int:
    """The id of the day's mailing with this number (from zero), made if there is none. Call it under :func:`share_day`.

    Args:
        number: at most as many as there are already.
        zone: in which the day begins at midnight.
    """
    found = SQL.run_prepared("direct_mailings", zone=zone)
    if number >= len(found):
        lock(connection, Lock.DIRECT_MAILING)
        found = SQL.run(connection, "direct_mailings", zone=zone)
    if number >= len(found):
        end_earlier_releases(connection)
        found += SQL.run(connection, "add_direct_mailing", zone=zone, longest=LONGEST.total_seconds())
    return int(found[number][0])


def add(messages: Sequence[NewMessage], *, mailing: int, keep_stopped: bool = True) -> list[Written]:
    """Write messages and their batches. Dispatchers are woken by the commit. Call it under :func:`share_day`.

    A phone that has a message in this mailing already is left out.

    Args:
        messages: to phones that differ.
        mailing: one of the day's.
        keep_stopped: a message to a phone on the stop list is written, too, as cancelled.
    """
    given = columns(NewMessage, messages)
    values = {
        "mailing": mailing, "phones": given["phone"], "texts": given["text"], "references": given["reference"],
        "ends": given["end"], "routes": given["route"], "parts": given["parts"], "stop_code": ON_STOP_LIST.code,
        "stop_detail": ON_STOP_LIST.detail, "keep_stopped": keep_stopped,
    }  # fmt: skip
    if len(messages) <= _FEW:
        # To plan it takes longer than to run it. The plan for few would join a thousand row by row.
        rows = SQL.run_prepared("new_direct", **values)
    else:
        rows = SQL.run(connection, "new_direct", **values)
    notify_after_commit(DIRECT)
    return [Written(*row) for row in rows]


def close_days(keeper: Connection, *, zone: str) -> list[int]:
    """Let the mailings of earlier days take no more messages. Return their ids."""
    if not SQL.run(keeper, "direct_days_over", zone=zone):
        return []
    with keeper.transaction():
        lock(keeper, Lock.DIRECT_DAY)
        return [row[0] for row in SQL.run(keeper, "close_direct_days", zone=zone)]


class DirectBatch(NamedTuple):
    """A batch of single messages, as far as it matters for putting batches together. ``messages``: with an end."""

    id: int
    first_id: int
    last_id: int
    gateway: int
    messages: int
    mergeable: bool


def settled_until(connection: HasCursor) -> float:
    """Before which instant (unix seconds) batches were due between whose ids no message can appear any more."""
    ((until,),) = SQL.run(connection, "settled_until")
    return float(until)


def next_batches(connection: HasCursor, *, mailing: int, after: int, until: float, most: int) -> list[DirectBatch]:
    """The next batches of a mailing after the first id of one. ``until``: of :func:`settled_until`."""
    rows = SQL.run(connection, "next_direct_batches", mailing=mailing, after=after, until=until, most=most)
    return [DirectBatch(*row) for row in rows]


def merge(connection: HasCursor, groups: Sequence[Sequence[int]], *, mailing: int) -> int:
    """Make one batch of each group. Returns how many batches are gone.

    Args:
        connection: in a transaction.
        groups: batches in the order of their ids, of one gateway each, without another batch of the mailing in between.
        mailing: whose.
    """
    locked = {
        row[0] for row in SQL.run(connection, "lock_to_merge", batches=[each for group in groups for each in group])
    }
    whole = [group for group in groups if locked.issuperset(group)]
    pairs = [(gone, group[0]) for group in whole for gone in group[1:]]
    if not pairs:
        return 0
    SQL.run(connection, "merge_batches", gone=[gone for gone, _ in pairs], kept=[kept for _, kept in pairs])
    members = [(member, group[0]) for group in whole for member in group]
    fold(connection, mailing=mailing, batches=[member for member, _ in members], into=[kept for _, kept in members])
    return len(pairs)
