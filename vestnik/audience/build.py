"""Makes a mailing's messages and batches from its filter, in chunks. It can be interrupted anywhere and continues."""

import logging
from collections.abc import Callable
from datetime import datetime, time
from typing import Any, NamedTuple

from vestnik.audience.earlier import messages_of, values_of
from vestnik.audience.matching import matching
from vestnik.audience.personal import PersonalText
from vestnik.clients.segments.conditions import copy_of
from vestnik.db.away import why_away
from vestnik.db.connection import Connection
from vestnik.db.locks import Lock, try_lock
from vestnik.db.notify import notify
from vestnik.db.statements import Statements
from vestnik.ledger import audience as ledger
from vestnik.ledger.recalls import share_stop_list
from vestnik.mailings.fields import Earlier, earlier_from
from vestnik.mailings.pauses import MAX_DETAIL, pause_sentence
from vestnik.mailings.windows import SendWindow, next_opening, zone_of
from vestnik.models import PauseCode
from vestnik.routing.rules import rules_of
from vestnik.texts.grammar import WrongText

log = logging.getLogger(__name__)
SQL = Statements("vestnik.audience")
#: Messages in a batch: leased, sent and retried as one. 1,000 amortise a lease to microseconds a message and keep
#: a pause, an end or a retry fine-grained.
BATCH_SIZE = 1_000
#: The first chunk is small, so that the first message of a million leaves at once. Its batches are small, too, so that
#: every dispatcher has something to do.
FIRST_CHUNK, FIRST_BATCH = 2_000, 250
#: Where weights divide batches: each gateway is out by less than 0.6 % of 100,000 messages; with 1,000, by 1.3 %.
DIVIDED_BATCH = 500
#: Clients per chunk: a transaction of some 0.2 s, short enough to stop in between.
CHUNK = 20_000


def build_audiences(connection: Connection, *, stopped: Callable[[], bool]) -> int | None:
    """Build every audience that is due, a chunk of each mailing in turn, so that a small one does not wait.

    Returns the number of messages made, None when nothing was to be done. Goes on after a crash where the
    last chunk was committed; two processes at once do no harm. A mailing whose chunk cannot be made does not stop the
    others: it is left out until the next call.
    """
    made: int | None = None
    failed: set[int] = set()
    while not stopped():
        due = (mailing for mailing in unprepared(connection) if mailing not in failed)
        progress = [built for mailing in due if (built := _try_chunk(connection, mailing, failed)) is not None]
        if not progress:
            break
        made = (made or 0) + sum(progress)
    return made


def unprepared(connection: Connection) -> list[int]:
    """Mailings that are running (or paused) and do not have their whole audience yet."""
    return [row[0] for row in SQL.run(connection, "take_unprepared")]


def _try_chunk(connection: Connection, mailing: int, failed: set[int]) -> int | None:
    """As :func:`build_chunk`. What is wrong with this mailing alone is told, and the mailing goes to ``failed``."""
    try:
        return build_chunk(connection, mailing)
    except WrongText as wrong:
        _pause(connection, mailing, wrong)
    except Exception as error:
        if connection.closed or why_away(error) is not None:
            raise
        log.exception("a chunk of the audience could not be made; it is tried again later", extra={"mailing": mailing})
    failed.add(mailing)
    return None


def _pause(connection: Connection, mailing: int, wrong: WrongText) -> None:
    """Pause a mailing whose text cannot be read: its operator has to mend it."""
    detail = str(wrong).partition(". ")[0][:MAX_DETAIL]  # the place and the fault; the rest is advice
    reason = pause_sentence(PauseCode.WRONG_TEXT, detail=detail)
    values = {"code": PauseCode.WRONG_TEXT, "detail": detail, "reason": reason}
    if SQL.run(connection, "pause_wrong_text", mailing=mailing, **values):
        log.error("the mailing is paused: %s", reason, extra={"mailing": mailing})


def build_chunk(connection: Connection, mailing: int) -> int | None:
    """Make the next chunk of messages of a mailing, commit it and wake the dispatchers.

    Returns the number of messages made; None when there was nothing to do: the audience is whole, the mailing was
    cancelled, or another process builds it just now.

    Raises:
        WrongText: the mailing's personal text cannot be read.
    """
    with connection.transaction() as transaction:
        found = SQL.run(connection, "next_chunk", mailing=mailing) if try_lock(connection, Lock.CHUNK, mailing) else []
        if not found:
            return None
        plan = _Plan(*found[0])
        chunk, batch = (FIRST_CHUNK, FIRST_BATCH) if plan.after == 0 else (CHUNK, BATCH_SIZE)
        share_stop_list(connection)
        rules = rules_of(connection, mailing)
        batch = min(batch, DIVIDED_BATCH) if rules.divides else batch
        segment = copy_of(plan.segment)
        matched = matching(
            connection, tags=plan.tags, codes=plan.codes, as_of=plan.as_of, but=mailing,
            segment=None if segment is None else segment.rule,
        )  # fmt: skip
        last, picked, made = ledger.build_chunk(
            connection, mailing=mailing, after=plan.after, limit=plan.limit, chunk=chunk, batch=batch,
            matches=matched.text, values={**matched.values, **(values_of(plan.earlier) if plan.earlier else {})},
            earlier="" if plan.earlier is None else messages_of(plan.earlier),
            zones=_due_by_zone(connection, plan), route=rules.only or None,
            route_of_code=rules.by_code if rules.only is None else None,
            personal=None if plan.personal_text is None else PersonalText(plan.personal_text, plan.locale),
        )  # fmt: skip
        if plan.personal_text is not None:
            SQL.run(connection, "freezes_values")
        if segment is not None:
            SQL.run(connection, "knows_segments")
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
    earlier_mailing: int | None
    earlier_states: list[str] | None
    earlier_codes: list[str] | None
    personal_text: str | None
    locale: str
    segment: dict[str, Any] | None
    as_of: datetime

    @property
    def earlier(self) -> Earlier | None:
        """The earlier mailing that limits the audience."""
        return earlier_from(self.earlier_mailing, self.earlier_states, self.earlier_codes)


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
