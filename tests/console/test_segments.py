"""Segments in the console: made, counted, changed, deleted, and chosen for a mailing, which keeps a copy."""

import re
from typing import Any
from urllib.parse import unquote

import pytest

from harness.cast import seven_clients
from tests.console.mailing_form import NEW, problems, save, sheet_of
from vestnik.models import Attribute, Client, Mailing, Segment

pytestmark = pytest.mark.django_db
LIST = "/console/segments"
VIP = {"include-tag_choice": "chosen", "include-tags": ["vip"]}
LATER = {"start_choice": "at", "start_at": "2030-01-01T12:00", "end_at": "2030-01-02T12:00"}


@pytest.fixture
def clients(ids_from_one: None) -> None:
    del ids_from_one
    seven_clients(most_in="Europe/Moscow", two_in="Asia/Kamchatka", other_tag="old")
    Attribute.objects.create(name="balance", type="number")


@pytest.fixture
def kept(as_olga: Any, clients: None) -> Segment:
    del clients
    assert as_olga.post(f"{LIST}/new", {"name": "Important", **VIP}).status_code == 302
    return Segment.objects.get()


#: Clients with the tag "vip" that are not on the stop list, and all others.
IN, OTHERS = 5, 1


def test_a_segment_is_made_counted_changed_and_deleted(as_olga: Any, kept: Segment) -> None:
    page = f"{LIST}/{kept.id}"
    listed = as_olga.get(LIST).text
    assert f'href="{page}">Important</a>' in listed
    assert "tags: vip" in listed
    assert as_olga.get(f"{page}/count").text.strip() == str(IN)
    shown = as_olga.get(page).text
    assert 'value="vip" checked' in shown
    part = as_olga.post(f"{LIST}/estimate", {"exclude_on": "on", "exclude-tag_choice": "chosen", "exclude-tags": "vip"})
    assert f"<strong>{OTHERS}</strong>" in part.text
    Client.objects.exclude(tag="vip").update(attributes={"balance": 1234.5})
    changes = {
        "name": "Rich", "seen": "1", "exclude_on": "on", "exclude-created_when": "not_within",
        "exclude-created_days": "30", "include-attribute_name": ["balance", ""],
        "include-attribute_test": ["greater", "equals"], "include-attribute_value": ["1,000.5", ""],
    }  # fmt: skip
    assert as_olga.post(page, changes).status_code == 302
    kept.refresh_from_db()
    assert kept.conditions["attributes"] == [{"name": "balance", "test": "greater", "value": 1000.5}]
    assert "balance &gt; 1000.5. Left out: added more than 30 days ago" in as_olga.get(LIST).text
    assert as_olga.get(f"{page}/count").text.strip() == "1"
    # Somebody who opened it before does not overwrite this unseen.
    assert "This was changed after you opened it" in as_olga.post(page, {"name": "Old", "seen": "1", **VIP}).text
    assert 'value="2"' in as_olga.post(page, {"name": "Old", "seen": "1", **VIP}).text
    as_olga.post(page, {"act": "delete"})
    assert Segment.objects.count() == 0
    assert "There are no segments." in as_olga.get(LIST).text


def hidden_token(part: str) -> str:
    found = re.search(r'"next": "([^"]+)"|next=([^" ]+)"', part)
    assert found is not None, part
    return found.group(1) or unquote(found.group(2))


def test_a_count_that_takes_long_says_more_than_so_many_and_goes_on(
    as_olga: Any, kept: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vestnik.audience.slices.FIRST_SLICE", 1)
    monkeypatch.setattr("vestnik.audience.slices.MAX_SLICE", 1)
    monkeypatch.setattr("vestnik.console.segments.pages._FIRST_SECONDS", 0)
    monkeypatch.setattr("vestnik.console.segments.pages._NEXT_SECONDS", 0)
    for limit in ("_FORM_LIMIT", "_ROW_LIMIT"):  # a busy machine does not end the count
        monkeypatch.setattr(f"vestnik.console.segments.pages.{limit}", 600.0)
    part, steps = as_olga.post(f"{LIST}/estimate", VIP).text, 0
    while "Counting…" in part:
        assert "more than <strong>" in part
        part, steps = as_olga.post(f"{LIST}/estimate", {**VIP, "next": hidden_token(part)}).text, steps + 1
    assert steps >= 5
    assert f"<strong>{IN}</strong> clients" in part
    assert "more than" not in part
    assert part.count('class="v-mono"') == IN
    # A row of the list.
    row = as_olga.get(f"{LIST}/{kept.id}/count").text
    while "more than" in row:
        row = as_olga.get(f"{LIST}/{kept.id}/count", {"next": hidden_token(row)}).text
    assert row.strip() == str(IN)
    # A token of other conditions, or of nobody's, begins anew.
    for token in (hidden_token(as_olga.post(f"{LIST}/estimate", VIP).text), "x"):
        assert "Counting…" in as_olga.post(f"{LIST}/estimate", {"include-code_choice": "chosen",
                                           "include-codes": ["903"], "next": token}).text  # fmt: skip


def test_a_count_that_takes_too_long_stops_and_goes_on_when_somebody_says_so(
    as_olga: Any, kept: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vestnik.audience.slices.FIRST_SLICE", 1)
    monkeypatch.setattr("vestnik.audience.slices.MAX_SLICE", 1)
    for name in ("_FIRST_SECONDS", "_NEXT_SECONDS", "_ROW_LIMIT", "_FORM_LIMIT"):
        monkeypatch.setattr(f"vestnik.console.segments.pages.{name}", 0)
    row = as_olga.get(f"{LIST}/{kept.id}/count").text
    assert "more than" in row
    assert "hx-get" not in row
    part = as_olga.post(f"{LIST}/estimate", VIP).text
    assert "Counting…" not in part
    assert "Keep counting" in part
    monkeypatch.setattr("vestnik.console.segments.pages._FORM_LIMIT", 30)
    again = as_olga.post(f"{LIST}/estimate", {**VIP, "next": hidden_token(part), "on": "yes"}).text
    assert "Counting…" in again


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "without any, all clients are in"),
        ({**VIP, "name": ""}, "This field is required."),
        ({**VIP, "name": "Important"}, "There is a segment with this name already."),
        ({"include-tag_choice": "chosen"}, "Choose at least one."),
        ({**VIP, "include-created_when": "within"}, "Enter a number of days."),
        ({**VIP, "include-message_when": "within", "include-message_days": "91"}, "90"),
        ({**VIP, "exclude_on": "on"}, "Set at least one condition, or leave nobody out."),
        (
            {"include-attribute_name": "balance", "include-attribute_test": "equals", "include-attribute_value": "x"},
            "balance: This is not a number",
        ),
        (
            {
                "include-attribute_name": ["balance"] * 21,
                "include-attribute_test": ["is_set"] * 21,
                "include-attribute_value": [""] * 21,
            },
            "At most 20 conditions on attributes are possible.",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    as_olga: Any, kept: Segment, changes: dict[str, Any], said: str
) -> None:
    answer = as_olga.post(f"{LIST}/new", {"name": "New", **changes})
    assert answer.status_code == 400
    assert said in answer.text
    assert Segment.objects.get() == kept


def test_a_mailing_keeps_a_copy_and_says_when_the_segment_says_something_else(as_olga: Any, kept: Segment) -> None:
    chosen = {"segment": str(kept.id), "tag_choice": "", "code_choice": "", "tags": [], **LATER}
    assert f'<option value="{kept.id}" selected>Important</option>' in as_olga.get(f"{NEW}?segment={kept.id}").text
    part = as_olga.post(f"{NEW}/estimate", chosen).text
    assert f"<strong>{IN}</strong>" in part
    assert "tags: vip" in sheet_of(as_olga, **chosen)
    assert save(as_olga, **chosen).status_code == 302
    mailing = Mailing.objects.get()
    page = f"/console/mailings/{mailing.id}"
    assert "The segment has been changed since." not in as_olga.get(page).text
    saved = as_olga.post(
        f"{LIST}/{kept.id}", {"name": "Important", "seen": "1", **VIP, "include-tags": ["old"]}, follow=True
    )
    assert "1 scheduled mailing keeps the conditions as they were." in saved.text
    assert "These scheduled mailings have a copy." in as_olga.get(f"{LIST}/{kept.id}").text
    shown = as_olga.get(page).text
    assert "tags: vip" in shown
    assert "The segment has been changed since." in shown
    as_olga.post(f"{LIST}/{kept.id}", {"act": "delete"})
    assert "The segment was deleted. This mailing keeps its conditions." in as_olga.get(page).text
    mailing.refresh_from_db()
    assert mailing.segment["conditions"]["tag"] == ["vip"]
    # An edit of it keeps the copy, and a new mailing cannot lose the filter unseen.
    assert "Important (deleted)" in as_olga.get(f"{page}/edit").text
    copy = as_olga.get(f"{NEW}?copy={mailing.id}").text
    assert f'<option value="{kept.id}" selected>№ {kept.id} (deleted)</option>' in copy
    assert "There is no such segment." in problems(as_olga.post(NEW, {"message_text": "x", **chosen}).text)["segment"]


def test_a_viewer_sees_no_segments(as_victor: Any) -> None:
    for path in (LIST, f"{LIST}/new", f"{LIST}/1", f"{LIST}/1/count"):
        assert as_victor.get(path).status_code == 403
    assert LIST not in as_victor.get("/console/clients").text
