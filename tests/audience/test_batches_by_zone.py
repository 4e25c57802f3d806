"""With a send window a batch holds clients of one time zone, and is due when the window opens there."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from harness.rows import add_clients, add_mailing
from vestnik.audience import build
from vestnik.audience.build import build_audiences, due_at
from vestnik.mailings.start import start_due
from vestnik.mailings.windows import SendWindow

ZONES = ("Asia/Kamchatka", "Asia/Yekaterinburg", "Europe/Moscow")
WINDOW = SendWindow(time(9), time(21))


def start(ledger: Any, window: SendWindow | None) -> int:
    mailing = add_mailing(ledger, tag=None, ends_in=3 * 86_400, window=window)
    assert start_due(ledger) == [mailing]
    return mailing


def build_all(ledger: Any) -> None:
    while build_audiences(ledger, stopped=lambda: False):
        pass


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FIRST_CHUNK", 100)
    monkeypatch.setattr(build, "FIRST_BATCH", 20)
    monkeypatch.setattr(build, "CHUNK", 400)
    monkeypatch.setattr(build, "BATCH_SIZE", 50)


def test_every_message_of_a_batch_is_for_the_batchs_zone_and_every_client_is_in_one(ledger: Any) -> None:
    add_clients(ledger, 1_000, zones=ZONES)
    mailing = start(ledger, WINDOW)
    build_all(ledger)
    rows = ledger.execute(
        "SELECT b.timezone, c.timezone, count(*) FROM vestnik_batch b"
        " JOIN vestnik_message_now m ON m.mailing_id = b.mailing_id AND m.id BETWEEN b.first_id AND b.last_id"
        " JOIN vestnik_client c ON c.id = m.client_id WHERE b.mailing_id = %s GROUP BY 1, 2 ORDER BY 1",
        [mailing],
    ).fetchall()
    assert rows == [("Asia/Kamchatka", "Asia/Kamchatka", 333), ("Asia/Yekaterinburg", "Asia/Yekaterinburg", 334),
                    ("Europe/Moscow", "Europe/Moscow", 333)]  # fmt: skip


def test_batches_count_their_messages_and_keep_to_their_size(ledger: Any) -> None:
    add_clients(ledger, 1_000, zones=ZONES)
    mailing = start(ledger, WINDOW)
    build_all(ledger)
    rows = ledger.execute(
        "SELECT b.queued, count(m.id) FROM vestnik_batch b"
        " JOIN vestnik_message_now m ON m.mailing_id = b.mailing_id AND m.id BETWEEN b.first_id AND b.last_id"
        " WHERE b.mailing_id = %s GROUP BY b.id, b.queued",
        [mailing],
    ).fetchall()
    assert all(queued == counted <= 50 for queued, counted in rows)
    assert sum(queued for queued, _ in rows) == 1_000


def test_a_batch_is_due_when_the_window_opens_in_its_zone(ledger: Any) -> None:
    add_clients(ledger, 30, zones=ZONES)
    mailing = start(ledger, WINDOW)
    ((before,),) = ledger.execute("SELECT clock_timestamp()").fetchall()
    build_all(ledger)
    for zone, due in ledger.execute("SELECT timezone, due_at FROM vestnik_batch WHERE mailing_id = %s", [mailing]):
        local = due.astimezone(ZoneInfo(zone))
        if WINDOW.holds(before.astimezone(ZoneInfo(zone)).time()):
            assert abs(due - before) < timedelta(seconds=10)
        else:
            assert (local.hour, local.minute, local.second) == (9, 0, 0)
            assert before < due < before + timedelta(days=1)


def test_without_a_window_batches_mix_zones_and_are_due_at_once(ledger: Any) -> None:
    add_clients(ledger, 1_000, zones=ZONES)
    mailing = start(ledger, None)
    build_all(ledger)
    rows = ledger.execute(
        "SELECT DISTINCT timezone, due_at <= now() FROM vestnik_batch WHERE mailing_id = %s", [mailing]
    )
    assert rows.fetchall() == [(None, True)]
    ((batches,),) = ledger.execute("SELECT count(*) FROM vestnik_batch").fetchall()
    assert batches == 5 + 8 + 8 + 2  # 100 by 20, twice 400 by 50, 100 by 50


def test_a_zone_that_nobody_knows_any_more_stops_no_audience_and_waits_for_the_end(ledger: Any) -> None:
    add_clients(ledger, 60, zones=("Europe/Atlantis", "Europe/Moscow"))
    mailing = start(ledger, WINDOW)
    build_all(ledger)
    ((due, end, queued),) = ledger.execute(
        "SELECT b.due_at, m.end_time, sum(b.queued)"
        " FROM vestnik_batch b JOIN vestnik_mailing m ON m.id = b.mailing_id"
        " WHERE b.mailing_id = %s AND b.timezone = 'Europe/Atlantis' GROUP BY 1, 2",
        [mailing],
    ).fetchall()
    assert (due, queued) == (end, 30)


def test_the_zones_of_an_empty_directory_are_none(ledger: Any) -> None:
    mailing = start(ledger, WINDOW)
    build_all(ledger)
    assert ledger.execute(
        "SELECT prepared_at IS NOT NULL FROM vestnik_mailing WHERE id = %s", [mailing]
    ).fetchall() == [(True,)]


def test_the_due_time_is_the_opening_on_the_day_the_clocks_change() -> None:
    evening, end = datetime.fromisoformat("2026-10-24T20:00:00Z"), datetime.fromisoformat("2026-10-30T00:00:00Z")
    assert due_at(WINDOW, "Europe/Berlin", evening, end).isoformat() == "2026-10-25T08:00:00+00:00"
    assert due_at(WINDOW, "Europe/Atlantis", evening, end) == end
