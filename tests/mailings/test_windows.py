"""Send windows by the client's own clock: over midnight, over clock changes both ways, in zones with odd offsets."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vestnik.mailings.windows import SendWindow, is_open, next_closing, next_opening, zone_of


def window(opens: str, closes: str) -> SendWindow:
    return SendWindow(time.fromisoformat(opens), time.fromisoformat(closes))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DAY, NIGHT = window("09:00", "21:00"), window("22:00", "06:00")

LORD_HOWE = "Australia/Lord_Howe"

# zone, window, instant (UTC), open then?, next opening (UTC), next closing (UTC)
ORDINARY_DAYS = [
    ("Europe/Moscow", DAY, "2026-11-24T05:59:59", False, "2026-11-24T06:00", "2026-11-24T05:59:59"),
    ("Europe/Moscow", DAY, "2026-11-24T06:00", True, "2026-11-24T06:00", "2026-11-24T18:00"),
    ("Europe/Moscow", DAY, "2026-11-24T17:59:59.999999", True, "2026-11-24T17:59:59.999999", "2026-11-24T18:00"),
    ("Europe/Moscow", DAY, "2026-11-24T18:00", False, "2026-11-25T06:00", "2026-11-24T18:00"),
    # Over midnight, and over a month's and a year's end.
    ("Europe/Moscow", NIGHT, "2026-12-31T18:59", False, "2026-12-31T19:00", "2026-12-31T18:59"),
    ("Europe/Moscow", NIGHT, "2026-12-31T23:30", True, "2026-12-31T23:30", "2027-01-01T03:00"),
    ("Europe/Moscow", NIGHT, "2027-01-01T03:00", False, "2027-01-01T19:00", "2027-01-01T03:00"),
    ("Europe/Moscow", window("00:00", "06:00"), "2026-02-28T20:00", False, "2026-02-28T21:00", "2026-02-28T20:00"),
    ("Europe/Moscow", window("18:00", "00:00"), "2026-02-28T20:59", True, "2026-02-28T20:59", "2026-02-28T21:00"),
    # The local day is not UTC's: Kamchatka is twelve hours ahead, Honolulu ten behind.
    ("Asia/Kamchatka", DAY, "2026-11-24T20:59", False, "2026-11-24T21:00", "2026-11-24T20:59"),
    ("Pacific/Honolulu", DAY, "2026-11-24T06:30", True, "2026-11-24T06:30", "2026-11-24T07:00"),
    # Half and quarter hours.
    ("Asia/Kolkata", DAY, "2026-11-24T03:29", False, "2026-11-24T03:30", "2026-11-24T03:29"),
    ("Asia/Kathmandu", DAY, "2026-11-24T15:14", True, "2026-11-24T15:14", "2026-11-24T15:15"),
    ("Australia/Eucla", DAY, "2026-11-24T00:00", False, "2026-11-24T00:15", "2026-11-24T00:00"),
]  # fmt: skip

# Berlin, 2026: on 29 March 02:00 -> 03:00 at 01:00 UTC; on 25 October 03:00 -> 02:00 at 01:00 UTC.
CLOCK_CHANGES = [
    # The day after the clocks change, 09:00 is an hour earlier or later in UTC.
    ("Europe/Berlin", DAY, "2026-03-28T20:00", False, "2026-03-29T07:00", "2026-03-28T20:00"),
    ("Europe/Berlin", DAY, "2026-10-24T19:00", False, "2026-10-25T08:00", "2026-10-24T19:00"),
    # A night window loses an hour in spring (7 hours) and gains one in autumn (9).
    ("Europe/Berlin", NIGHT, "2026-03-28T21:00", True, "2026-03-28T21:00", "2026-03-29T04:00"),
    ("Europe/Berlin", NIGHT, "2026-10-24T20:00", True, "2026-10-24T20:00", "2026-10-25T05:00"),
    # Begins inside the skipped hour: opens right after it. Ends inside: closes right before it.
    ("Europe/Berlin", window("02:30", "09:00"), "2026-03-29T00:30", False, "2026-03-29T01:00", "2026-03-29T00:30"),
    ("Europe/Berlin", window("22:00", "02:30"), "2026-03-29T00:30", True, "2026-03-29T00:30", "2026-03-29T01:00"),
    # Wholly inside the skipped hour: not on that day, but on the next.
    ("Europe/Berlin", window("02:10", "02:50"), "2026-03-29T00:00", False, "2026-03-30T00:10", "2026-03-29T00:00"),
    # Covers the repeated hour: open through both.
    ("Europe/Berlin", window("01:00", "04:00"), "2026-10-24T23:00", True, "2026-10-24T23:00", "2026-10-25T03:00"),
    # Wholly inside the repeated hour: open twice.
    ("Europe/Berlin", window("02:10", "02:50"), "2026-10-25T00:00", False, "2026-10-25T00:10", "2026-10-25T00:00"),
    ("Europe/Berlin", window("02:10", "02:50"), "2026-10-25T00:50", False, "2026-10-25T01:10", "2026-10-25T00:50"),
    # Begins inside it: closes when the clock is put back, and opens again.
    ("Europe/Berlin", window("02:30", "09:00"), "2026-10-25T00:30", True, "2026-10-25T00:30", "2026-10-25T01:00"),
    ("Europe/Berlin", window("02:30", "09:00"), "2026-10-25T01:00", False, "2026-10-25T01:30", "2026-10-25T01:00"),
    # Ends inside it: opens again when the clock is put back.
    ("Europe/Berlin", window("22:00", "02:30"), "2026-10-25T00:30", False, "2026-10-25T01:00", "2026-10-25T00:30"),
    ("Europe/Berlin", window("22:00", "02:30"), "2026-10-25T01:00", True, "2026-10-25T01:00", "2026-10-25T01:30"),
    # The south changes the other way round: Sydney goes back on 5 April (16:00 UTC the day before), on on 4 October.
    ("Australia/Sydney", DAY, "2026-04-04T11:00", False, "2026-04-04T23:00", "2026-04-04T11:00"),
    ("Australia/Sydney", DAY, "2026-10-03T12:00", False, "2026-10-03T22:00", "2026-10-03T12:00"),
    ("Australia/Sydney", window("02:30", "05:00"), "2026-10-03T15:59", False, "2026-10-03T16:00", "2026-10-03T15:59"),
    # Lord Howe changes by half an hour: 02:00 -> 02:30 on 4 October, at 15:30 UTC the day before.
    (LORD_HOWE, window("02:10", "05:00"), "2026-10-03T15:00", False, "2026-10-03T15:30", "2026-10-03T15:00"),
    (LORD_HOWE, window("02:10", "02:20"), "2026-10-03T15:00", False, "2026-10-04T15:10", "2026-10-03T15:00"),
    # Midnight itself is skipped in Santiago on 6 September: 00:00 -> 01:00, at 04:00 UTC.
    ("America/Santiago", window("00:00", "00:30"), "2026-09-06T03:30", False, "2026-09-07T03:00", "2026-09-06T03:30"),
    # Samoa went without 30 December 2011: from the 29th's midnight to the 31st, at 10:00 UTC.
    ("Pacific/Apia", NIGHT, "2011-12-30T09:00", True, "2011-12-30T09:00", "2011-12-30T16:00"),
    ("Pacific/Apia", DAY, "2011-12-30T08:00", False, "2011-12-30T19:00", "2011-12-30T08:00"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "chosen", "at", "open_then", "opening", "closing"), ORDINARY_DAYS + CLOCK_CHANGES)
def test_a_window_follows_the_clock_on_the_clients_wall(
    zone: str, chosen: SendWindow, at: str, open_then: bool, opening: str, closing: str
) -> None:
    here = ZoneInfo(zone)
    assert is_open(chosen, here, utc(at)) is open_then
    assert next_opening(chosen, here, utc(at)) == utc(opening)
    assert next_closing(chosen, here, utc(at)) == utc(closing)


ZONES = [
    "Europe/Berlin", "Europe/Moscow", "Australia/Lord_Howe", "Australia/Sydney", "Asia/Kathmandu", "America/St_Johns",
    "America/Santiago", "Africa/Casablanca", "Pacific/Chatham", "Pacific/Apia", "Asia/Tehran", "Antarctica/Troll",
]  # fmt: skip
TIMES = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    opens=TIMES,
    closes=TIMES,
    at=st.datetimes(datetime(2009, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - becomes UTC below
)
def test_opening_and_closing_are_what_a_look_at_the_clock_every_minute_finds(
    zone: str, opens: time, closes: time, at: datetime
) -> None:
    if opens == closes:
        return
    chosen, here, now = SendWindow(opens, closes), ZoneInfo(zone), at.replace(second=0, microsecond=0, tzinfo=UTC)
    minutes = [now + timedelta(minutes=n) for n in range(3 * 24 * 60)]
    looked = [is_open(chosen, here, minute) for minute in minutes]
    if True in looked:
        assert next_opening(chosen, here, now) == minutes[looked.index(True)]
    if False in looked:
        assert next_closing(chosen, here, now) == minutes[looked.index(False)]


def test_answers_are_in_utc_whatever_the_question_was_in() -> None:
    asked = datetime(2026, 11, 24, 4, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    answer = next_opening(DAY, ZoneInfo("Europe/Moscow"), asked)
    assert (answer, answer.tzinfo) == (utc("2026-11-24T06:00"), UTC)


def test_a_window_from_a_time_to_the_same_time_says_nothing() -> None:
    with pytest.raises(ValueError, match="another time"):
        SendWindow(time(9), time(9))


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../etc/passwd", "Europe", "\x00"])
def test_a_zone_that_python_does_not_know_is_none(name: str) -> None:
    assert zone_of(name) is None


def test_a_known_zone_is_found() -> None:
    assert zone_of("Europe/Moscow") == ZoneInfo("Europe/Moscow")
