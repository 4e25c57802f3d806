"""Dates and times are read by one rule wherever they come in: REST bodies, queries, the console, settings, commands."""

from datetime import UTC, date, datetime, time, timedelta

import click
import pytest
from click.testing import CliRunner
from django.forms import Form
from hypothesis import given
from hypothesis import strategies as some
from rest_framework import serializers

from vestnik.api.fields import InstantField
from vestnik.cli.reports import report
from vestnik.console.composing.fields import ClockField, TimeOfDayField
from vestnik.console.people.forms import KeyForm
from vestnik.instants import read_day, read_instant, read_local_time, read_time_of_day

NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)
RIGHT = {
    "2031-05-05T12:00:00Z": NOON,
    "2031-05-05t12:00:00z": NOON,
    "2031-05-05 12:00:00Z": NOON,
    "2031-05-05T12:00Z": NOON,
    "2031-05-05T12:00:00.000Z": NOON,
    "2031-05-05T12:00:00,000000000Z": NOON,
    "2031-05-05T12:00:00+00:00": NOON,
    "2031-05-05T12:00:00-00:00": NOON,
    "2031-05-05T15:00:00+03": NOON,
    "2031-05-05T15:00:00+0300": NOON,
    "2031-05-05T17:45:00+05:45": NOON,
    "2031-05-06T11:59:00+23:59": NOON,
    "2031-05-04T12:01:00-23:59": NOON,
    "2031-05-05T12:00:00.123456789Z": NOON + timedelta(microseconds=123456),
}
#: What follows a right date and time as an offset, and is none.
WRONG_OFFSETS = (
    "+03:60", "+03:99", "+0360", "+24:00", "-24:00", "+24", "+99:00", "+3", "+3:00", "+03:0", "+030",
    "+03:00:75", "+03:00:00",
    "+03:00:30", "+030000", "+03:00.5", "+03.00", " +03:00 ", "+ 03:00", "+-03:00", "03:00", "++03:00",
    "\u221203:00", "±03:00",
    "ZZ", "Z+03:00", "UTC", " UTC", "+03:00Z", "MSK", "[Europe/Moscow]", "+03:00[Europe/Moscow]", "+٠٣:٠٠",
    "+03:00\n", "Z\n", "ʐ", "\x00",
)  # fmt: skip
WRONG = (
    "2031-05-05T24:00:00Z", "2031-05-05T23:59:60Z", "2031-05-05T12:60:00Z", "2031-05-05T12:00:61Z",
    "2031-05-05T1:00:00Z",
    "2031-W19-1T12:00:00Z", "2031-W19T12:00:00Z", "2031-125T12:00:00Z", "20310505T120000Z", "2031-5-5T12:00:00Z",
    "2031-02-29T12:00:00Z", "2031-13-01T12:00:00Z", "2031-00-01T12:00:00Z", "+2031-05-05T12:00:00Z",
    "-2031-05-05T12:00:00Z",
    "31-05-05T12:00:00Z", "2031-05-05", "2031-05-05Z", "2031-05-05T12Z", "2031-05-05T12:00:00.Z",
    "2031-05-05T12:00:00.1234567890Z",
    "٢٠٣١-05-05T12:00:00Z", "２０３１-05-05T12:00:00Z", "2031-05-05_12:00:00Z", "2031-05-05T12:00:00 Z",
    "2031–05–05T12:00:00Z",
    "1967000000", "12:00", "tomorrow", "", " ", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    *(f"2031-05-05T12:00:00{offset}" for offset in WRONG_OFFSETS),
)  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_an_instant_is_read(text: str):
    assert read_instant(text) == RIGHT[text]
    assert InstantField().to_internal_value(text) == RIGHT[text]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_instant_is_refused_by_rest(text: str):
    with pytest.raises(serializers.ValidationError) as refused:
        InstantField().to_internal_value(text)
    assert refused.value.get_codes() == ["invalid"]


@given(some.integers(-99, 99), some.integers(0, 99), some.sampled_from(["", ":"]))
def test_an_offset_has_hours_of_a_day_and_minutes_of_an_hour(hours: int, minutes: int, colon: str):
    sign = "-" if hours < 0 else "+"
    read = read_instant(f"2031-05-05T12:00:00{sign}{abs(hours):02d}{colon}{minutes:02d}")
    assert (read is not None) == (abs(hours) < 24 and minutes < 60)
    if read is not None:
        assert abs(read.utcoffset() or timedelta()) == timedelta(hours=abs(hours), minutes=minutes)


class _Clocks(Form):
    at = ClockField()
    hour = TimeOfDayField()


@pytest.mark.parametrize("text", [*WRONG, "2031-05-05T12:00:00+03:00", "2031-05-05T12:00Z", "2031-05-05T24:00"])
def test_what_is_no_clock_time_is_refused_by_the_console(text: str):
    assert read_local_time(text) is None
    assert "at" in _Clocks({"at": text, "hour": ""}).errors
    form = KeyForm({"name": "CRM", "role": "viewer", "expires_at": text or "x"})
    assert list(form.errors) == ["expires_at"]


@pytest.mark.parametrize(
    "text", ["2031-05-05T12:00", "2031-05-05 12:00", "2031-05-05T12:00:00", " 2031-05-05T12:00:00.5 "]
)
def test_a_clock_time_is_read_by_the_console(text: str):
    assert not _Clocks({"at": text, "hour": "09:05"}).errors
    assert not KeyForm({"name": "CRM", "role": "viewer", "expires_at": text}).errors


@pytest.mark.parametrize("text", ["9:00", "24:00", "09:60", "٠٩:٠٠", "09:00:00", "09.00", "9", "0900"])
def test_what_is_no_time_of_day_is_refused(text: str):
    assert read_time_of_day(text) is None
    assert "hour" in _Clocks({"at": "2031-05-05T12:00", "hour": text}).errors


def test_a_time_of_day_is_read():
    assert read_time_of_day("09:05") == time(9, 5)


@pytest.mark.parametrize(
    "text",
    ["2031-5-5", "٢٠٣١-05-05", "2031-02-29", "2031-W19-1", "20310505", "0001-01-01", "9999-12-31", "2031-05-05T00:00"],
)
def test_what_is_no_day_is_refused_by_the_command_line(text: str):
    answer = CliRunner().invoke(report, ["--date", text])
    assert (answer.exit_code, isinstance(answer.exception, SystemExit)) == (click.UsageError.exit_code, True)
    assert "is not a day. Example: 2030-01-31." in answer.output


def test_a_day_is_read():
    assert read_day("2031-05-05") == date(2031, 5, 5)
