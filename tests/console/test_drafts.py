"""Drafts: the form of a new mailing saves itself, is opened again, reviewed, deleted, restored; nothing is lost."""

import html
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models.functions import Now
from django.utils import timezone

from harness.cast import as_user as rest_of
from harness.cast import browser_of, person, seven_clients
from tests.console.mailing_form import NEW, problems, typed
from vestnik.console.drafts import listing
from vestnik.console.paging import first_page, page_asked_for
from vestnik.mailings import drafts
from vestnik.mailings.drafts import forget_drafts
from vestnik.models import AuditEntry, Draft, Mailing, User

pytestmark = pytest.mark.django_db
LIST, SAVE = "/console/drafts", "/console/drafts/save"


@pytest.fixture(autouse=True)
def _directory(db: None) -> Iterator[None]:
    del db
    cache.clear()
    seven_clients(most_in="Europe/Moscow", two_in="Asia/Kamchatka", other_tag="old")
    yield
    cache.clear()


class Tab:
    """A page with the form, as the browser has it: it remembers what the server says of its draft."""

    def __init__(self, browser: Any, draft: int | None = None) -> None:
        self.browser = browser
        self.said = ""
        self.fields: dict[str, str] = {"token": uuid.uuid4().hex, "draft": "", "draft_version": "0", "draft_turn": "0"}
        if draft is not None:
            self._take(browser.get(f"{LIST}/{draft}").text)

    def save(self, *, answered: bool = True, **changes: Any) -> str:
        """Save by itself; ``answered``: whether the answer arrives."""
        self.fields["draft_turn"] = str(int(self.fields["draft_turn"]) + 1)
        answer = self.browser.post(SAVE, typed(**{**self.fields, **changes}))
        assert answer.status_code == 200
        if answered:
            self._take(answer.text)
        return str(answer.text)

    def review(self, **changes: Any) -> Any:
        draft = self.fields["draft"]
        return self.browser.post(
            f"{LIST}/{draft}" if draft else NEW, typed(**{**self.fields, "step": "check", **changes})
        )

    def send(self, where: str, **changes: Any) -> Any:
        """Confirm the sheet at this address."""
        return self.confirm(where, {**self.sheet(where), **changes})

    def sheet(self, where: str) -> dict[str, Any]:
        """Open the sheet; the fields of its form."""
        page = self.browser.get(where).text
        form = page[page.index('id="decide"') :]
        fields: dict[str, Any] = {}
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', form):
            fields.setdefault(name, []).append(value)
        return fields

    def confirm(self, where: str, fields: dict[str, Any]) -> Any:
        """Confirm a sheet that was opened before."""
        return self.browser.post(where.partition("?")[0], {**fields, "step": "save"})

    def _take(self, page: str) -> None:
        self.said = page
        for name in self.fields:
            found = re.search(rf'name="{name}" value="(\w*)"', page)
            if found:
                self.fields[name] = found[1]


def text_of(draft: int | None = None) -> str:
    found = Draft.objects.get() if draft is None else Draft.objects.get(id=draft)
    return str(found.typed["message_text"][0])


def said(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def kept(as_olga: Any) -> int:
    tab = Tab(as_olga)
    assert re.search(r"Saved at \d\d:\d\d", said(tab.save()))
    return int(tab.fields["draft"])


def test_what_is_typed_is_saved_wrong_as_it_is_and_opened_on_another_device(as_olga: Any, as_anna: Any) -> None:
    tab = Tab(as_olga)
    times = {"end_at": "2020-01-01T00:00", "start_choice": "at", "start_at": "soon", "zone": "Asia/Omsk"}
    window = {"window_choice": "hours", "window_from": "10:30"}
    wrong = {"message_text": "Hi \x00{{first_", "tags": ["vip", "no such"], **times, **window}
    tab.save(**wrong, own_phone="79110000000", test_client="79110000001", template_name="x", tags_search="v")
    draft = Draft.objects.get()
    assert (draft.created_by.username, draft.name, draft.beginning) == ("olga", "News", "Hi {{first_")
    assert {"own_phone", "test_client", "template_name", "tags_search", "token"} & draft.typed.keys() == set()
    page = as_anna.get(f"{LIST}/{draft.id}").text
    assert problems(page) == {}
    assert "Please fix" not in page
    for shown in ("Hi {{first_</textarea>", 'value="2020-01-01T00:00"', 'value="soon"', 'value="no such" checked',
                  'value="10:30"', 'name="zone" value="Asia/Omsk"'):  # fmt: skip
        assert shown in page
    assert "olga" in said(page)
    row = said(as_anna.get(LIST).text)
    assert "News Hi {{first_" in row
    assert "olga" in row
    # It is no mailing: not in lists, statistics or the report, and REST has none.
    assert not Mailing.objects.exists()
    assert "News" not in as_olga.get("/console/mailings").text
    assert rest_of(User.objects.get(username="olga")).get("/sender/notifications").json() == []
    assert not AuditEntry.objects.exists()


def test_a_form_makes_one_draft_and_an_answer_that_is_lost_is_no_conflict(as_olga: Any) -> None:
    tab = Tab(as_olga)
    tab.save(answered=False, message_text="One")
    tab.save(answered=False, message_text="Two")
    tab.save(message_text="Three")
    tab.save(answered=False, message_text="Four")
    assert "Saved at" in tab.save(message_text="Five")
    assert text_of() == "Five"
    # A save that was overtaken on its way changes nothing.
    tab.fields["draft_turn"] = "1"
    tab.save(message_text="Two and a half")
    assert text_of() == "Five"


def test_two_who_write_in_one_draft_see_the_conflict_and_lose_nothing(as_olga: Any, as_anna: Any, kept: int) -> None:
    mine, theirs = Tab(as_olga, kept), Tab(as_anna, kept)
    theirs.save(message_text="Anna's")
    told = said(mine.save(message_text="Olga's", tags=["old"]))
    assert "anna has changed this draft since you opened it" in told
    assert "Text Olga's Anna's" in told
    assert "Tags old vip" in told
    assert "Saved at" not in told
    assert text_of() == "Anna's"
    # Review is no way around it.
    page = mine.review(message_text="Olga's").content.decode()
    assert "anna has changed this draft" in page
    assert "Olga&#x27;s</textarea>" in page
    # Both are kept,
    assert "Saved at" in mine.save(message_text="Olga's", draft_anew="yes")
    assert {text_of(kept), text_of(int(mine.fields["draft"]))} == {"Anna's", "Olga's"}
    # or mine is, if I say so: of the version that I was shown.
    second = Tab(as_olga, kept)
    theirs.save(message_text="Anna's second")
    shown = re.search(r'"draft_over": "(\d+)"', second.save(message_text="Olga's second"))
    assert shown
    theirs.save(message_text="Anna's third")
    assert "Anna&#x27;s third" in second.save(message_text="Olga's second", draft_over=shown[1])
    again = re.search(r'"draft_over": "(\d+)"', second.said)
    assert again
    assert "Saved at" in second.save(message_text="Olga's second", draft_over=again[1])
    assert text_of(kept) == "Olga's second"
    assert "olga has changed this draft" in said(theirs.save(message_text="Anna's fourth"))


def test_two_tabs_of_one_person_are_two_and_what_says_the_same_is_no_conflict(as_olga: Any, kept: int) -> None:
    first, second = Tab(as_olga, kept), Tab(as_olga, kept)
    first.save(message_text="Same")
    assert "Saved" in second.save(message_text="Same")
    assert "Saved" in first.save(message_text="Same", start_at="2030-01-01T00:00")  # a start that is not chosen
    assert "Saved" in second.save(message_text="Same", tags=["vip"])
    assert "You have changed this draft in another tab" in said(first.save(message_text="Other"))


def test_a_draft_becomes_a_mailing_and_is_gone(as_olga: Any, as_anna: Any, kept: int) -> None:
    tab, other = Tab(as_olga, kept), Tab(as_anna, kept)
    where = tab.review(message_text="Reviewed")["Location"]
    assert where.startswith(f"{LIST}/{kept}?sheet=")
    assert text_of() == "Reviewed"
    sheet = as_olga.get(where).text
    assert "Until then it is a draft." in sheet
    assert f'href="{LIST}/{kept}">Back to editing' in sheet
    sent = tab.send(where)
    mailing = Mailing.objects.get()
    assert sent["Location"] == f"/console/mailings/{mailing.id}"
    assert mailing.message_text == "Reviewed"
    assert "There are no drafts." in as_olga.get(LIST).text
    assert as_olga.get(f"{LIST}/{kept}")["Location"] == f"/console/mailings/{mailing.id}"
    # Once, also from the same sheet; with a warning if it says something else; and others are told.
    assert tab.send(where)["Location"] == f"/console/mailings/{mailing.id}"
    told = said(other.save(message_text="Late"))
    assert "Not saved: olga has created a mailing from this draft" in told
    assert "Saved at" in other.save(message_text="Late", draft_anew="yes")
    assert text_of(int(other.fields["draft"])) == "Late"
    assert Mailing.objects.count() == 1


def test_a_draft_is_not_made_a_mailing_twice_unseen_nor_over_the_changes_of_others(
    as_olga: Any, as_anna: Any, kept: int
) -> None:
    mine, theirs = Tab(as_olga, kept), Tab(as_anna, kept)
    where = mine.review(message_text="Reviewed")["Location"]
    theirs.save(message_text="Changed", draft_over="2")
    page = mine.send(where).content.decode()
    assert "anna has changed this draft" in page
    assert not Mailing.objects.exists()
    at_theirs = theirs.review(message_text="Changed")["Location"]
    mine.save(message_text="Reviewed", draft_over=Draft.objects.get().version)
    at_mine = mine.review(message_text="Reviewed")["Location"]
    first = as_olga.get(at_mine).text
    assert "already created a mailing" not in first
    theirs.save(message_text="Changed", draft_over=Draft.objects.get().version)
    theirs.send(at_theirs)
    made = Mailing.objects.get()
    again = mine.send(at_mine, known="")
    assert again["Location"] == at_mine
    page = as_olga.get(at_mine).text
    assert f'href="/console/mailings/{made.id}">№ {made.id}' in page
    assert Mailing.objects.count() == 1
    assert mine.send(at_mine)["Location"] != at_mine
    assert Mailing.objects.count() == 2


def test_review_saves_at_once_and_wrong_fields_are_said_there(as_olga: Any) -> None:
    tab = Tab(as_olga)
    answer = tab.review(message_text="")
    assert problems(answer.content.decode()) == {"message_text": "Enter the text of the message."}
    assert "Nothing was sent." in answer.content.decode()
    draft = Draft.objects.get()
    assert tab.review(message_text="Right")["Location"].startswith(f"{LIST}/{draft.id}?sheet=")
    assert text_of() == "Right"


def test_a_draft_is_deleted_on_record_and_restored(as_olga: Any, as_anna: Any, kept: int) -> None:
    tab = Tab(as_anna, kept)
    answer = as_olga.post(f"{LIST}/{kept}/delete", follow=True)
    assert "The draft “News” was deleted." in answer.text
    assert as_olga.get(f"{LIST}/{kept}").status_code == 404
    assert "Not saved: olga has deleted this draft" in said(tab.save(message_text="Anna's"))
    # Review goes on without it.
    assert as_anna.get(tab.review(message_text="Anna's")["Location"]).status_code == 200
    assert "The draft is back." in as_olga.post(f"{LIST}/{kept}/restore", follow=True).text
    assert text_of(kept) == "Good morning!"
    assert "Saved at" in tab.save(message_text="Good morning!")
    entries = list(AuditEntry.objects.order_by("id").values_list("action", "object_id", "actor_name", "details"))
    assert entries == [
        ("draft.delete", kept, "olga", {"name": "News"}),
        ("draft.restore", kept, "olga", {"name": "News"}),
    ]
    as_olga.post(f"{LIST}/{kept}/delete")
    assert "It may have been deleted." in as_olga.post(f"{LIST}/{kept}/delete", follow=True).text
    Draft.objects.update(ended_at=Now() - timedelta(hours=25))
    forget_drafts(days=1)
    assert "can no longer be restored" in as_olga.post(f"{LIST}/{kept}/restore", follow=True).text
    assert "Not saved: this draft was deleted." in said(Tab(as_anna, None).save(draft=str(kept)))


def test_drafts_are_read_page_by_page_in_their_order_and_the_list_stays_where_it_was(
    as_olga: Any, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "page_asked_for", partial(page_asked_for, size=2))
    monkeypatch.setattr(listing, "first_page", partial(first_page, size=2))
    now = timezone.now()
    made = []
    # The later one was made, the longer ago it was changed; the last two at the same instant.
    for number, age in enumerate((1, 2, 3, 4, 4)):
        draft = Draft.objects.create(typed={}, name=f"d{number}", created_by=olga)
        Draft.objects.filter(id=draft.id).update(changed_at=now - timedelta(hours=age))
        made.append(draft.id)
    assert pages(as_olga, "") == [["d0", "d1"], ["d2", "d4"], ["d3"]]
    assert pages(as_olga, "?sort=new") == [["d4", "d3"], ["d2", "d1"], ["d0"]]
    text = as_olga.get(f"{LIST}?sort=new").text
    assert "5 drafts" in text
    assert '<option value="new" selected>' in text

    second = f"{LIST}?sort=new&cursor=after-{made[3]}"
    (delete,) = re.findall(rf'action="({LIST}/{made[2]}/delete[^"]*)"', as_olga.get(second).text)
    answer = as_olga.post(html.unescape(delete), follow=True)
    assert answer.redirect_chain == [(f"{second}&deleted={made[2]}", 302)]
    assert names(answer.text) == ["d1", "d0"]
    (restore,) = re.findall(rf'action="({LIST}/{made[2]}/restore[^"]*)"', answer.text)
    answer = as_olga.post(html.unescape(restore), follow=True)
    assert answer.redirect_chain == [(second, 302)]
    assert names(answer.text) == ["d2", "d1"]
    # A page of which nothing is left, or whose draft is gone, is the first one.
    for gone in (f"?cursor=after-{made[3]}", f"?sort=new&cursor=after-{made[0]}", "?cursor=after-999999"):
        assert len(names(as_olga.get(LIST + gone).text)) == 2, gone


def names(text: str) -> list[str]:
    """The drafts of the table, from above."""
    return re.findall(rf'<td class="v-clip"><a href="{LIST}/[0-9]+[^"]*">([^<]+)</a>', text)


def pages(browser: Any, query: str) -> list[list[str]]:
    """The names on each page, by the links to the next one."""
    found, after = [], query
    while True:
        text = browser.get(LIST + after).text
        found.append(names(text))
        link = re.search(r'rel="next" href="([^"]+)"', text)
        if link is None:
            return found
        after = html.unescape(link[1])


def test_a_draft_that_was_sent_is_not_sent_again_by_a_review_that_stayed_open(as_olga: Any, as_anna: Any) -> None:
    first = Tab(as_olga)
    first.save()
    sheet = first.review()["Location"]
    draft = Draft.objects.get()
    other = Tab(as_anna, draft.id)
    where = other.review()["Location"]
    stays_open = other.sheet(where)
    assert first.send(sheet)["Location"].startswith("/console/mailings/")
    for days in (1, 2, 89):
        Draft.objects.update(ended_at=Now() - timedelta(days=days))
        forget_drafts(days=90)
        again = other.confirm(where, stays_open)["Location"]
        assert again.startswith(f"{LIST}/{draft.id}?sheet="), days
    assert "was created from this draft in the meantime" in as_anna.get(again).text
    assert Draft.objects.get().typed == {}
    assert Mailing.objects.count() == 1
    Draft.objects.update(ended_at=Now() - timedelta(days=90))
    forget_drafts(days=90)
    assert not Draft.objects.exists()


def test_drafts_are_limited_by_number_size_and_age(
    as_olga: Any, as_anna: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(drafts, "MAX_DRAFTS", 2)
    tabs = [Tab(as_olga) for _ in range(3)]
    told = [said(tab.save()) for tab in tabs]
    assert "Not saved: You have 2 drafts already. Delete one first." in told[2]
    assert "Saved at" in tabs[1].save(message_text="Again")
    assert "Saved at" in Tab(as_anna).save()
    # What cannot be a draft can be a mailing.
    where = tabs[2].review()["Location"]
    assert where.startswith(f"{NEW}?sheet=")
    assert 'href="?form=' in as_olga.get(where).text
    assert Tab(as_olga).send(where)["Location"].startswith("/console/mailings/")
    monkeypatch.setattr(drafts, "MAX_TYPED", 1_000)
    assert "Not saved: It is too long." in said(tabs[0].save(message_text="x" * 1_001))

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, draft_retention_days=30)
    assert "nobody has changed for 30 days is deleted" in as_olga.get(LIST).text
    old = Draft.objects.earliest("id")
    Draft.objects.filter(id=old.id).update(changed_at=Now() - timedelta(days=30))
    assert forget_drafts(days=31) == 0
    assert forget_drafts(days=30) == 1
    assert not Draft.objects.filter(id=old.id).exists()
    entry = AuditEntry.objects.get(action="draft.delete")
    assert (entry.actor, entry.object_id, entry.details) == (None, old.id, {"name": "News", "days": 30})


def test_a_viewer_sees_no_drafts(as_victor: Any, kept: int) -> None:
    for path in (LIST, f"{LIST}/{kept}"):
        assert as_victor.get(path).status_code == 403
    for path in (SAVE, f"{LIST}/{kept}", f"{LIST}/{kept}/delete", f"{LIST}/{kept}/restore"):
        assert as_victor.post(path, typed()).status_code == 403
    assert LIST not in as_victor.get("/console/mailings").text
    person("otto")
    assert f"{LIST}/{kept}" in browser_of(User.objects.get(username="otto")).get(LIST).text
    assert f'href="{LIST}"' in browser_of(User.objects.get(username="otto")).get("/console/mailings").text
