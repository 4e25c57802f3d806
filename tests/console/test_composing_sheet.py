"""The review of a new mailing saves nothing; its button makes one mailing, of what was shown."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.console.mailing_form import NEW, problems, save, sheet_of, typed
from vestnik.models import Client, Mailing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seven")]


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
