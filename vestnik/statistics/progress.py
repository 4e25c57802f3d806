"""The rate of mailings, now and in the past. One of the keepers samples their totals every few seconds.

Counting messages by the second in which they were sent would read them all; counting in each flush would cost every
message something. A sample is a sum of batch counters, and nothing that sends waits for it.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F

from vestnik.db.connection import Connection
from vestnik.db.statements import Statements
from vestnik.ledger.fragments import COUNTERS
from vestnik.models import MESSAGE_STATES, Mailing
from vestnik.statistics.totals import Totals

SQL = Statements("vestnik.statistics", counters=COUNTERS)
#: Seconds between samples; the rate of now is measured over at least the second, and at most the third.
SAMPLE_SECONDS, MIN_SPAN, MAX_SPAN = 5.0, 2.0, 15.0
#: Periods that a chart shows at most.
MAX_POINTS = 180
_WIDTHS = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
#: How many of the newest mailings are checked.
_LOOKED_AT = 20
#: Messages below which a mailing shows how long a start takes rather than the rate.
_MIN_MESSAGES = 500
_HANDED_OVER = ("sent", "delivered", "undelivered", "failed", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Messages per second over time. ``width``: seconds of each period; the others: one number a period."""

    start: datetime
    width: int
    sent: list[float]
    failed: list[float]
    unknown: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """Messages of one hour. ``at``: its beginning."""

    at: datetime
    sent: int
    failed: int
    unknown: int


def sample_progress(ledger: Connection) -> bool:
    """Take a sample, if it is time and no other process does. True: this process did, and something is under way."""
    if not SQL.run(ledger, "take_turn", seconds=SAMPLE_SECONDS - 1):
        return False
    ((live,),) = SQL.run(ledger, "sample_progress", seconds=SAMPLE_SECONDS)
    return bool(live)


def thin_progress() -> int:
    """Delete samples that no chart shows any more. Return their number."""
    return SQL.change(connection, "thin_progress")


def moved(totals: Totals) -> tuple[int, int, int]:
    """Messages that the gateway took, that it refused, and that it did not answer: what samples are made of."""
    return totals["sent"] + totals["delivered"] + totals["undelivered"], totals["failed"], totals["unknown"]


def rates_of(totals: Mapping[int, Totals]) -> dict[int, float]:
    """The present rate of each mailing by id, in messages per second; without mailings that have not started."""
    if not totals:
        return {}
    rates = {}
    for mailing, at, before, now in SQL.run(connection, "progress_before", mailings=list(totals), seconds=MIN_SPAN):
        span = min(MAX_SPAN, max(MIN_SPAN, (now - at).total_seconds()))
        rates[mailing] = max(0, sum(moved(totals[mailing])) - before) / span
    return rates


def series_of(mailing: Mailing, totals: Totals, now: datetime) -> Series | None:
    """The rate of a mailing since its start; None if it has not started.

    Args:
        mailing: which one.
        totals: its totals of now.
        now: by the database's clock.
    """
    start, end = mailing.started_at, mailing.frozen_at or now
    if start is None:
        return None
    seconds = max(1.0, (end - start).total_seconds())
    width = next((width for width in _WIDTHS if seconds / width <= MAX_POINTS), _WIDTHS[-1])
    found = SQL.run(connection, "progress_of", mailing=mailing.id, start=start, end=end, width=width)
    points = [(0.0, 0, 0, 0), *(tuple(point) for _slot, *point in found), (seconds, *moved(totals))]
    edges = [min(seconds, float(width * n)) for n in range(ceil(seconds / width) + 1)]
    return Series(
        start=start,
        width=width,
        **{name: _rates(points, edges, column) for column, name in enumerate(("sent", "failed", "unknown"), 1)},
    )


def _rates(points: Sequence[tuple[float, ...]], edges: Sequence[float], column: int) -> list[float]:
    """The rates between the edges of a line through the points: samples do not come when periods begin."""
    at = [point[0] for point in points]
    levels = []
    for edge in edges:
        n = min(max(1, bisect_left(at, edge)), len(at) - 1)
        (before, after), (low, high) = (at[n - 1], at[n]), (points[n - 1][column], points[n][column])
        levels.append(low + (high - low) * (edge - before) / (after - before) if after > before else high)
    return [
        max(0.0, (high - low) / (end - begin)) if end > begin else 0.0
        for (low, high), (begin, end) in zip(pairwise(levels), pairwise(edges), strict=True)
    ]


def moved_by_hour(*, now: datetime, zone: str, hours: int = 24) -> list[Hour]:
    """Messages sent, failed and unknown in each of the last hours by the clock of ``zone``, the oldest first."""
    this = now.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)
    first = this.astimezone(UTC) - timedelta(hours=hours - 1)
    found = {at: counts for at, *counts in SQL.run(connection, "moved_by_hour", since=first, zone=zone)}
    beginnings = (first + timedelta(hours=n) for n in range(hours))
    none = (0, 0, 0)
    return [
        Hour(at=at, sent=sent, failed=failed, unknown=unknown)
        for at in beginnings
        for sent, failed, unknown in [found.get(at, none)]
    ]


def totals_since(since: datetime) -> tuple[int, Totals]:
    """The number of mailings that started since an instant, and the sum of their totals."""
    ((mailings, *counts),) = SQL.run(connection, "totals_since", since=since)
    return int(mailings), dict(zip(MESSAGE_STATES, map(int, counts), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRate:
    """Messages per second, and the mailing that it was measured on."""

    per_second: float
    mailing: Mailing


def measured_rate() -> MeasuredRate | None:
    """The rate of the last mailing that shows one: large enough, never paused, and not held back by a send window."""
    # Never by hidden_at: what was deleted was still sent.
    mailings = Mailing.objects.filter(
        finished_at__gt=F("started_at"), frozen_at__isnull=False, resumed_at=None, send_window_from=None
    ).order_by("-finished_at")[:_LOOKED_AT]
    return next((measured for mailing in mailings if (measured := _measure(mailing)) is not None), None)


def _measure(mailing: Mailing) -> MeasuredRate | None:
    handed_over = sum(int((mailing.totals or {}).get(state, 0)) for state in _HANDED_OVER)
    if handed_over < _MIN_MESSAGES or mailing.finished_at is None or mailing.started_at is None:
        return None
    seconds = (mailing.finished_at - mailing.started_at).total_seconds()
    return MeasuredRate(per_second=handed_over / seconds, mailing=mailing)
