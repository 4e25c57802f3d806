"""The list of mailings: what comes first, which days and how many, by whom, and what is done from a row."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from harness.mailings import made_mailing
from vestnik.console.mailings import listing
from vestnik.models import Mailing

pytestmark = pytest.mark.django_db
LIST = "/console/mailings"


def names(text: str) -> list[str]:
    """The mailings of the table, from above."""
    return re.findall(r'<td class="v-clip"><a href="/console/mailings/[0-9]+[^"]*">([^<]+)</a>', text)


def pages(browser: Any, query: str) -> list[list[str]]:
    """The names on each page, by the links to the next one."""
    found = []
    while query is not None:
        text = browser.get(LIST + query).text
        found.append(names(text))
        after = re.search(r'rel="next" href="([^"]+)"', text)
        query = after[1].replace("&amp;", "&") if after else None  # type: ignore[assignment]
    return found


def mailings(*, scheduled: list[float], over: int = 0) -> None:
    """Scheduled ones that start in so many seconds, named by them; then some that are over, with their number."""
    for seconds in scheduled:
        made_mailing(name=f"in {seconds:g}", starts_in=seconds, ends_in=seconds + 3_600)
    for number in range(over):
        made_mailing(name=f"over {number}", state="completed", starts_in=-3_600 * (number + 1))


def test_scheduled_ones_stand_first_by_their_start_then_the_newest(
    as_victor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_SCHEDULED", 2)
    monkeypatch.setattr(listing, "PAGE", 2)
    mailings(scheduled=[300, 100, 200], over=3)
    assert pages(as_victor, "") == [["in 100", "in 200", "over 2", "over 1"], ["over 0"]]
    assert pages(as_victor, "?state=scheduled") == [["in 100", "in 200"], ["in 300"]]


def test_the_scheduled_ones_that_do_not_stand_above_are_counted_and_shown_by_the_same_search(
    as_victor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_SCHEDULED", 2)
    mailings(scheduled=[100, 200, 300, 400, 500], over=1)
    made_mailing(name="other", starts_in=50, ends_in=3_600)
    since = (datetime.now(UTC) - timedelta(days=9)).date().isoformat()
    text = as_victor.get(f"{LIST}?q=in+&since={since}").text
    (link,) = re.findall(r'href="([^"]+)">3 more scheduled mailings<', text)
    assert dict(parse_qsl(link.replace("&amp;", "&")[1:])) == {"q": "in ", "since": since, "state": "scheduled"}
    assert names(as_victor.get(LIST + link.replace("&amp;", "&")).text) == [f"in {n}00" for n in range(1, 6)]


def test_an_order_that_is_asked_for_holds_in_every_state(as_victor: Any) -> None:
    mailings(scheduled=[300, 100, 200])
    assert names(as_victor.get(f"{LIST}?state=scheduled&sort=start").text) == ["in 300", "in 200", "in 100"]


def test_the_mailings_of_an_author_are_found_by_the_name_in_a_row(as_victor: Any, olga: Any) -> None:
    mailings(scheduled=[100], over=2)
    Mailing.objects.filter(name="over 1").update(created_by=olga)
    text = as_victor.get(f"{LIST}?q=over").text
    (link,) = re.findall(r'href="([^"]+)">olga</a>', text)
    assert names(as_victor.get(LIST + link.replace("&amp;", "&")).text) == ["over 1"]
    assert names(as_victor.get(f"{LIST}?by=OLGA").text) == ["over 1"]
    nobody = as_victor.get(f"{LIST}?by=nobody").text
    assert names(nobody) == []
    assert 'name="by" value="nobody"' in nobody


def test_mailings_are_sorted_by_start_page_after_page_also_where_starts_are_the_same(
    as_victor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    mailings(scheduled=[100], over=3)
    Mailing.objects.filter(name__startswith="over").update(start_time=datetime(2026, 1, 1, tzinfo=UTC))
    assert pages(as_victor, "?sort=start") == [["in 100", "over 2"], ["over 1", "over 0"]]
    second = re.search(r'rel="next" href="([^"]+)"', as_victor.get(f"{LIST}?sort=start").text)
    assert second is not None
    text = as_victor.get(LIST + second[1].replace("&amp;", "&")).text
    first = re.search(r'rel="prev" href="([^"]+)"', text)
    assert first is not None
    assert names(as_victor.get(LIST + first[1].replace("&amp;", "&")).text) == ["in 100", "over 2"]
    assert names(as_victor.get(f"{LIST}?sort=start&cursor=after-999999").text) == []


def test_days_are_those_of_the_users_clock_and_both_are_included(as_victor: Any, victor: Any) -> None:
    victor.timezone = "Asia/Vladivostok"
    victor.save()
    midnight = datetime(2026, 3, 10, 14, tzinfo=UTC)  # the 11th begins there
    for name, at in (
        ("before", midnight - timedelta(seconds=1)),
        ("first", midnight),
        ("next", midnight + timedelta(days=1)),
    ):
        mailing = made_mailing(name=name, state="completed")
        Mailing.objects.filter(id=mailing.id).update(start_time=at, end_time=at + timedelta(hours=1))
    assert names(as_victor.get(LIST, {"since": "2026-03-11", "until": "2026-03-11"}).text) == ["first"]
    assert names(as_victor.get(LIST, {"since": "2026-03-11"}).text) == ["next", "first"]
    assert names(as_victor.get(LIST, {"until": "2026-03-11"}).text) == ["first", "before"]
    for wrong in ("2026-13-45", "yesterday", "0001-01-01", "9999-12-31"):
        assert len(names(as_victor.get(LIST, {"since": wrong}).text)) == 3


def test_the_total_is_counted_up_to_a_limit(as_victor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mailings(scheduled=[], over=3)
    assert "3 mailings" in as_victor.get(LIST).text
    assert "1 mailing<" in as_victor.get(LIST, {"q": "over 1"}).text
    monkeypatch.setattr(listing, "MAX_COUNTED", 2)
    assert "More than 2 mailings" in as_victor.get(LIST).text


def test_a_row_says_who_made_it_and_how_many_messages_are_in_each_state(as_victor: Any, olga: Any) -> None:
    mailing = made_mailing(name="Counted", state="completed", created_by_id=olga.id)
    totals = dict.fromkeys(
        ("queued", "sending", "sent", "delivered", "undelivered", "failed", "expired", "cancelled", "unknown"), 0
    )
    now = datetime.now(UTC)
    Mailing.objects.filter(id=mailing.id).update(frozen_at=now, totals={**totals, "sent": 1_234, "failed": 5})
    text = as_victor.get(LIST).text
    numbers = text.split('class="v-bar-numbers')[1].split("</div>")[0]
    assert re.findall(r"</span>([0-9,]+)<", numbers) == ["1,234", "5"]
    assert re.search(r"<td[^>]*><a [^>]+>olga</a></td>", text)


def test_an_operator_acts_from_a_row_and_a_viewer_only_looks(as_olga: Any, as_victor: Any) -> None:
    mailings(scheduled=[100])
    mailing = Mailing.objects.get()
    menu = as_olga.get(LIST).text.split('class="v-menu"')[1].split("</details>")[0]
    assert f"/console/mailings/{mailing.id}/edit" in menu
    assert f"/console/mailings/new?copy={mailing.id}" in menu
    menu = as_victor.get(LIST).text.split('class="v-menu"')[1].split("</details>")[0]
    assert "edit" not in menu
    assert "new?copy" not in menu


SEARCHED = f"{LIST}?q=in&cursor=after-9999"


def menu_of(browser: Any, address: str = LIST) -> str:
    """The menu of the only row."""
    return str(browser.get(address).text.split('class="v-menu"')[1].split("</details>")[0])


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("scheduled", ["cancel"]),
        ("running", ["pause", "cancel"]),
        ("paused", ["resume", "cancel"]),
        ("completed", []),
        ("cancelled", []),
        ("expired", []),
    ],
)
def test_a_row_offers_what_the_state_allows_to_those_who_may(
    as_olga: Any, as_victor: Any, state: str, offered: list[str]
) -> None:
    made_mailing(name="in", state=state, ends_in=3_600)
    text, menu = as_olga.get(LIST).text, menu_of(as_olga)
    found = re.findall(r'name="do" value="([a-z]+)"', menu)
    assert [*found, *(["cancel"] if "data-dialog" in menu else [])] == offered
    assert ("Cancel the mailing “in”?" in text) == ("cancel" in offered)
    looked_at = as_victor.get(LIST).text
    assert 'name="do"' not in looked_at
    assert "<dialog" not in looked_at


def test_an_action_of_a_row_comes_back_to_the_list_as_it_was_searched(as_olga: Any) -> None:
    mailing = made_mailing(name="in", state="running", ends_in=3_600)
    pause = r'action="([^"]+)".*?name="then" value="list".*?name="do" value="pause"'
    (act,) = re.findall(pause, menu_of(as_olga, SEARCHED))
    answer = as_olga.post(act, {"do": "pause", "then": "list"}, follow=True)
    assert answer.redirect_chain == [(SEARCHED, 302)]
    assert "in: Paused. Nothing more is sent until you resume it." in answer.text
    (cancel,) = re.findall(rf'id="d-cancel-{mailing.id}".*?action="([^"]+)"', answer.text, re.DOTALL)
    answer = as_olga.post(cancel, {"do": "cancel", "then": "list"}, follow=True)
    assert answer.redirect_chain == [(SEARCHED, 302)]
    assert Mailing.objects.get().state == "cancelled"


def test_what_the_state_forbids_meanwhile_is_said_on_the_list(as_olga: Any, as_victor: Any) -> None:
    mailing = made_mailing(name="in", state="completed")
    answer = as_olga.post(f"{LIST}/{mailing.id}/act", {"do": "pause", "then": "list"}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "only a running one can be paused" in answer.text
    assert as_victor.post(f"{LIST}/{mailing.id}/act", {"do": "pause", "then": "list"}).status_code == 403
