"""The form of a new mailing: its choices, the counter and the estimate, and what a copy begins with."""

import re
from typing import Any

import pytest

from tests.console.mailing_form import NEW, problems, save, sheet_of, typed
from vestnik.clients.segments.conditions import Conditions, Rule, SegmentCopy
from vestnik.console.composing.forms import ChosenFilter
from vestnik.console.composing.parts import nobody_matches
from vestnik.mailings.fields import Earlier
from vestnik.models import Client, Mailing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seven")]

SEGMENT = SegmentCopy(id=1, name="friends", rule=Rule(include=Conditions(tags=["friend"])))
EARLIER = Earlier(mailing=1, states=["failed"])


def test_the_form_offers_tags_and_operators_with_their_sizes(as_olga: Any) -> None:
    as_olga.get(f"{NEW}/sizes")
    text = as_olga.get(NEW).text
    rows = dict(re.findall(r'value="([^"]+)">\s*<span>[^<]*</span>[^\n]*\s*<b class="v-num">([\d,]+)</b>', text))
    assert {value: clients for value, clients in rows.items() if clients != "0"} == {
        "vip": "6",
        "&lt;old &amp; true&gt;": "1",
        "904": "2",
        "911": "4",
        "999": "1",
    }


def test_nothing_is_chosen_for_anybody(as_olga: Any) -> None:
    text = as_olga.get(NEW).text
    checked = re.findall(r'type="(?:radio|checkbox)" name="(\w+)" value="(\w+)"(?: data-opens)? checked', text)
    assert checked == [("start_choice", "now"), ("window_choice", "any")]


def test_a_viewer_cannot_write_a_mailing(as_victor: Any) -> None:
    assert as_victor.get(NEW).status_code == 403
    for path in ("", "/counter", "/estimate", "/tags", "/codes"):
        assert as_victor.post(NEW + path, typed(step="save")).status_code == 403
    assert as_victor.get(f"{NEW}/sizes").status_code == 403
    assert not Mailing.objects.exists()


def test_the_form_asks_the_ledger_little(as_olga: Any, django_assert_max_num_queries: Any) -> None:
    as_olga.get(NEW)
    # Session, account, time, templates, segments, attributes, which tags and codes there are, whether messages reach
    # anybody. Sizes come after the page.
    with django_assert_max_num_queries(9):
        as_olga.get(NEW)


def test_what_has_just_come_is_among_the_choices_at_once(as_olga: Any) -> None:
    """Somebody else had the form before, so that the sizes are remembered."""
    as_olga.get(f"{NEW}/sizes")
    Client.objects.create(phone_number=79_550_000_000, tag="just in", mobile_operator_code=955, timezone="Asia/Omsk")
    assert {"just in", "955"} <= {*re.findall(r'value="([^"]+)">\s*<span>', as_olga.get(NEW).text)}
    Client.objects.create(phone_number=79_560_000_000, tag="later", mobile_operator_code=956, timezone="Asia/Omsk")
    assert 'value="later"' in as_olga.post(f"{NEW}/tags", {"tags_search": "lat"}).text
    assert 'value="956"' in as_olga.post(f"{NEW}/codes", {"codes_search": "95"}).text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["0 characters", "GSM-7", "0 SMS parts"]),
        ("a", ["1 character<", "GSM-7", "1 SMS part<", "room for 159 more"]),
        ("a\r\nb", ["3 characters", "room for 157 more"]),
        ("a" * 161, ["161 characters", "2 SMS parts", "room for 145 more in the last one"]),
        ("a" * 100 + "—", ["UCS-2", "2 SMS parts", "<kbd>—</kbd>", "Without them: 1 part."]),
        ("Привет, мир", ["UCS-2", "1 SMS part<", "<kbd>П</kbd>", "and 1 more"]),
        ("a\u00a0<", ["<kbd>U+00A0</kbd>"]),
        ("a" * 2001, ["2,001 characters (at most 2,000)", "v-over"]),
    ],
)
def test_the_counter_counts_as_networks_do(as_olga: Any, text: str, words: list[str]) -> None:
    answer = as_olga.post(f"{NEW}/counter", {"message_text": text}).text
    assert [word for word in words if word not in answer] == []


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (ChosenFilter(["vip"], None), "No client has one of these tags."),
        (ChosenFilter(None, [904]), "No client has one of these operator codes."),
        (ChosenFilter(None, None, segment=SEGMENT), "No client is in this segment."),
        (ChosenFilter(None, None, earlier=EARLIER), "The earlier mailing has no such messages."),
        (ChosenFilter(None, None), "There are no clients yet."),
        (ChosenFilter(["vip"], None, segment=SEGMENT), "No client matches all of it."),
        (ChosenFilter(None, [904], earlier=EARLIER), "No client matches all of it."),
    ],
)
def test_why_nobody_matches_names_what_was_chosen(chosen: ChosenFilter, words: str) -> None:
    assert nobody_matches(chosen).startswith(words)


def test_the_estimate_follows_the_choices(as_olga: Any) -> None:
    def estimate(**changes: Any) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", as_olga.post(f"{NEW}/estimate", typed(**changes)).text))

    assert "5 clients" in estimate()
    assert "1 more is on the stop list" in estimate()
    assert "10 SMS parts in total" in estimate(message_text="я" * 71)
    assert "2 clients" in estimate(code_choice="chosen", codes=["904"])
    assert "No client matches all of it" in estimate(tags=["<old & true>"], code_choice="chosen", codes=["904"])
    assert "No client has one of these operator codes." in estimate(
        tag_choice="any", code_choice="chosen", codes=["905"]
    )
    assert "Choose recipients" in estimate(tag_choice="")
    assert "Choose recipients" in estimate(tags=[])
    assert "all your clients" in estimate(tag_choice="any", end_at="nonsense", message_text="")


def test_a_search_keeps_what_is_picked(as_olga: Any) -> None:
    as_olga.get(f"{NEW}/sizes")
    answer = as_olga.post(f"{NEW}/tags", {"tags_search": "OLD", "tags": ["vip", "gone"]}).text
    assert re.findall(r'value="([^"]+)"( checked)?', answer) == [
        ("gone", " checked"), ("vip", " checked"), ("&lt;old &amp; true&gt;", ""),
    ]  # fmt: skip


def test_all_that_a_search_finds_is_chosen_at_once(as_olga: Any) -> None:
    as_olga.get(f"{NEW}/sizes")
    found = as_olga.post(f"{NEW}/tags", {"tags_search": "OLD"}).text
    assert "Select all found (1)" in found
    chosen = as_olga.post(f"{NEW}/tags", {"tags_search": "OLD", "tags": ["vip"], "all": "yes"}).text
    assert re.findall(r'value="([^"]+)"( checked)?', chosen) == [
        ("vip", " checked"), ("&lt;old &amp; true&gt;", " checked"),
    ]  # fmt: skip
    # Nothing was looked for, so nothing was found: "any" means all.
    assert "Select all found" not in as_olga.post(f"{NEW}/tags", {}).text
    assert "Select all found" not in as_olga.post(f"{NEW}/tags", {"tags_search": "no such tag"}).text


CODE = re.compile(r'<label class="v-pick"( hidden)?><input type="checkbox" name="codes" value="(\d+)"( checked)?>')


def codes(browser: Any, **asked: Any) -> dict[str, tuple[bool, bool]]:
    """The codes that are offered: whether they are shown, and whether they are picked."""
    answer = browser.post(f"{NEW}/codes", asked).text
    return {code: (not hidden, bool(picked)) for hidden, code, picked in CODE.findall(answer)}


def test_an_operator_is_found_by_name_and_by_code_and_keeps_what_is_picked(as_olga: Any) -> None:
    for search in ("МТС", "mts", "мтс"):
        found = codes(as_olga, codes_search=search, codes=["904"])
        shown = {code for code, (is_shown, _) in found.items() if is_shown}
        assert {"910", "916", "989"} <= shown
        assert not {"904", "920", "903"} & shown
        assert [code for code, (_, is_picked) in found.items() if is_picked] == ["904"]
    found = codes(as_olga, codes_search="91")
    assert [code for code, (is_shown, _) in found.items() if is_shown] == [f"91{digit}" for digit in range(10)]
    found = codes(as_olga, codes_search="91", codes=["904"], all="yes")
    assert {code for code, (_, is_picked) in found.items() if is_picked} == {"904", *(f"91{n}" for n in range(10))}
    nothing = as_olga.post(f"{NEW}/codes", {"codes_search": "5"}).text
    assert "Nothing found." in nothing
    assert "Select all found" not in nothing


def test_an_operators_codes_say_how_many_clients_they_have_and_how_sure_they_are(as_olga: Any) -> None:
    as_olga.get(f"{NEW}/sizes")
    answer = re.sub(r"\s+", " ", as_olga.post(f"{NEW}/codes", {}).text)
    mts = answer[answer.index('data-brand="MTS"') :]
    assert re.search(r'data-whole> <span>MTS</span> <b class="v-num">[1-9]', mts)
    # 980: of ten million numbers MTS gave out 61%.
    assert re.search(r"<span>980</span><small[^>]*>61% of its numbers", answer)
    assert not re.search(r"<span>911</span><small", answer)


def test_as_many_tags_as_a_mailing_may_have_can_be_copied_and_sent(as_olga: Any) -> None:
    tags, codes = [f"tag {number}" for number in range(999)] + ["vip"], [f"{code:03d}" for code in range(1_000)]
    many = {"tags": tags, "code_choice": "chosen", "codes": codes}
    assert "Send now to 5 clients" in sheet_of(as_olga, **many)
    save(as_olga, **many)
    mailing = Mailing.objects.get()
    assert (len(mailing.filter_tags or ()), len(mailing.filter_codes or ())) == (1_000, 1_000)
    copy = as_olga.get(f"{NEW}?copy={mailing.id}").text
    assert copy.count(" checked") == 2_000 + 4
    text = as_olga.post(NEW, typed(step="check", tags=[*tags, "one more"])).text
    assert "Choose at most 1000" in problems(text)["tags"]


def test_a_copy_begins_with_the_same_text_and_clients(as_olga: Any) -> None:
    hours = {"window_choice": "hours", "window_from": "10:00", "window_to": "20:00"}
    save(as_olga, shown="2", code_choice="chosen", codes=["904"], **hours)
    text = as_olga.get(f"{NEW}?copy={Mailing.objects.get().id}").text
    assert "Good morning!</textarea>" in text
    for checked in ('value="vip" checked', 'value="904" checked', 'value="hours" data-opens checked'):
        assert checked in text
    assert 'value="10:00"' in text
    assert 'name="start_choice" value="now" checked' in text
    assert as_olga.get(f"{NEW}?copy=999999").status_code == 404
    assert as_olga.get(f"{NEW}?copy=x").status_code == 404
