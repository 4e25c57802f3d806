"""A mailing is written in the console: form, counter, estimate, sheet; and nothing is saved before the last click."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from harness.cast import seven_clients
from harness.mailings import made_mailing
from vestnik.mailings.edit import edit_mailing
from vestnik.models import Breaker, Client, GatewayState, Mailing

pytestmark = pytest.mark.django_db
NEW = "/console/mailings/new"
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture(autouse=True)
def _directory(db: None) -> Iterator[None]:
    del db
    cache.clear()  # the sizes of another test's directory
    seven_clients(most_in="Europe/Moscow", two_in="Asia/Kamchatka", other_tag="<old & true>")
    yield
    cache.clear()


def clock(**ahead: float) -> str:
    """What a clock in Moscow will show."""
    return f"{datetime.now(tz=UTC).astimezone(MOSCOW) + timedelta(**ahead):%Y-%m-%dT%H:%M}"


def typed(**changes: Any) -> dict[str, Any]:
    """A form that is right, but for ``changes``: to everybody who is vip, from now for an hour."""
    return {
        "name": "News",
        "message_text": "Good morning!",
        "tag_choice": "chosen",
        "tags": ["vip"],
        "code_choice": "any",
        "start_choice": "now",
        "end_at": clock(hours=1),
        "window_choice": "any",
        "zone": "Europe/Moscow",
        "token": "0123456789abcdef0123456789abcdef",
        **changes,
    }


def sheet_of(browser: Any, path: str = NEW, **changes: Any) -> str:
    answer = browser.post(path, typed(step="check", **changes), follow=True)
    assert answer.status_code == 200
    assert "until you press the button below" in answer.text, re.findall(
        r'class="v-error"[^>]*>(.*?)</div', answer.text
    )
    return str(answer.text)


def save(browser: Any, path: str = NEW, **changes: Any) -> Any:
    return browser.post(path, typed(step="save", **{"shown": "5", **changes}))


def problems(text: str) -> dict[str, str]:
    """What is said at the fields."""
    found = re.findall(r'class="v-error" id="id_(\w+)_error" role="alert">(.*?)</div>', text, re.DOTALL)
    return {name: re.sub(r"<[^>]+>", "", words).strip() for name, words in found}


# -- the form


def test_the_form_offers_tags_and_operators_with_their_sizes(as_olga: Any) -> None:
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
    assert not Mailing.objects.exists()


def test_the_form_asks_the_ledger_little(as_olga: Any, django_assert_max_num_queries: Any) -> None:
    as_olga.get(NEW)
    # Session, account, templates, segments, attributes, which tags and codes there are; sizes are remembered.
    with django_assert_max_num_queries(8):
        as_olga.get(NEW)


def test_what_has_just_come_is_among_the_choices_at_once(as_olga: Any) -> None:
    """Somebody else had the form before, so that the sizes are remembered."""
    as_olga.get(NEW)
    Client.objects.create(phone_number=79_550_000_000, tag="just in", mobile_operator_code=955, timezone="Asia/Omsk")
    assert {"just in", "955"} <= {*re.findall(r'value="([^"]+)">\s*<span>', as_olga.get(NEW).text)}
    Client.objects.create(phone_number=79_560_000_000, tag="later", mobile_operator_code=956, timezone="Asia/Omsk")
    assert 'value="later"' in as_olga.post(f"{NEW}/tags", {"tags_search": "lat"}).text
    assert 'value="956"' in as_olga.post(f"{NEW}/codes", {"codes_search": "95"}).text


# -- the live parts


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


def test_the_estimate_follows_the_choices(as_olga: Any) -> None:
    def estimate(**changes: Any) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", as_olga.post(f"{NEW}/estimate", typed(**changes)).text))

    assert "5 clients" in estimate()
    assert "1 more is on the stop list" in estimate()
    assert "10 SMS parts in total" in estimate(message_text="я" * 71)
    assert "2 clients" in estimate(code_choice="chosen", codes=["904"])
    assert "No client matches both" in estimate(tags=["<old & true>"], code_choice="chosen", codes=["904"])
    assert "Choose tags and operators" in estimate(tag_choice="")
    assert "Choose tags and operators" in estimate(tags=[])
    assert "all your clients" in estimate(tag_choice="any", end_at="nonsense", message_text="")


def test_a_search_keeps_what_is_picked(as_olga: Any) -> None:
    answer = as_olga.post(f"{NEW}/tags", {"tags_search": "OLD", "tags": ["vip", "gone"]}).text
    assert re.findall(r'value="([^"]+)"( checked)?', answer) == [
        ("gone", " checked"), ("vip", " checked"), ("&lt;old &amp; true&gt;", ""),
    ]  # fmt: skip


def test_all_that_a_search_finds_is_chosen_at_once(as_olga: Any) -> None:
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
    answer = re.sub(r"\s+", " ", as_olga.post(f"{NEW}/codes", {}).text)
    mts = answer[answer.index('data-brand="MTS"') :]
    assert re.search(r'data-whole> <span>MTS</span> <b class="v-num">[1-9]', mts)
    # 980: of ten million numbers MTS gave out 61%.
    assert re.search(r"<span>980</span><small[^>]*>61% of its numbers", answer)
    assert not re.search(r"<span>911</span><small", answer)


# -- errors


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


# -- the sheet


def test_the_sheet_says_what_it_would_be_and_saves_nothing(as_olga: Any) -> None:
    sheet = sheet_of(as_olga, message_text="Доброе утро! " * 6)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", sheet))
    assert "Send now to 5 clients" in words
    assert "SMS parts in total 10 2 each, UCS-2" in words
    assert "Left out: stop list 1" in words
    assert re.search(r"911 3 904 2", words)
    assert re.search(r"Europe/Moscow 3 Asia/Kamchatka 2", words)
    assert len(re.findall(r"\+7 9\d\d 000-00-0\d", words)) == 5
    assert "999 000" not in words
    assert not Mailing.objects.exists()


def test_the_sheet_shows_a_tag_and_a_text_as_they_are(as_olga: Any) -> None:
    sheet = sheet_of(as_olga, tags=["<old & true>"], message_text="It's <b>5</b> & more")
    assert "It&#x27;s &lt;b&gt;5&lt;/b&gt; &amp; more" in sheet
    assert "<old" not in sheet


def test_only_the_button_of_the_sheet_makes_the_mailing(as_olga: Any, olga: Any) -> None:
    answer = save(as_olga, message_text="It's 5 &\r\nmore", code_choice="chosen", codes=["904", "911"])
    mailing = Mailing.objects.get()
    assert answer["Location"] == f"/console/mailings/{mailing.id}"
    assert (mailing.name, mailing.message_text, mailing.created_by) == ("News", "It's 5 &\nmore", olga)
    assert (mailing.filter_tags, mailing.filter_codes) == (["vip"], [904, 911])
    assert (mailing.send_window_from, mailing.send_window_to) == (None, None)
    assert "Sending has started: 5 clients." in as_olga.get(answer["Location"]).text


def test_a_window_and_a_start_are_kept(as_olga: Any) -> None:
    save(
        as_olga, start_choice="at", start_at="2030-05-05T12:00", end_at="2030-05-06T12:00", window_choice="hours",
        window_from="21:30", window_to="08:00",
    )  # fmt: skip
    mailing = Mailing.objects.get()
    assert (str(mailing.send_window_from), str(mailing.send_window_to)) == ("21:30:00", "08:00:00")
    assert mailing.start_time == datetime(2030, 5, 5, 9, tzinfo=UTC)
    assert mailing.state == "scheduled"


def test_a_form_that_is_sent_twice_makes_one_mailing_and_one_that_was_changed_another(as_olga: Any) -> None:
    first, again = save(as_olga), save(as_olga)
    assert first["Location"] == again["Location"]
    assert Mailing.objects.count() == 1
    assert "has already created a mailing" in sheet_of(as_olga, message_text="Good evening!")
    assert save(as_olga, message_text="Good evening!")["Location"] != first["Location"]
    assert save(as_olga, token="f" * 32)["Location"] != first["Location"]
    assert Mailing.objects.count() == 3


def test_an_audience_that_has_changed_is_shown_again(as_olga: Any) -> None:
    answer = as_olga.get(save(as_olga, shown="4")["Location"])
    assert "changed from 4 to 5" in answer.text
    assert 'name="shown" value="5"' in answer.text
    assert not Mailing.objects.exists()
    assert "changed from 0 to 5" in as_olga.get(save(as_olga, shown="nonsense")["Location"]).text


def test_a_little_change_of_a_great_audience_is_told_afterwards(as_olga: Any) -> None:
    Client.objects.bulk_create(
        Client(phone_number=79210000000 + n, mobile_operator_code=921, tag="vip", timezone="Europe/Moscow")
        for n in range(200)
    )
    answer = save(as_olga, shown="204")
    assert "The review page showed 204" in as_olga.get(answer["Location"]).text


def test_back_to_the_form_shows_what_was_typed(as_olga: Any) -> None:
    sheet = sheet_of(as_olga, window_choice="hours", window_from="10:00", window_to="11:00", message_text="a\r\nb")
    back = re.search(r'href="(/console/drafts/\d+)">Back to editing', sheet)
    assert back is not None
    text = as_olga.get(back.group(1)).text
    assert 'value="News"' in text
    assert 'value="vip" checked' in text
    assert 'value="10:00"' in text
    assert problems(text) == {}


def test_the_sheet_can_be_loaded_anew_and_a_forgotten_one_leads_to_the_form(as_olga: Any) -> None:
    where = as_olga.post(NEW, typed(step="check"))["Location"]
    draft = where.removesuffix("?sheet=0123456789abcdef0123456789abcdef")
    assert re.fullmatch(r"/console/drafts/\d+", draft)
    for _ in range(2):
        assert "Send now to 5 clients" in as_olga.get(where).text
    for number in range(5):
        as_olga.post(NEW, typed(step="check", token=f"{number}" * 32))
    assert "Good morning!</textarea>" in as_olga.get(where).text
    # Without a draft, such as in the edit of a mailing, nothing else has it.
    answer = as_olga.get(f"{NEW}?sheet={'a' * 32}", follow=True)
    assert answer.redirect_chain == [(NEW, 302)]
    assert "This form has expired." in answer.text


def test_a_sheet_whose_time_has_passed_leads_back_to_the_form(as_olga: Any) -> None:
    where = as_olga.post(NEW, typed(step="check"))["Location"]
    session = as_olga.session
    forms = session["mailing_forms"]
    forms["0" * 32] = {**next(iter(forms.values())), "end_at": ["2020-01-01T00:00"]}
    session["mailing_forms"] = forms
    session.save()
    text = as_olga.get(f"{NEW}?sheet={'0' * 32}").text
    assert "after the start" in problems(text)["end_at"]
    assert "Send now to 5 clients" in as_olga.get(where).text


def test_nobody_is_sent_to_now_but_may_be_scheduled_for(as_olga: Any) -> None:
    nobody = {"tags": ["<old & true>"], "code_choice": "chosen", "codes": ["904"]}
    now = sheet_of(as_olga, **nobody)
    assert "No client matches" in now
    assert 'value="save"' not in now
    later = {"start_choice": "at", "start_at": "2030-05-05T12:00", "end_at": "2030-05-06T12:00"}
    assert "Schedule for 0 clients" in sheet_of(as_olga, **nobody, **later)


def test_warnings_say_what_will_be_lost_and_what_may_annoy(as_olga: Any, settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_max_rate=1)
    GatewayState.objects.update(breaker=Breaker.OPEN)
    night = datetime(2030, 5, 5, 23, tzinfo=MOSCOW)
    times = {"start_choice": "at", "start_at": f"{night:%Y-%m-%dT%H:%M}", "end_at": f"{night:%Y-%m-%dT23:01}"}
    sheet = sheet_of(as_olga, **times)
    assert "It may reach 3 clients at night (22:00-08:00 on their clocks) in Europe/Moscow" in sheet
    assert "The gateway does not answer." in sheet
    assert "at 1 messages/s, the rate limit" in sheet
    assert "5 s" in sheet
    assert "everybody" not in sheet
    sheet = sheet_of(as_olga, window_choice="hours", window_from="07:00", window_to="21:00", **times)
    assert "3 clients will not get it: the send window does not open before the end in Europe/Moscow." in sheet
    assert "at night" not in sheet
    assert "It goes to all clients" in sheet_of(as_olga, tag_choice="any")


def test_a_rate_that_is_too_low_is_said(as_olga: Any, settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_max_rate=1)
    Client.objects.bulk_create(
        Client(phone_number=79210000000 + n, mobile_operator_code=921, tag="vip", timezone="Europe/Moscow")
        for n in range(95)
    )
    times = {"start_choice": "at", "start_at": "2030-05-05T12:00"}
    assert "about 41 messages will not be sent before the end" in sheet_of(as_olga, end_at="2030-05-05T12:01", **times)
    assert "There is little time: sending takes about 1 min 40 s, and the mailing lasts 2 min" in sheet_of(
        as_olga, end_at="2030-05-05T12:02", **times
    )
    assert "There is little time" not in sheet_of(as_olga, end_at="2030-05-05T12:10", **times)


def test_without_a_limit_the_rate_is_that_of_the_last_mailing_that_shows_one(as_olga: Any) -> None:
    assert "no rate limit is set" in sheet_of(as_olga)
    now = datetime.now(tz=UTC)

    def finished(name: str, *, sent: int, seconds: int, **more: Any) -> None:
        totals = {"queued": 0, "sending": 0, "sent": sent, "delivered": 0, "undelivered": 0, "failed": 0, "expired": 0}
        made_mailing(
            name=name, starts_in=-7_200, ends_in=0, state="completed", started_at=now - timedelta(seconds=seconds),
            finished_at=now, frozen_at=now, totals=totals, **more,
        )  # fmt: skip

    finished("Fast", sent=5_000, seconds=10)
    finished("Small", sent=20, seconds=10)
    finished("Paused", sent=9_000, seconds=3_000, resumed_at=now)
    assert "at 500 messages/s, as measured in an earlier mailing (Fast)" in sheet_of(as_olga)


# -- a copy


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


# -- edits


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
