"""A mailing is edited: all of it before its start, with what changes marked, and only its end afterwards."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.console.mailing_form import problems, save, sheet_of, typed
from vestnik.mailings.edit import edit_mailing
from vestnik.models import Mailing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seven")]


@pytest.fixture
def scheduled(as_olga: Any) -> Mailing:
    """A mailing of 2030, whose times have seconds, as REST can set them."""
    save(as_olga, start_choice="at", start_at="2030-05-05T12:00", end_at="2030-05-06T12:00")
    Mailing.objects.update(
        start_time=datetime(2030, 5, 5, 9, 0, 17, tzinfo=UTC), end_time=datetime(2030, 5, 6, 9, 0, 42, tzinfo=UTC)
    )
    return Mailing.objects.get()


def edit_form(browser: Any, mailing: Mailing, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Where a mailing is edited, and the form as it is shown there, but for ``changes``."""
    path = f"/console/mailings/{mailing.id}/edit"
    seen = re.search(r'name="seen" value="(\w+)"', browser.get(path).text)
    assert seen is not None
    times = {"start_choice": "at", "start_at": "2030-05-05T12:00", "end_at": "2030-05-06T12:00"}
    return path, {**times, "seen": seen.group(1), "token": "e" * 32, **changes}


def test_before_its_start_all_of_a_mailing_can_be_edited(as_olga: Any, scheduled: Mailing) -> None:
    path, form = edit_form(as_olga, scheduled, message_text="Good evening!", tag_choice="any", tags=[])
    sheet = sheet_of(as_olga, path, **form)
    assert "Save changes" in sheet
    assert "Schedule for" not in sheet
    assert changed(sheet) == [
        ("Text", "Good [morning!]", "Good [evening!]"), ("Tags", "[vip]", "[any]"), ("Clients", "[5]", "[6]"),
    ]  # fmt: skip
    scheduled.refresh_from_db()
    assert scheduled.message_text == "Good morning!"
    assert save(as_olga, path, shown="6", **form)["Location"] == f"/console/mailings/{scheduled.id}#saved"
    scheduled.refresh_from_db()
    assert (scheduled.message_text, scheduled.filter_tags, scheduled.version) == ("Good evening!", None, 2)
    assert (scheduled.start_time.second, scheduled.end_time.second) == (17, 42)
    assert save(as_olga, path, shown="6", **form).status_code == 302
    assert Mailing.objects.get().version == 2


def test_an_edit_leads_back_to_the_list_as_it_was_searched_from_each_of_its_steps(
    as_olga: Any, scheduled: Mailing
) -> None:
    path, form = edit_form(as_olga, scheduled, message_text="Good evening!")
    asked, came_from = "q=Good&amp;sort=name", "from=q%3DGood%26sort%3Dname"
    assert f"/console/mailings?{asked}" in as_olga.get(f"{path}?{came_from}").text
    reviewed = as_olga.post(f"{path}?{came_from}", typed(**form), follow=True)
    assert f"/console/mailings?{asked}" in reviewed.text
    back = re.search(r'href="([^"]*)">Back to editing', reviewed.text)
    assert back is not None
    assert came_from in back[1]
    assert f"/console/mailings?{asked}" in as_olga.get(f"{path}{back[1].replace('&amp;', '&')}").text
    saved = as_olga.post(reviewed.redirect_chain[-1][0], typed(**form, step="save", shown="5"))
    assert came_from in saved["Location"]


def changed(sheet: str) -> list[tuple[str, ...]]:
    """What the sheet of an edit shows as changed: label, old and new, each with what differs in brackets."""
    section = sheet.split('id="changes"')[1].split("</section>", maxsplit=1)[0]
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="v-text">(.*?)</td><td class="v-text">(.*?)</td>', section)
    marks = [("del>", "ins>"), ("<ins>", "["), ("</ins>", "]")]

    def plain(cell: str) -> str:
        for mark, bracket in marks:
            cell = cell.replace(mark, bracket)
        return cell

    return [tuple(plain(cell) for cell in row) for row in rows]


def test_the_sheet_of_an_edit_marks_what_changes_and_what_follows_from_it(as_olga: Any, scheduled: Mailing) -> None:
    path, same = edit_form(as_olga, scheduled)
    sheet = sheet_of(as_olga, path, **same)
    assert "Review the changes" in sheet
    assert changed(sheet) == []
    assert "Nothing: the mailing stays as it is." in sheet
    hours = {"window_choice": "hours", "window_from": "10:00", "window_to": "20:00"}
    long = {"message_text": "Good morning!" + "я" * 70, "end_at": "2030-05-07T12:00", **hours}
    _path, form = edit_form(as_olga, scheduled, **long)
    assert changed(sheet_of(as_olga, path, **form)) == [
        ("Text", "Good [morning!]", f"Good [morning!{'я' * 70}]"),
        ("End", "[6 May 2030, 12:00:42]", "[7 May 2030, 12:00:00]"),
        ("Send window", "[any hour]", "[10:00-20:00]"),
        ("SMS parts of each message", "[1]", "[2]"),
    ]
    now = sheet_of(as_olga, path, **{**same, "start_choice": "now"})
    assert changed(now) == [("Start", "[5 May 2030, 12:00:17]", "[now]")]
    assert "Send now to 5 clients" in now
    answer = save(as_olga, path, **form)
    assert "The changes are saved. The mailing is scheduled: 5 clients." in as_olga.get(answer["Location"]).text
    assert 'id="changes"' not in sheet_of(as_olga)


def test_two_who_edit_at_once_are_shown_both(as_olga: Any, scheduled: Mailing) -> None:
    path, form = edit_form(as_olga, scheduled, message_text="Mine")
    edit_mailing(
        mailing_id=scheduled.id, actor=None, change=lambda before: replace(before, message_text="Theirs", name="Other")
    )
    text = as_olga.post(path, typed(step="save", **form)).text
    assert "Somebody else has changed this mailing since you opened it" in text
    assert '<td class="v-text">Mine</td><td class="v-text">Theirs</td>' in text
    assert '<td class="v-text">News</td><td class="v-text">Other</td>' in text
    assert ">\nMine</textarea>" in text
    assert Mailing.objects.get().message_text == "Theirs"
    seen = re.search(r'name="seen" value="(\w+)"', text)
    assert seen is not None
    assert save(as_olga, path, **{**form, "seen": seen.group(1)}).status_code == 302
    assert (Mailing.objects.get().message_text, Mailing.objects.get().name) == ("Mine", "News")


def test_once_it_runs_only_the_end_can_be_changed(as_olga: Any, scheduled: Mailing) -> None:
    path, form = edit_form(as_olga, scheduled, message_text="Too late")
    now = datetime.now(tz=UTC)
    Mailing.objects.update(state="running", start_time=now, started_at=now)
    text = as_olga.post(path, typed(step="save", shown="5", **form)).text
    assert "The mailing has started, so your changes were not saved" in text
    assert Mailing.objects.get().message_text == "Good morning!"
    end = {"zone": "Europe/Moscow", "seen": re.findall(r'name="seen" value="(\w+)"', text)[0]}
    assert "after the start" in problems(as_olga.post(path, {**end, "end_at": "2020-01-01T00:00"}).text)["end_at"]
    assert as_olga.post(path, {**end, "end_at": "2030-06-01T12:00"}).status_code == 302
    assert Mailing.objects.get().end_time == datetime(2030, 6, 1, 9, tzinfo=UTC)
    assert as_olga.post(path, {**end, "end_at": "2030-06-01T12:00"}).status_code == 302  # a double click
    text = as_olga.post(path, {**end, "end_at": "2030-07-01T12:00"}).text
    assert "Somebody else has changed the mailing since you opened it" in text
    assert 'value="2030-07-01T12:00"' in text


def test_what_is_over_cannot_be_edited_and_says_so(as_olga: Any, scheduled: Mailing) -> None:
    Mailing.objects.update(state="completed")
    path = f"/console/mailings/{scheduled.id}/edit"
    for answer in (as_olga.get(path), as_olga.post(path)):
        assert answer.status_code == 409
        assert "This mailing is over" in answer.text


def test_a_viewer_cannot_edit(as_victor: Any, scheduled: Mailing) -> None:
    path = f"/console/mailings/{scheduled.id}/edit"
    assert (as_victor.get(path).status_code, as_victor.post(path).status_code) == (403, 403)
