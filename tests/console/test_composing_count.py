"""The review page does not wait for a large audience: it is there at once, counts on, and is confirmed only then."""

import html
import re
from typing import Any

import pytest

from tests.console.mailing_form import NEW, save, typed
from tests.console.test_mailing_edits import changed, edit_form
from vestnik.clients.stop_list import stop_phones
from vestnik.models import Client, Draft, Mailing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ids_from_one", "seven")]
PART = {"HX-Request": "true"}
LATER = {"start_choice": "at", "start_at": "2030-05-05T12:00", "end_at": "2030-05-06T12:00"}


@pytest.fixture(autouse=True)
def _tiny_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer counts the clients of one id, as of a directory that takes long."""
    monkeypatch.setattr("vestnik.audience.slices.FIRST_SLICE", 1)
    monkeypatch.setattr("vestnik.audience.slices.MAX_SLICE", 1)
    monkeypatch.setattr("vestnik.console.composing.counting._FIRST_SECONDS", 0)
    monkeypatch.setattr("vestnik.console.composing.counting._NEXT_SECONDS", 0)


def reviewed(browser: Any, path: str = NEW, **changes: Any) -> tuple[str, str]:
    """The address of the sheet, and the page as it is first shown."""
    where = browser.post(path, typed(step="check", **changes))["Location"]
    return where, browser.get(where).text


def sent_by(page: str, step: str = "count") -> dict[str, Any]:
    """What the form of the sheet sends, with the button of a step."""
    form = page.split('id="decide"')[1].split("</form>", maxsplit=1)[0]
    fields: dict[str, Any] = {"step": step}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields | states_in(page)


def states_in(text: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" form="decide" name="(\w+)" value="([^"]+)"', text))


def words_of(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def counted_on(browser: Any, where: str, page: str) -> tuple[str, int]:
    """The page after the button *Keep counting* was pressed until it is there no more, and how often that was."""
    clicks = 0
    while 'name="step" value="count"' in page:
        assert 'value="save"' not in page
        assert 'name="shown"' not in page
        page, clicks = browser.post(where, sent_by(page)).text, clicks + 1
    return page, clicks


def test_the_page_is_there_at_once_and_counts_on_without_scripts(as_olga: Any) -> None:
    where, page = reviewed(as_olga)
    words = words_of(page)
    assert "Good morning!" in words
    assert "The clients are being counted." in words
    assert "Keep counting" in words
    assert "You can confirm once all clients are counted." in words
    assert "Last message once all clients are counted" in words
    assert "SMS parts in total" not in words
    assert 'role="progressbar"' in page
    (draft,) = Draft.objects.values()
    page, clicks = counted_on(as_olga, where, page)
    assert clicks == Client.objects.latest("id").id - 1
    words = words_of(page)
    assert "Send now to 5 clients" in words
    assert "SMS parts in total 5 1 each" in words
    assert "Left out: stop list 1" in words
    assert re.search(r"911 3 904 2", words)
    assert re.search(r"Europe/Moscow 3 Asia/Kamchatka 2", words)
    assert len(re.findall(r"\+7 9\d\d 000-00-0\d", words)) == 5
    assert "being counted" not in words
    # Counting saves nothing, not even the draft.
    assert not Mailing.objects.exists()
    assert list(Draft.objects.values()) == [draft]
    answer = as_olga.post(where, sent_by(page, "save"))
    assert "Sending has started: 5 clients." in as_olga.get(answer["Location"]).text


def test_it_says_how_many_there_are_so_far_and_never_more_than_there_are(as_olga: Any) -> None:
    where, page = reviewed(as_olga)
    numbers, shares = [0], [0]
    while states := states_in(page):
        found = re.search(r"more than <strong>(\d)</strong> client", page)
        numbers.append(int(found[1]) if found else 0)
        share = re.search(r'aria-valuenow="(\d+)"', page)
        assert share is not None
        shares.append(int(share[1]))
        page = as_olga.post(where, {**sent_by(page), **states}).text
    assert numbers == sorted(numbers)
    assert shares == sorted(shares)
    assert max(shares) < 100
    assert 0 < max(numbers) <= 5


def test_the_part_asks_until_it_has_all_and_then_fills_the_page_in(as_olga: Any) -> None:
    where, page = reviewed(as_olga)
    assert f'hx-post="{where}"' in page
    assert 'hx-include="#decide"' in page
    form, part, steps = sent_by(page), page, 0
    while states := states_in(part):
        part, steps = as_olga.post(where, {**form, **states}, headers=PART).text, steps + 1
        assert "<html" not in part
    assert steps == Client.objects.latest("id").id - 1
    assert 'id="counting"' not in part
    places = set(re.findall(r'id="([\w-]+)" hx-swap-oob="innerHTML"', part))
    assert places == {
        "counted", "sheet-decide", "sheet-drift", "sheet-findings", "sheet-last", "sheet-people", "sheet-tables",
    }  # fmt: skip
    assert all(f'id="{place}"' in page for place in places)
    assert "All clients are counted: 5 clients." in words_of(part)
    assert "Send now to 5 clients" in words_of(part)
    assert '<input type="hidden" name="shown" value="5">' in part
    # The rest of the page stays: nobody loses what they type or read there.
    assert "own_phone" not in part
    assert "Good morning!" not in part


def test_a_state_that_is_not_ours_or_of_another_filter_begins_anew(as_olga: Any) -> None:
    where, page = reviewed(as_olga)
    for _ in range(3):
        page = as_olga.post(where, sent_by(page)).text
    share = re.search(r'aria-valuenow="(\d+)"', page)
    form = sent_by(page)
    for changes in ({"counted": "x"}, {"counted": form["counted"][:-1]}, {"tag_choice": "any"}):
        again = re.search(r'aria-valuenow="(\d+)"', as_olga.post(where, {**form, **changes}).text)
        assert again is not None
        assert share is not None
        assert int(again[1]) < int(share[1])


def test_nothing_is_saved_by_somebody_who_was_not_shown_the_number(as_olga: Any) -> None:
    where, page = reviewed(as_olga)
    answer = as_olga.post(where, sent_by(page, "save"))
    assert answer["Location"].endswith("&was=0")
    assert not Mailing.objects.exists()


def test_an_audience_that_has_changed_is_said_at_once_and_its_number_when_it_is_counted(as_olga: Any) -> None:
    where = save(as_olga, shown="4")["Location"]
    page = as_olga.get(where).text
    assert "The number of clients has changed: it was 4. Nothing was saved." in page
    assert f'hx-post="{html.escape(where)}"' in page
    page, _clicks = counted_on(as_olga, where, page)
    assert "The number of clients has changed from 4 to 5." in page


def test_clients_who_come_go_or_stop_meanwhile_are_counted_once_at_most(as_olga: Any) -> None:
    where, page = reviewed(as_olga)
    phones = list(Client.objects.filter(tag="vip").values_list("phone_number", flat=True))
    for phone in phones:
        page = as_olga.post(where, sent_by(page)).text
        client = Client.objects.get(phone_number=phone)
        client.delete()
        client.id = None
        client.save(force_insert=True)
    stop_phones(phones=phones[:1], reason="", actor=None)
    page, _clicks = counted_on(as_olga, where, page)
    shown = re.search(r'name="shown" value="(\d+)"', page)
    assert shown is not None
    assert int(shown[1]) <= 5


def test_the_changes_of_an_edit_wait_for_the_clients_of_before_too(as_olga: Any) -> None:
    save(as_olga, **LATER)
    mailing = Mailing.objects.get()
    path, form = edit_form(as_olga, mailing, tag_choice="any", tags=[])
    where, page = reviewed(as_olga, path, **form)
    assert changed(page) == [("Tags", "[vip]", "[any]")]
    ids = Client.objects.latest("id").id
    seen: list[str] = []
    while states := states_in(page):
        seen += re.findall("The clients[a-z ]* are being counted", page)
        assert ("counted_before" in states) == seen[-1].startswith("The clients before the change")
        page = as_olga.post(where, {**sent_by(page), **states}).text
    assert changed(page) == [("Tags", "[vip]", "[any]"), ("Clients", "[5]", "[6]")]
    assert seen.count("The clients before the change are being counted") == ids - 1
    assert len(seen) == 2 * ids - 2
    assert as_olga.post(where, sent_by(page, "save"))["Location"] == f"/console/mailings/{mailing.id}#saved"
    # Other clients are no part of a change of the text.
    path, form = edit_form(as_olga, mailing, message_text="Good evening!", tag_choice="any", tags=[])
    where, page = reviewed(as_olga, path, **form)
    assert set(states_in(page)) == {"counted"}


@pytest.mark.parametrize("change", ["edited", "running", "over", "too late"])
def test_a_part_for_which_there_is_no_sheet_any_more_has_the_page_loaded_anew(as_olga: Any, change: str) -> None:
    save(as_olga, **LATER)
    mailing = Mailing.objects.get()
    path, form = edit_form(as_olga, mailing, tag_choice="any", tags=[])
    where, page = reviewed(as_olga, path, **form)
    sent = sent_by(page)
    if change == "edited":
        Mailing.objects.update(message_text="Somebody else's")
    elif change == "running":
        Mailing.objects.update(state="running")
    elif change == "over":
        Mailing.objects.update(state="cancelled")
    else:
        sent["end_at"] = "2020-01-01T00:00"
    answer = as_olga.post(where, sent, headers=PART)
    assert (answer.status_code, answer.get("HX-Refresh"), answer.content) == (204, "true", b"")


def test_a_scheduled_mailing_s_page_counts_its_recipients_on_as_well(
    as_victor: Any, as_olga: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vestnik.console.mailings.one._COUNT_SECONDS", 0)
    save(as_olga, **LATER)
    mailing = Mailing.objects.get()
    assert "The clients are being counted." in as_victor.get(f"/console/mailings/{mailing.id}").text
    where, steps = f"/console/mailings/{mailing.id}/ahead", 0
    part = as_victor.get(where).text
    while "being counted" in part:
        assert "as of now" not in part
        found = re.search(r'hx-get="([^"]+next=[^"]+)" hx-trigger="load, every', part)
        assert found is not None
        part, steps = as_victor.get(html.unescape(found[1])).text, steps + 1
    assert steps == Client.objects.latest("id").id - 1
    assert "Clients 5 as of now" in words_of(part)
    assert "Left out: stop list 1" in words_of(part)
    assert f'hx-get="{where}" hx-trigger="every' in part
