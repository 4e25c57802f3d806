"""The forecast: exactly who is shut out by a window, and about how many by the rate limit."""

from datetime import UTC, datetime, time

from vestnik.audience.forecast import at_night, foresee, shut_out
from vestnik.mailings.windows import SendWindow

DAY = SendWindow(time(9), time(21))
ZONES = {"Europe/Kaliningrad": 10, "Europe/Moscow": 20, "Asia/Kamchatka": 30}  # UTC+2, +3, +12


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shut(start: str, end: str, window: SendWindow | None = DAY, zones: dict[str, int] = ZONES) -> dict[str, int]:
    return shut_out(zones=zones, window=window, start=utc(start), end=utc(end))


def test_a_zone_whose_window_does_not_open_before_the_end_is_shut_out() -> None:
    # From 15:00 to 18:30 in Moscow: Kaliningrad's day is open, in Kamchatka it is after midnight.
    assert shut("2026-11-24T12:00", "2026-11-24T15:30") == {"Asia/Kamchatka": 30}


def test_a_window_that_opens_at_the_end_is_too_late_and_a_second_before_it_is_too() -> None:
    assert shut("2026-11-24T12:00", "2026-11-24T21:00") == {"Asia/Kamchatka": 30}
    assert shut("2026-11-24T12:00", "2026-11-24T21:00:01") == {"Asia/Kamchatka": 30}
    assert shut("2026-11-24T12:00", "2026-11-24T21:00:02") == {}


def test_nobody_is_shut_out_without_a_window() -> None:
    assert shut("2026-11-24T12:00", "2026-11-24T12:30", None) == {}


def test_an_unknown_zone_is_shut_out_by_any_window() -> None:
    assert shut("2026-11-24T12:00", "2026-12-24T12:00", DAY, {"Europe/Atlantis": 7}) == {"Europe/Atlantis": 7}


def unsent(
    start: str, end: str, rate: float, window: SendWindow | None = DAY, zones: dict[str, int] = ZONES
) -> dict[str, int] | None:
    foreseen = foresee(zones=zones, window=window, start=utc(start), end=utc(end), rate=rate)
    return None if foreseen is None else dict(foreseen.unsent)


def test_without_a_window_the_zones_share_what_is_left_over() -> None:
    # 100 s but the last one, at 10 a second: 990 of 1,990.
    zones = {"Europe/Moscow": 995, "Asia/Kamchatka": 995}
    assert unsent("2026-11-24T12:00:00", "2026-11-24T12:01:40", 10, None, zones) == {
        "Europe/Moscow": 500, "Asia/Kamchatka": 500,
    }  # fmt: skip


def test_a_rate_that_is_enough_leaves_nothing() -> None:
    assert unsent("2026-11-24T12:00", "2026-11-24T13:00", 1, None) == {}
    assert unsent("2026-11-24T12:00", "2027-11-24T13:00", 1) == {}


def test_a_zone_that_is_open_for_a_minute_is_sent_what_fits_in_it() -> None:
    # Kaliningrad 20:00 to 20:30, Moscow is closed; 30 minutes but a second at one a minute.
    assert unsent("2026-11-24T18:00", "2026-11-24T18:30", 1 / 60, DAY, {"Europe/Kaliningrad": 100}) == {
        "Europe/Kaliningrad": 70
    }


def test_what_does_not_fit_today_goes_tomorrow() -> None:
    # Two days of 12 hours, one a second; then only a third of one.
    zones = {"Europe/Moscow": 2 * 43_194}
    assert unsent("2026-11-24T06:00", "2026-11-26T06:00", 1, DAY, zones) == {}
    assert unsent("2026-11-24T06:00", "2026-11-25T06:00", 1, DAY, zones) == {"Europe/Moscow": 43_194}


def test_the_window_that_opened_first_is_served_first() -> None:
    # Kamchatka opens at 21:00 UTC, Moscow at 06:00; six seconds before 09:00 Kamchatka is through. One a second.
    zones = {"Asia/Kamchatka": 43_194, "Europe/Moscow": 43_194}
    assert unsent("2026-11-24T21:00", "2026-11-25T18:00", 1, DAY, zones) == {"Europe/Moscow": 43_194 - 32_400}


def test_a_mailing_that_would_take_years_is_not_guessed() -> None:
    assert unsent("2026-11-24T12:00", "2090-11-24T12:00", 1, DAY, dict.fromkeys(ZONES, 10**9)) is None


def last(
    start: str, end: str, rate: float, window: SendWindow | None, zones: dict[str, int] = ZONES
) -> datetime | None:
    foreseen = foresee(zones=zones, window=window, start=utc(start), end=utc(end), rate=rate)
    assert foreseen is not None
    return foreseen.last_leaves_at


def test_the_last_message_leaves_when_the_rate_has_taken_all() -> None:
    assert last("2026-11-24T12:00", "2026-11-24T13:00", 1, None) == utc("2026-11-24T12:01")
    assert last("2026-11-24T12:00", "2026-11-24T13:00", 60, None) == utc("2026-11-24T12:00:01")


def test_the_last_message_waits_for_its_zone_s_window() -> None:
    # 09:00 in Kamchatka is 21:00 UTC; thirty clients at one a second.
    assert last("2026-11-24T12:00", "2026-11-25T12:00", 1, DAY) == utc("2026-11-24T21:00:30")


def test_what_does_not_fit_leaves_until_the_last_second_and_nothing_never() -> None:
    assert last("2026-11-24T12:00", "2026-11-24T12:00:31", 1, None) == utc("2026-11-24T12:00:30")
    assert last("2026-11-24T12:00", "2026-11-24T13:00", 1, DAY, {"Asia/Kamchatka": 30}) is None


def sleeping(start: str, until: str, window: SendWindow | None = None) -> list[str]:
    return list(at_night(zones={**ZONES, "Europe/Atlantis": 1}, window=window, start=utc(start), until=utc(until)))


def test_it_names_the_zones_where_it_is_night_while_messages_leave() -> None:
    # At noon in UTC it is midnight in Kamchatka.
    assert sleeping("2026-11-24T12:00", "2026-11-24T12:10") == ["Asia/Kamchatka"]
    # 18:59 to 19:10 UTC: 22:00 passes in Moscow; Kamchatka has 07:00.
    assert sleeping("2026-11-24T18:59", "2026-11-24T19:10") == ["Europe/Moscow", "Asia/Kamchatka"]
    assert sleeping("2026-11-24T20:05", "2026-11-24T20:10") == ["Europe/Kaliningrad", "Europe/Moscow"]
    assert sleeping("2026-11-24T06:00", "2026-11-24T06:10") == []


def test_a_window_by_day_keeps_the_night_quiet_and_one_by_night_does_not() -> None:
    assert sleeping("2026-11-24T12:00", "2026-11-26T12:00", DAY) == []
    late = SendWindow(time(9), time(23))
    assert sleeping("2026-11-24T07:00", "2026-11-24T23:00", late) == list(ZONES)
    # From 09:30 in Moscow: the first hour is light, the night comes with the evening.
    over_night = SendWindow(time(20), time(10))
    assert sleeping("2026-11-24T06:30", "2026-11-25T06:30", over_night) == list(ZONES)
