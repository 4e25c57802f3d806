"""Decides when each day's report is due, and what it covers. Pure functions; all instants are aware.

The report of a day is due at one instant: when the clock of the zone first shows the report's time on that day. It
covers what ended after the report before it, up to that instant; so neighbouring reports leave no gap and no overlap.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
#: The first report that somebody gets reaches back to when the account was made, but not further than this.
MAX_OF_FIRST = timedelta(days=31)
#: A first report is made up for at most so long after its time: the next one covers the same period anyway.
FIRST_LATE = timedelta(hours=12)
#: After a try that failed: this much, doubled with each further one, up to the greatest wait.
FIRST_WAIT, MAX_WAIT = timedelta(minutes=1), timedelta(minutes=30)
#: A claim without an outcome is a process that died, or a mail server that is slower than anybody waits for.
CLAIM_LAPSES = timedelta(minutes=10)
#: A report that might have been tried for so long, and was not, is a problem by itself: beat ticks every ten seconds.
OVERDUE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The report of ``day`` covers ``covers_from`` (not included) to ``covers_until`` (included)."""

    day: date
    covers_from: datetime
    covers_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The earlier tries of one day's report to one recipient. ``failed``: the last try ended with an error."""

    attempts: int
    claimed_at: datetime
    failed: bool
    sent: bool


def due_at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant at which the report of ``day`` is due, in UTC.

    A time that the clock shows twice on that day counts the first time; one that it skips, as long after the jump as
    it lies after the beginning of the skipped period (PEP 495).
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def last_due(now: datetime, at: time, zone: ZoneInfo) -> date:
    """The latest day whose report is due at ``now``."""
    day = now.astimezone(zone).date()
    while due_at(day, at, zone) > now:
        day -= _DAY
    return day


def period_of(day: date, at: time, zone: ZoneInfo) -> Period:
    """The period that the report of a day covers if the one of the day before was sent."""
    return Period(day=day, covers_from=due_at(day - _DAY, at, zone), covers_until=due_at(day, at, zone))


def period_for(whole_day: Period, *, covered_until: datetime | None, joined: datetime, now: datetime) -> Period | None:
    """The period that the report of a day must cover for one recipient; None if there is nothing to send.

    Args:
        whole_day: what it covers at least.
        covered_until: where the last report that this recipient got ended; None: there was none.
        joined: when the account was made.
        now: the ledger's clock.
    """
    until = whole_day.covers_until
    if covered_until is not None:
        if covered_until >= until:
            return None
        return Period(day=whole_day.day, covers_from=covered_until, covers_until=until)
    if joined > until or now - until > FIRST_LATE:
        return None
    since = min(whole_day.covers_from, max(joined, until - MAX_OF_FIRST))
    return Period(day=whole_day.day, covers_from=since, covers_until=until)


def may_try(tried: Tried | None, now: datetime) -> bool:
    """Return whether somebody may claim this report now."""
    if tried is None:
        return True
    if tried.sent:
        return False
    wait = min(MAX_WAIT, FIRST_WAIT * 2 ** min(tried.attempts - 1, 10)) if tried.failed else CLAIM_LAPSES
    return now - tried.claimed_at >= wait
