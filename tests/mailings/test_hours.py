"""When messages may be handed over: margins before a window's close and before the end."""

from datetime import UTC, datetime, time, timedelta

from vestnik.mailings.hours import ALWAYS, hours_of, sending_periods
from vestnik.mailings.windows import SendWindow

DAY = SendWindow(time(9), time(21))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(zone: str | None, opens: time | None, closes: time | None, at: str) -> tuple[str, str]:
    found = hours_of(timezone=zone, opens=opens, closes=closes, at=utc(at), end=utc("2026-12-31T00:00"))
    until = "past" if found.until == float("-inf") else f"{datetime.fromtimestamp(found.until, UTC):%d %H:%M:%S}"
    return until, f"{datetime.fromtimestamp(found.reopens or 0, UTC):%d %H:%M:%S}"


def test_a_lease_ends_six_seconds_before_the_window_closes() -> None:
    assert hours("Europe/Moscow", time(9), time(21), "2026-11-24T10:00") == ("24 17:59:54", "25 06:00:00")


def test_a_window_that_is_closed_ended_long_ago_and_reopens() -> None:
    assert hours("Europe/Moscow", time(9), time(21), "2026-11-24T20:00") == ("past", "25 06:00:00")


def test_on_the_night_the_clocks_change_a_night_window_lasts_an_hour_longer_or_shorter() -> None:
    assert hours("Europe/Berlin", time(22), time(6), "2026-10-24T20:30") == ("25 04:59:54", "25 21:00:00")
    assert hours("Europe/Berlin", time(22), time(6), "2026-03-28T21:30") == ("29 03:59:54", "29 20:00:00")


def test_an_unknown_zone_is_closed_until_the_end() -> None:
    assert hours("Europe/Atlantis", time(9), time(21), "2026-11-24T10:00") == ("past", "31 00:00:00")


def test_without_a_window_there_are_no_hours() -> None:
    found = hours_of(timezone=None, opens=None, closes=None, at=utc("2026-11-24T10:00"), end=utc("2026-11-25T10:00"))
    assert found is ALWAYS


def periods(window: SendWindow | None, zone: str, start: str, end: str) -> list[tuple[str, str]]:
    return [
        (f"{opens:%d %H:%M:%S}", f"{closes:%d %H:%M:%S}")
        for opens, closes in sending_periods(window, zone, utc(start), utc(end))
    ]


def test_periods_over_a_change_of_the_clocks_are_cut_to_start_and_end() -> None:
    assert periods(DAY, "Europe/Berlin", "2026-10-24T18:00", "2026-10-26T09:00") == [
        ("24 18:00:00", "24 18:59:54"),
        ("25 08:00:00", "25 19:59:54"),
        ("26 08:00:00", "26 08:59:59"),
    ]


def test_without_a_window_there_is_one_period() -> None:
    assert periods(None, "Europe/Berlin", "2026-10-24T18:00", "2026-10-24T19:00") == [("24 18:00:00", "24 18:59:59")]
    assert periods(None, "Europe/Berlin", "2026-10-24T18:00:00", "2026-10-24T18:00:01") == []


def test_what_lies_between_two_openings_or_in_an_unknown_zone_has_none() -> None:
    assert periods(DAY, "Europe/Moscow", "2026-11-24T18:00", "2026-11-25T06:00") == []
    assert periods(DAY, "Europe/Moscow", "2026-11-24T17:59:55", "2026-11-25T06:00:01") == []
    assert periods(DAY, "Europe/Atlantis", "2026-11-24T18:00", "2026-11-29T06:00") == []


def test_a_window_of_a_minute_is_used_and_one_shorter_than_the_margin_is_not() -> None:
    minute, moment = SendWindow(time(9), time(9, 1)), SendWindow(time(9), time(9, 0, 6))
    assert periods(minute, "UTC", "2026-11-24T00:00", "2026-11-25T00:00") == [("24 09:00:00", "24 09:00:54")]
    assert periods(moment, "UTC", "2026-11-24T00:00", "2026-11-25T00:00") == []


def test_the_end_is_not_moved_by_a_window_that_closes_after_it() -> None:
    end = utc("2026-11-24T12:00")
    assert list(sending_periods(DAY, "UTC", utc("2026-11-24T11:00"), end)) == [
        (utc("2026-11-24T11:00"), end - timedelta(seconds=1))
    ]
