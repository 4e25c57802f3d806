"""The numbers of clients beside tags and operators: they come after the page, and one process counts them at a time."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from harness.mailings import made_mailing
from tests.console.mailing_form import NEW, typed
from vestnik.models import Client, Segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seven")]
SIZES = f"{NEW}/sizes"
PICK = re.compile(r'name="(?:tags|codes)" value="([^"]+)"[^>]*>.*?<b class="v-num">([\d,]*)</b>', re.DOTALL)
OLD = "&lt;old &amp; true&gt;"
Later = Callable[[int], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Some seconds pass."""
    real = time.time

    def pass_by(seconds: int) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + seconds)

    return pass_by


@pytest.fixture
def somebody_counts() -> Iterator[Callable[[], None]]:
    """Another process counts until this is called."""
    from vestnik.db.connection import open_connection
    from vestnik.db.locks import Lock

    with open_connection("other") as other:
        other.execute("SELECT pg_advisory_lock(%s)", [int(Lock.CHOICE_SIZES)])

        def ended() -> None:
            other.execute("SELECT pg_advisory_unlock(%s)", [int(Lock.CHOICE_SIZES)])

        yield ended


def kept_segment(browser: Any) -> Segment:
    form = {"name": "Important", "include-tag_choice": "chosen", "include-tags": ["vip"]}
    assert browser.post("/console/segments/new", form).status_code == 302
    return Segment.objects.get()


def counts(ask: Callable[..., Any], *values: Any) -> int:
    """How often all clients are counted by it."""
    with CaptureQueriesContext(connection) as asked:
        assert ask(*values).status_code == 200
    return sum("count(*) FROM vestnik_client" in query["sql"] for query in asked.captured_queries)


def numbers(page: Any) -> dict[str, str]:
    """What stands beside the choices, without the codes that nobody has."""
    return {value: clients for value, clients in PICK.findall(page.text) if clients != "0"}


def said(browser: Any) -> dict[str, dict[str, int]] | None:
    """What the part says; None if it asks again later."""
    text = browser.get(SIZES).text
    found = re.search(r'<script id="sizes-data" type="application/json">(.*)</script>', text)
    if found is None:
        assert re.search(rf'hx-get="{SIZES}" hx-trigger="load delay:\ds" hx-target="#sizes"', text)
        return None
    return {kind: dict(pairs) for kind, pairs in json.loads(found[1]).items()}


def test_no_page_counts_all_clients_before_it_is_there(as_olga: Any, later: Later) -> None:
    segment = kept_segment(as_olga)
    mailing = made_mailing(name="Scheduled", starts_in=3_600, ends_in=7_200, state="scheduled", tag="vip")
    pages = (
        NEW, f"{NEW}?copy={mailing.id}", f"/console/mailings/{mailing.id}/edit", f"{NEW}?segment={segment.id}",
        "/console/segments/new", f"/console/segments/{segment.id}",
    )  # fmt: skip
    for seconds in (0, 31, 4_000):
        later(seconds)
        for page in pages:
            assert (page, counts(as_olga.get, page)) == (page, 0)
            assert f'id="sizes" hidden hx-get="{SIZES}" hx-trigger="load"' in as_olga.get(page).text
        # A form with an error is shown again, and a search is answered as soon.
        assert counts(as_olga.post, NEW, typed(step="check", end_at="")) == 0
        for part in (f"{NEW}/tags", f"{NEW}/codes", "/console/segments/tags", "/console/segments/exclude-codes"):
            assert counts(as_olga.post, part, {"tags_search": "vi", "codes_search": "9"}) == 0
        assert [counts(as_olga.get, SIZES), counts(as_olga.get, SIZES)] == [2, 0]


def test_the_choices_are_there_at_once_and_their_numbers_when_they_were_counted(as_olga: Any, later: Later) -> None:
    first = as_olga.get(NEW)
    assert numbers(first) == {OLD: "", "vip": "", "904": "", "911": "", "999": ""}
    # No client has 910: nothing has to be counted for that.
    assert ("910", "0") in PICK.findall(first.text)
    assert said(as_olga) == {"tags": {"vip": 6, "<old & true>": 1}, "codes": {"904": 2, "911": 4, "999": 1}}
    counted = {"vip": "6", OLD: "1", "904": "2", "911": "4", "999": "1"}
    assert numbers(as_olga.get(NEW)) == counted
    assert [*numbers(as_olga.get(NEW))][:2] == ["vip", OLD]
    # Old numbers are better than none, until the part has counted again. Very old ones are not shown.
    Client.objects.create(phone_number=79_550_000_000, tag="vip", mobile_operator_code=911, timezone="Asia/Omsk")
    later(3_500)
    assert numbers(as_olga.get(NEW)) == counted
    later(3_700)
    assert set(numbers(as_olga.get(NEW)).values()) == {""}
    assert (said(as_olga) or {})["codes"]["911"] == 5
    assert numbers(as_olga.get(NEW)) == counted | {"vip": "7", "911": "5"}


def test_the_numbers_are_counted_by_one_at_a_time(as_olga: Any, somebody_counts: Callable[[], None]) -> None:
    assert counts(as_olga.get, SIZES) == 0
    assert said(as_olga) is None
    assert set(numbers(as_olga.get(NEW)).values()) == {""}
    somebody_counts()
    assert (said(as_olga) or {})["tags"]["vip"] == 6


@pytest.mark.usefixtures("somebody_counts")
def test_numbers_that_are_remembered_are_shown_while_somebody_counts(as_olga: Any, later: Later) -> None:
    from django.core.cache import cache

    from vestnik.console.composing.sizes import _KEY, Sizes

    tags, codes = {"vip": 6, "<old & true>": 1}, {904: 2, 911: 4, 999: 1}
    cache.set(_KEY, Sizes(tags=tags, codes=codes, counted_at=time.time()), 3_600)
    assert (said(as_olga) or {})["tags"]["vip"] == 6
    later(31)
    assert said(as_olga) is None
    assert numbers(as_olga.get(NEW))["vip"] == "6"


def test_what_was_just_imported_comes_first_and_gets_its_number_at_once(as_olga: Any) -> None:
    said(as_olga)
    Client.objects.create(phone_number=79_550_000_000, tag="zero", mobile_operator_code=955, timezone="Asia/Omsk")
    Client.objects.filter(tag="<old & true>").delete()
    shown = numbers(as_olga.get(NEW))
    assert (shown["zero"], shown["955"]) == ("", "")
    assert [*shown][:2] == ["zero", "vip"]
    assert OLD not in shown
    assert (said(as_olga) or {})["tags"] == {"vip": 6, "zero": 1}
    assert numbers(as_olga.get(NEW))["zero"] == "1"


def test_where_tags_are_too_many_to_be_listed_a_search_finds_all_of_them(
    as_olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vestnik.console.composing.choices._MAX_LISTED", 1)
    for number in range(3):
        phone = 79_550_000_000 + number
        Client.objects.create(phone_number=phone, tag=f"z {number}", mobile_operator_code=955, timezone="Asia/Omsk")
    text = as_olga.get(NEW).text
    assert "There are more: search for them." in text
    assert 'value="z 2"' not in text
    assert numbers(as_olga.post(f"{NEW}/tags", {"tags_search": "z", "tags": ["vip", "gone"]})) == {
        "vip": "6", "z 0": "1", "z 1": "1", "z 2": "1",
    }  # fmt: skip
    assert "There are more: search for them." not in as_olga.get(NEW).text
