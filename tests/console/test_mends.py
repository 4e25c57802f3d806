"""A warning or an error with an obvious mend has a button for it, and what the button has changed is shown."""

import html
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.console.mailing_form import MOSCOW, NEW, clock, problems, save, sheet_of, typed
from vestnik.models import Client, Draft, Mailing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seven")]
NOON = {"start_choice": "at", "start_at": "2030-05-05T12:00"}
BY_DAY = "Send only from 09:00 to 21:00"


def buttons(text: str) -> dict[str, str]:
    """The mends of a sheet or of a form: what stands on each button, and what it changes."""
    found = re.findall(r'(?:name="mend" value|data-mend)="([^"]*)">([^<]*)</button>', text)
    return {html.unescape(label): html.unescape(change) for change, label in found}


def pressed(browser: Any, sheet: str, label: str) -> str:
    """The sheet after a click on the button that begins with ``label``."""
    (change,) = [change for each, change in buttons(sheet).items() if each.startswith(label)]
    form = sheet.split('id="decide"')[1]
    posted: dict[str, Any] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
        posted.setdefault(name, []).append(html.unescape(value))
    answer = browser.post(NEW, {**posted, "mend": change}, follow=True)
    assert answer.status_code == 200
    assert not Mailing.objects.exists()
    return str(answer.text)


def changed(text: str) -> dict[str, str]:
    """What is shown as changed: old and new by their labels."""
    section = text.split('id="mended"')[1].split("</section>", maxsplit=1)[0]
    rows = re.findall(
        r'<tr><th scope="row">(.*?)</th><td class="v-text">(.*?)</td><td class="v-text">(.*?)</td>', section
    )
    plain = [[html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in rows]
    return {label: f"{old} → {new}" for label, old, new in plain}


def test_the_night_is_mended_by_hours_and_the_click_can_be_undone(as_olga: Any) -> None:
    night = {"start_choice": "at", "start_at": f"{clock(days=1)[:10]}T23:00", "end_at": f"{clock(days=2)[:10]}T22:00"}
    sheet = sheet_of(as_olga, **night)
    assert "at night" in sheet
    assert 'id="mended"' not in sheet
    mended = pressed(as_olga, sheet, BY_DAY)
    assert "at night" not in mended
    assert changed(mended) == {"Send window": "any hour → 09:00–21:00"}
    assert "09:00–21:00" in mended.split("v-facts")[1]
    # The way back to editing leads to the draft, which says the same.
    (draft,) = Draft.objects.all()
    assert (draft.typed["window_choice"], draft.typed["window_to"]) == (["hours"], ["21:00"])
    assert 'value="hours" data-opens checked' in as_olga.get(f"/console/drafts/{draft.id}").text
    undone = pressed(as_olga, mended, "Undo")
    assert "at night" in undone
    assert changed(undone) == {"Send window": "09:00–21:00 → any hour"}


def test_an_end_before_the_window_opens_is_moved_behind_it_for_everybody(as_olga: Any) -> None:
    hours = {"window_choice": "hours", "window_from": "09:00", "window_to": "21:00"}
    evening = {"start_choice": "at", "start_at": "2030-05-05T23:00", "end_at": "2030-05-06T00:30", **hours}
    sheet = sheet_of(as_olga, **evening)
    assert "3 clients will not get it: the send window does not open before the end in Europe/Moscow." in sheet
    mended = pressed(as_olga, sheet, "Move the end to ")
    assert "will not get it" not in mended
    end = changed(mended)["End"]
    assert end.startswith("6 May 2030, 00:30 → ")
    posted = dict(re.findall(r'name="(end_at)" value="([^"]*)"', mended))
    assert datetime.fromisoformat(posted["end_at"]) >= datetime(2030, 5, 6, 21)  # noqa: DTZ001 - a clock in Moscow


@pytest.mark.parametrize(
    ("end_at", "warning"),
    [("2030-05-05T12:01", "will not be sent before the end"), ("2030-05-05T12:02", "There is little time")],
)
def test_an_end_that_is_too_early_for_the_rate_is_moved_so_far_that_all_are_sent(
    as_olga: Any, settings: Any, end_at: str, warning: str
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_max_rate=1)
    Client.objects.bulk_create(
        Client(phone_number=79210000000 + n, mobile_operator_code=921, tag="vip", timezone="Europe/Moscow")
        for n in range(95)
    )
    sheet = sheet_of(as_olga, end_at=end_at, **NOON)
    assert warning in sheet
    mended = pressed(as_olga, sheet, "Move the end to ")
    assert changed(mended)["End"].endswith("5 May 2030, 13:00")
    assert warning not in mended
    assert "Move the end" not in " ".join(buttons(mended))


def test_a_short_mailing_at_an_unknown_rate_gets_a_day(as_olga: Any) -> None:
    sheet = sheet_of(as_olga, end_at="2030-05-05T12:05", **NOON)
    assert "the sending rate is not known yet" in sheet
    assert changed(pressed(as_olga, sheet, "Move the end to ")) == {"End": "5 May 2030, 12:05 → 6 May 2030, 12:00"}


def test_letters_that_look_like_others_are_replaced(as_olga: Any) -> None:
    text = "a" * 100 + " — “it’s” а"
    sheet = sheet_of(as_olga, message_text=text)
    assert "The text has 2 SMS parts. With plain characters it has 1 part: — → -, “ → &quot;" in sheet
    assert "Cyrillic а → a" in sheet
    mended = pressed(as_olga, sheet, "Replace these characters")
    assert changed(mended)["Text"].endswith(' - "it\'s" a')
    assert "SMS parts." not in mended
    assert "Replace" not in " ".join(buttons(mended))
    counter = as_olga.post(f"{NEW}/counter", {"message_text": text}).text
    (change,) = buttons(counter).values()
    assert dict(parse_qsl(change)) == {"message_text": "a" * 100 + ' - "it\'s" a'}
    assert buttons(as_olga.post(f"{NEW}/counter", {"message_text": "Привет — " * 20}).text) == {}


def test_what_a_mend_says_of_other_fields_is_not_listened_to(as_olga: Any) -> None:
    answer = as_olga.post(
        NEW, typed(mend="tag_choice=any&shown=9&token=x&end_at=2030-05-06T12%3A00", step="save", **NOON)
    )
    sheet = as_olga.get(answer["Location"]).text
    assert 'name="tag_choice" value="chosen"' in sheet
    assert changed(sheet)["End"].endswith("6 May 2030, 12:00")
    assert not Mailing.objects.exists()


def test_a_mend_of_a_mailing_that_has_started_meanwhile_changes_nothing(as_olga: Any) -> None:
    save(as_olga, end_at="2030-05-06T12:00", **NOON)
    before = Mailing.objects.get()
    path = f"/console/mailings/{before.id}/edit"
    now = datetime.now(tz=MOSCOW)
    Mailing.objects.update(state="running", start_time=now, started_at=now)
    answer = as_olga.post(path, typed(mend="end_at=2031-01-01T00%3A00", end_at="2030-12-31T00:00", **NOON))
    assert "The mailing has started, so your changes were not saved" in answer.text
    assert Mailing.objects.get().end_time == before.end_time


# -- errors of the form: the browser sets the fields


def form_mends(browser: Any, **changes: Any) -> dict[str, dict[str, str]]:
    text = browser.post(NEW, typed(step="check", **changes)).text
    assert problems(text)
    return {label: dict(parse_qsl(change)) for label, change in buttons(text).items()}


def test_a_start_that_has_passed_can_be_now(as_olga: Any) -> None:
    past = {"start_choice": "at", "start_at": "2020-01-01T00:00"}
    assert form_mends(as_olga, **past) == {"Start now": {"start_choice": "now"}}


def test_an_end_that_is_not_after_the_start_is_put_a_day_after_it(as_olga: Any) -> None:
    ((label, change),) = form_mends(as_olga, end_at="2030-05-05T11:00", **NOON).items()
    assert (label, change) == ("Move the end to 6 May 2030, 12:00", {"end_at": "2030-05-06T12:00"})
    (change,) = form_mends(as_olga, end_at="2020-01-01T00:00").values()
    ahead = datetime.fromisoformat(change["end_at"]).replace(tzinfo=MOSCOW) - datetime.now(tz=MOSCOW)
    assert timedelta(hours=23, minutes=59) < ahead <= timedelta(hours=25)


def test_hours_that_are_none_can_be_those_of_the_day(as_olga: Any) -> None:
    same = {"window_choice": "hours", "window_from": "10:00", "window_to": "10:00"}
    ((label, change),) = form_mends(as_olga, **same).items()
    assert label.startswith(BY_DAY)
    assert change == {"window_choice": "hours", "window_from": "09:00", "window_to": "21:00"}


def test_a_time_that_the_clock_skips_can_be_the_next_one(as_olga: Any) -> None:
    skipped = {"zone": "Europe/Berlin", "end_at": "2031-03-30T02:30"}
    assert form_mends(as_olga, **skipped) == {"Use 30 March 2031, 03:30": {"end_at": "2031-03-30T03:30"}}
    assert form_mends(as_olga, **{**skipped, "end_at": "2031-10-26T02:30"}) == {}


def test_nothing_is_offered_for_what_only_a_person_can_decide(as_olga: Any) -> None:
    assert form_mends(as_olga, tags=[]) == {}
    assert form_mends(as_olga, message_text="") == {}
    assert buttons(as_olga.get(NEW).text) == {}
