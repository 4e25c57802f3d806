"""Makes a mailing's messages and batches from its filter, in chunks. It can be interrupted anywhere and continues."""

import logging
from collections.abc import Callable
from datetime import datetime, time
from typing import NamedTuple

from vestnik.db.connection import Connection
from vestnik.db.locks import Lock, try_lock
from vestnik.db.notify import notify
from vestnik.db.statements import Statements
from vestnik.ledger import audience as ledger
from vestnik.ledger.recalls import share_stop_list
from vestnik.mailings.fields import matched_tags
from vestnik.mailings.windows import SendWindow, next_opening, zone_of

log = logging.getLogger(__name__)
SQL = Statements("vestnik.audience")
#: Messages in a batch: leased, sent and retried as one. 1,000 amortise a lease to microseconds a message and keep
#: a pause, an end or a retry fine-grained.
BATCH_SIZE = 1_000
#: The first chunk is small, so that the first message of a million leaves at once. Its batches are small, too, so that
#: every dispatcher has something to do.
FIRST_CHUNK, FIRST_BATCH = 2_000, 250
#: Clients per chunk: a transaction of some 0.2 s, short enough to stop in between.
CHUNK = 20_000


def build_audiences(connection: Connection, *, stopped: Callable[[], bool]) -> int | None:
    """Build every audience that is due, a chunk of each mailing in turn, so that a small one does not wait.

    Returns the number of messages made, None when nothing was to be done. Goes on after a crash where the
    last chunk was committed; two processes at once do no harm.
    """
    made: int | None = None
    while not stopped():
        progress = [
            built for mailing in unprepared(connection) if (built := build_chunk(connection, mailing)) is not None
        ]
        if not progress:
            break
        made = (made or 0) + sum(progress)
    return made


def unprepared(connection: Connection) -> list[int]:
    """Mailings that are running (or paused) and do not have their whole audience yet."""
    return [row[0] for row in SQL.run(connection, "take_unprepared")]


def build_chunk(connection: Connection, mailing: int) -> int | None:
    """Make the next chunk of messages of a mailing, commit it and wake the dispatchers.

    Returns the number of messages made; None when there was nothing to do: the audience is whole, the mailing was
    cancelled, or another process builds it just now.
    """
    with connection.transaction() as transaction:
        found = SQL.run(connection, "next_chunk", mailing=mailing) if try_lock(connection, Lock.CHUNK, mailing) else []
        if not found:
            return None
        plan = _Plan(*found[0])
        chunk, batch = (FIRST_CHUNK, FIRST_BATCH) if plan.after == 0 else (CHUNK, BATCH_SIZE)
        share_stop_list(connection)
        last, picked, made = ledger.build_chunk(
            connection, mailing=mailing, after=plan.after, limit=plan.limit, chunk=chunk, batch=batch,
            matches=SQL.text("matches"), values={"tags": matched_tags(plan.tags), "codes": plan.codes},
            zones=_due_by_zone(connection, plan),
        )  # fmt: skip
        done = picked < chunk
        cursor = plan.limit if done else last
        if not SQL.run(connection, "advance", mailing=mailing, after=plan.after, cursor=cursor, done=done):
            transaction.force_rollback = True
            return None
        notify(connection, "audience")
    whole = ", and that is the whole audience" if done else ""
    log.info("%s messages are made%s", made, whole, extra={"mailing": mailing})
    return made


class _Plan(NamedTuple):
    """A row of next_chunk.sql."""

    after: int
    limit: int
    tags: list[str] | None
    codes: list[int] | None
    opens: time | None
    closes: time | None
    end: datetime
    now: datetime


def _due_by_zone(connection: Connection, plan: _Plan) -> dict[str, datetime] | None:
    """The due time of messages by the client's time zone; None: at once, because there is no send window."""
    if plan.opens is None or plan.closes is None:
        return None
    window = SendWindow(plan.opens, plan.closes)
    zones = [row[0] for row in SQL.run(connection, "zones")]
    return {zone: due_at(window, zone, plan.now, plan.end) for zone in zones}


def due_at(window: SendWindow, zone_name: str, now: datetime, end: datetime) -> datetime:
    """The earliest time when messages of a zone may leave: now, if the window is open, else at its next opening.

    If Python no longer knows a zone, its clients' local time is unknown: their messages wait for the end, and expire
    then.
    """
    zone = zone_of(zone_name)
    return end if zone is None else next_opening(window, zone, now)
