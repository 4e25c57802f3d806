"""How fast mailings go is known from samples of their totals, and sums are right whatever was sampled."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.mailings import made_mailing
from vestnik.db.clock import database_now
from vestnik.models import Batch, Mailing, Progress
from vestnik.statistics.progress import (
    moved_by_hour,
    rates_of,
    sample_progress,
    series_of,
    thin_progress,
    totals_since,
)
from vestnik.statistics.totals import totals_of

pytestmark = pytest.mark.usefixtures("ledger")


def running(*, started: float = 3600, **counters: int) -> Mailing:
    """A mailing that started so many seconds ago, with one batch."""
    now = database_now()
    began = now - timedelta(seconds=started)
    made = made_mailing(starts_in=-started, state="running", started_at=began, prepared_at=now)
    Batch.objects.create(mailing=made, first_id=1000 * made.id, last_id=1000 * made.id + 999, due_at=now, **counters)
    return made


def sampled(mailing: Mailing, ago: float, sent: int, bad: int = 0) -> None:
    at = database_now() - timedelta(seconds=ago)
    Progress.objects.create(mailing_id=mailing.id, at=at, sent=sent, bad=bad)


def freeze(mailing: Mailing, *, ago: float = 0, **totals: int) -> None:
    at = database_now() - timedelta(seconds=ago)
    words = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "expired", "cancelled", "unknown")
    full = {word: totals.get(word, 0) for word in words}
    Mailing.objects.filter(id=mailing.id).update(state="completed", totals=full, frozen_at=at, finished_at=at)


def again(ledger: Any) -> bool:
    """A sample, though the last one was taken a moment ago."""
    ledger.execute("DELETE FROM vestnik_heartbeat WHERE name = 'progress'")
    return sample_progress(ledger)


def test_a_sample_is_the_books_of_what_is_not_over(ledger: Any) -> None:
    made = running(sent=5, failed=2, unknown=1, queued=3)
    freeze(running(sent=9), sent=9)
    assert sample_progress(ledger)
    newest = Progress.objects.order_by("-at").values_list("mailing_id", "sent", "bad", "unknown")[0]
    assert newest == (made.id, 5, 3, 1)
    assert set(Progress.objects.values_list("mailing_id", flat=True)) == {made.id}


def test_of_many_processes_one_takes_the_sample(ledger: Any) -> None:
    running(sent=5)
    assert [sample_progress(ledger) for _ in range(3)] == [True, False, False]


def test_with_nothing_under_way_nobody_writes_anything(ledger: Any) -> None:
    freeze(running(sent=9), sent=9)
    assert not sample_progress(ledger)
    assert ledger.execute("SELECT count(*) FROM vestnik_heartbeat WHERE name = 'progress'").fetchall() == [(0,)]


def test_a_mailing_that_stands_still_has_no_new_samples(ledger: Any) -> None:
    running(started=1, sent=5)
    for _ in range(4):
        again(ledger)
    assert Progress.objects.count() == 1


def test_after_a_pause_the_move_is_as_quick_as_it_was(ledger: Any) -> None:
    made = running(sent=100)
    sampled(made, 1800, 100)
    Batch.objects.update(sent=600)
    again(ledger)
    first, plateau, last = Progress.objects.order_by("at").values_list("sent", flat=True)
    assert (first, plateau, last) == (100, 100, 600)
    times = list(Progress.objects.order_by("at").values_list("at", flat=True))
    assert 4 < (times[2] - times[1]).total_seconds() < 6


def test_the_rate_of_now_is_measured_over_seconds_not_over_a_pause() -> None:
    made = running(sent=300, failed=50)
    sampled(made, 600, 100)
    totals = totals_of([made])
    assert rates_of(totals)[made.id] == pytest.approx(250 / 15)
    sampled(made, 5, 200)
    assert rates_of(totals)[made.id] == pytest.approx(150 / 5, rel=0.2)


def test_a_mailing_that_has_just_begun_is_measured_from_its_start() -> None:
    made = running(started=4, sent=400)
    assert rates_of(totals_of([made]))[made.id] == pytest.approx(100, rel=0.2)


def test_the_series_ends_with_the_books_of_now_and_adds_up_to_them() -> None:
    made = running(started=300, sent=900, failed=100)
    for ago, sent in ((250, 100), (200, 300), (100, 300), (40, 700)):
        sampled(made, ago, sent)
    series = series_of(made, totals_of([made])[made.id], database_now())
    assert series is not None
    assert series.width == 5
    assert sum(rate * series.width for rate in series.sent) == pytest.approx(900, rel=0.05)
    assert sum(rate * series.width for rate in series.failed) == pytest.approx(100, rel=0.2)


def test_failed_and_unknown_are_lines_of_their_own() -> None:
    made = running(started=300, sent=900, failed=100, unknown=50)
    at = database_now() - timedelta(seconds=150)
    Progress.objects.create(mailing_id=made.id, at=at, sent=900, bad=120, unknown=20)
    series = series_of(made, totals_of([made])[made.id], database_now())
    assert series is not None
    assert sum(rate * series.width for rate in series.failed) == pytest.approx(100, rel=0.05)
    assert sum(rate * series.width for rate in series.unknown) == pytest.approx(50, rel=0.05)
    half = len(series.unknown) // 2
    assert sum(rate * series.width for rate in series.unknown[half + 2 :]) == pytest.approx(30, rel=0.1)


def test_a_steady_pace_is_a_level_line_whenever_samples_were_taken() -> None:
    made = running(started=100, sent=1000)
    for ago in (93, 87.5, 80, 71, 66.6, 60, 52, 44, 39, 31, 22, 17, 8, 3):
        sampled(made, ago, round(10 * (100 - ago)))
    series = series_of(made, totals_of([made])[made.id], database_now())
    assert series is not None
    assert series.sent[:-1] == pytest.approx([10] * (len(series.sent) - 1), rel=0.2)


def test_a_mailing_of_a_month_has_as_many_points_as_a_chart_can_show() -> None:
    made = running(started=30 * 86_400, sent=10)
    series = series_of(made, totals_of([made])[made.id], database_now())
    assert series is not None
    assert 90 <= len(series.sent) <= 181


def test_hours_add_up_to_the_books_though_nobody_sampled() -> None:
    quick, long = running(started=1800), running(started=3 * 86_400, sent=50, queued=1)
    freeze(quick, ago=600, sent=70, unknown=3)
    sampled(long, 2 * 86_400, 20)
    sampled(long, 7_200, 40)
    hours = moved_by_hour(now=database_now(), zone="Europe/Moscow")
    assert len(hours) == 24
    assert sum(hour.sent for hour in hours) == 70 + 30
    assert (sum(hour.failed for hour in hours), sum(hour.unknown for hour in hours)) == (0, 3)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Asia/Kathmandu"])
def test_hours_begin_by_the_clock_of_the_reader(zone: str) -> None:
    made = running(started=60)
    freeze(made, sent=7)
    hours = moved_by_hour(now=database_now(), zone=zone)
    assert sum(hour.sent for hour in hours[-2:]) == 7


def test_books_since_an_instant_are_those_of_mailings_that_started_since() -> None:
    running(started=7_200, sent=1)
    running(started=60, sent=10, queued=5)
    over = running(started=120)
    freeze(over, delivered=30)
    now: datetime = database_now()
    mailings, totals = totals_since(now - timedelta(hours=1))
    assert mailings == 2
    assert (totals["sent"], totals["queued"], totals["delivered"]) == (10, 5, 30)
    assert totals_since(now + timedelta(hours=1))[0] == 0


def test_old_samples_are_thinned_to_one_a_minute_and_then_forgotten() -> None:
    made = running()
    start = database_now().replace(second=0, microsecond=0) - timedelta(hours=2)
    for n in range(24):
        Progress.objects.create(mailing_id=made.id, at=start + timedelta(seconds=5 * n), sent=n, bad=0)
    Progress.objects.create(mailing_id=made.id, at=start - timedelta(days=91), sent=0, bad=0)
    assert thin_progress() == 23
    assert list(Progress.objects.order_by("at").values_list("sent", flat=True)) == [11, 23]
