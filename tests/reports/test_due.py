"""When a day's report is due, what it covers, and who may try: the decisions, as tables."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from vestnik.reports.due import (
    CLAIM_LAPSES,
    FIRST_LATE,
    MAX_OF_FIRST,
    Period,
    Tried,
    due_at,
    last_due,
    may_try,
    period_for,
    period_of,
)

LATE = time(23, 59)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "zone", "due"),
    [
        ("2026-11-24", "23:59", "Europe/Moscow", "2026-11-24 20:59"),
        ("2026-02-28", "23:59", "Europe/Moscow", "2026-02-28 20:59"),
        ("2028-02-29", "23:59", "Europe/Moscow", "2028-02-29 20:59"),
        ("2026-12-31", "23:59", "Europe/Moscow", "2026-12-31 20:59"),
        ("2026-11-24", "00:00", "Europe/Moscow", "2026-11-23 21:00"),
        ("2026-11-24", "23:59", "Asia/Kamchatka", "2026-11-24 11:59"),
        ("2026-11-24", "23:59", "America/New_York", "2026-11-25 04:59"),
        # Berlin, the night of the 25th: 02:30 comes twice, and the first counts.
        ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25 00:30"),
        ("2026-10-25", "23:59", "Europe/Berlin", "2026-10-25 22:59"),
        # Berlin, the 29th of March: 02:30 does not come, and 03:30 stands for it.
        ("2026-03-29", "02:30", "Europe/Berlin", "2026-03-29 01:30"),
        ("2026-03-28", "23:59", "Europe/Berlin", "2026-03-28 22:59"),
    ],
)
def test_a_report_is_due_by_the_clock_of_its_zone(day: str, at: str, zone: str, due: str) -> None:
    assert due_at(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone)) == utc(due)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-24 20:58:59", "2026-11-23"),
        ("2026-11-24 20:59:00", "2026-11-24"),
        ("2026-11-24 21:30:00", "2026-11-24"),  # the 25th in Moscow
        ("2026-11-30 20:59:00", "2026-11-30"),
        ("2026-12-01 20:58:00", "2026-11-30"),
        ("2026-03-01 00:00:00", "2026-02-28"),
        ("2027-01-01 12:00:00", "2026-12-31"),
        ("2026-12-31 21:00:00", "2026-12-31"),
    ],
)
def test_the_latest_day_that_is_due(now: str, day: str) -> None:
    assert last_due(utc(now), LATE, ZoneInfo("Europe/Moscow")) == date.fromisoformat(day)


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("at", ["00:00", "02:15", "02:30", "12:00", "23:59"])
def test_a_year_of_reports_leaves_no_gap_and_no_overlap(zone: str, at: str) -> None:
    when, where = time.fromisoformat(at), ZoneInfo(zone)
    for n in range(366):
        day = date(2026, 1, 1) + timedelta(days=n)
        period = period_of(day, when, where)
        assert period.covers_until == period_of(day + timedelta(days=1), when, where).covers_from
        assert timedelta(hours=22) < period.covers_until - period.covers_from < timedelta(hours=26)
        assert last_due(period.covers_until, when, where) == day
        assert last_due(period.covers_until - timedelta(seconds=1), when, where) == day - timedelta(days=1)


DAY = period_of(date(2026, 11, 24), LATE, ZoneInfo("Europe/Moscow"))
DUE, BEFORE = DAY.covers_until, DAY.covers_from


@pytest.mark.parametrize(
    ("covered_until", "joined", "now", "covers_from"),
    [
        pytest.param(BEFORE, BEFORE - timedelta(days=90), DUE, BEFORE, id="the day before was sent"),
        pytest.param(DUE - timedelta(days=4), BEFORE, DUE, DUE - timedelta(days=4), id="three days were missed"),
        pytest.param(BEFORE, BEFORE, DUE + timedelta(hours=23), BEFORE, id="made up almost a day later"),
        pytest.param(DUE, BEFORE, DUE, None, id="sent already"),
        pytest.param(DUE + timedelta(days=1), BEFORE, DUE, None, id="a later one was sent"),
        pytest.param(None, DUE - timedelta(hours=1), DUE, BEFORE, id="the first: at least the whole day"),
        pytest.param(None, DUE - timedelta(days=9), DUE, DUE - timedelta(days=9), id="the first: all since it joined"),
        pytest.param(None, DUE - timedelta(days=900), DUE, DUE - MAX_OF_FIRST, id="the first: a month at most"),
        pytest.param(None, DUE + timedelta(seconds=1), DUE + timedelta(hours=1), None, id="joined after it was due"),
        pytest.param(None, BEFORE, DUE + FIRST_LATE, BEFORE, id="the first, a little late"),
        pytest.param(None, BEFORE, DUE + FIRST_LATE + timedelta(seconds=1), None, id="the first waits for the next"),
    ],
)
def test_what_a_recipients_report_covers(
    covered_until: datetime | None, joined: datetime, now: datetime, covers_from: datetime | None
) -> None:
    period = period_for(DAY, covered_until=covered_until, joined=joined, now=now)
    assert period == (covers_from and Period(day=DAY.day, covers_from=covers_from, covers_until=DUE))


@pytest.mark.parametrize(
    ("attempts", "failed", "sent", "minutes", "may"),
    [
        (1, True, False, 0.9, False),
        (1, True, False, 1, True),
        (2, True, False, 1.9, False),
        (2, True, False, 2, True),
        (5, True, False, 15.9, False),
        (5, True, False, 16, True),
        (6, True, False, 29.9, False),
        (400, True, False, 30, True),
        (1, False, False, 9.9, False),
        (1, False, False, 10, True),
        (1, False, True, 100_000, False),
    ],
)
def test_who_failed_waits_longer_each_time_and_a_claim_without_an_outcome_lapses(
    attempts: int, failed: bool, sent: bool, minutes: float, may: bool
) -> None:
    tried = Tried(attempts=attempts, claimed_at=DUE, failed=failed, sent=sent)
    assert may_try(tried, DUE + timedelta(minutes=minutes)) is may
    assert may_try(None, DUE)
    assert timedelta(minutes=10) == CLAIM_LAPSES
