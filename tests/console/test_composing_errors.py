"""What is wrong in the form of a mailing is said at its field, and the rest stays; times are of the zone shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.console.mailing_form import NEW, problems, save, sheet_of, typed
from vestnik.models import Mailing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seven")]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"message_text": ""}, "message_text", "Enter the text of the message"),
        ({"message_text": " \n "}, "message_text", "Enter the text of the message"),
        ({"message_text": "a" * 2001}, "message_text", "at most 2000"),
        ({"message_text": "a\x00"}, "message_text", "Null characters"),
        ({"name": "a" * 201}, "name", "at most 200"),
        ({"tag_choice": ""}, "tag_choice", "Choose one, so that"),
        ({"code_choice": ""}, "code_choice", "Choose one, so that"),
        ({"tags": []}, "tags", "at least one tag"),
        ({"tags": ["a" * 65]}, "tags", "This tag is not valid"),
        ({"code_choice": "chosen"}, "codes", "at least one operator"),
        ({"code_choice": "chosen", "codes": ["abc"]}, "codes", "three digits"),
        ({"code_choice": "chosen", "codes": ["1000"]}, "codes", "three digits"),
        ({"end_at": ""}, "end_at", "required"),
        ({"end_at": "tomorrow"}, "end_at", "for example 2030-01-31 12:00"),
        ({"end_at": "2030-02-30T12:00"}, "end_at", "for example 2030-01-31 12:00"),
        ({"end_at": "2030-02-20T12:00+03:00"}, "end_at", "for example 2030-01-31 12:00"),
        ({"end_at": "9999-01-01T00:00"}, "end_at", "from 1970 to 9000"),
        ({"end_at": "2020-01-01T00:00"}, "end_at", "after the start"),
        ({"start_choice": "at", "start_at": ""}, "start_at", "Enter the start time"),
        ({"start_choice": "at", "start_at": "2020-01-01T00:00"}, "start_at", "This time has passed"),
        ({"start_choice": "at", "start_at": "2040-01-01T00:00"}, "end_at", "after the start"),
        ({"start_choice": ""}, "start_choice", "required"),
        ({"window_choice": "hours"}, "window_from", "Enter a time"),
        ({"window_choice": "hours", "window_from": "9", "window_to": "21:00"}, "window_from", "valid time"),
        ({"window_choice": "hours", "window_from": "09:00", "window_to": "09:00"}, "window_to", "the same"),
    ],
)
def test_an_error_stands_at_its_field_and_the_rest_stays(
    as_olga: Any, changes: dict[str, Any], field: str, words: str
) -> None:
    text = as_olga.post(NEW, typed(step="save", **changes)).text
    assert words in problems(text)[field]
    assert len(problems(text)) <= 2
    if field != "name":
        assert 'value="News"' in text
    if field != "message_text":
        assert "Good morning!" in text
    if field not in ("tags", "tag_choice"):
        assert 'value="vip" checked' in text
    assert not Mailing.objects.exists()


@pytest.mark.parametrize(
    ("zone", "shown", "words"),
    [
        ("Europe/Berlin", "2031-03-30T02:30", "go forward and skip 02:30. Enter, for example, 03:30"),
        ("Europe/Berlin", "2031-10-26T02:30", "go back and show 02:30 twice"),
        ("America/New_York", "2031-03-09T02:00", "go forward"),
    ],
)
def test_a_time_that_a_clock_never_shows_or_twice_is_refused(as_olga: Any, zone: str, shown: str, words: str) -> None:
    text = as_olga.post(NEW, typed(step="check", zone=zone, end_at=shown)).text
    assert words in problems(text)["end_at"]
    assert zone in problems(text)["end_at"]


def test_times_are_those_of_the_zone_that_the_form_showed(as_olga: Any, olga: Any) -> None:
    olga.timezone = "Asia/Kamchatka"
    olga.save()
    text = as_olga.get(NEW).text
    assert "Time zone: Asia/Kamchatka (UTC+12:00)" in text
    sheet = sheet_of(as_olga, start_choice="at", start_at="2030-05-05T12:00", end_at="2030-05-06T12:00")
    assert "5 May 2030, 12:00" in sheet
    assert save(as_olga, start_choice="at", start_at="2030-05-05T12:00", end_at="2030-05-06T12:00").status_code == 302
    assert Mailing.objects.get().start_time == datetime(2030, 5, 5, 9, tzinfo=UTC)
