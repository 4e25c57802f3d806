"""A new mailing to those whose earlier message had some outcome; never by one click to who may have got it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from harness.mailings import made_mailing
from vestnik.models import Mailing

pytestmark = pytest.mark.django_db
NEW = "/console/mailings/new"


def typed(earlier: Mailing, *states: str, **changes: Any) -> dict[str, Any]:
    """A form that is right: from now on, to phones of an earlier mailing."""
    return {
        "name": "Again", "message_text": "Good morning!", "tag_choice": "any", "code_choice": "any",
        "start_choice": "at", "start_at": f"{datetime.now(tz=UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "end_at": f"{datetime.now(tz=UTC) + timedelta(hours=2):%Y-%m-%dT%H:%M}", "window_choice": "any",
        "zone": "Etc/UTC", "token": "0123456789abcdef0123456789abcdef", "step": "save", "shown": "0",
        "earlier_mailing": earlier.id, "earlier_states": states, "earlier_on": "on", **changes,
    }  # fmt: skip


@pytest.fixture
def earlier() -> Mailing:
    return made_mailing(name="The first", message_text="Buy our tea", state="completed", starts_in=-60)


def made() -> Mailing:
    return Mailing.objects.latest("id")


def test_a_link_fills_in_the_text_and_whom_it_is_for(as_olga: Any, earlier: Mailing) -> None:
    text = as_olga.get(NEW, {"earlier": earlier.id, "state": "failed", "code": "http_400"}).text
    assert "Buy our tea" in text
    assert "whose message is: failed (http_400)" in " ".join(text.split())
    assert 'name="earlier_states" value="failed"' in text
    assert 'name="earlier_sure"' not in text
    assert "<fieldset" in as_olga.get(NEW, {"earlier": "x", "state": "failed"}).text
    assert as_olga.get(NEW, {"earlier": "999999", "state": "failed"}).status_code == 404


def test_it_is_saved_and_shown_and_kept_by_edits_and_copies(as_olga: Any, earlier: Mailing) -> None:
    as_olga.post(NEW, typed(earlier, "failed", "expired", earlier_codes=["http_400", "end"]))
    mailing = made()
    assert (mailing.earlier_mailing, mailing.earlier_states) == (earlier.id, ["failed", "expired"])
    assert mailing.earlier_codes == ["http_400", "end"]
    page = " ".join(as_olga.get(f"/console/mailings/{mailing.id}").text.split())
    assert "whose message is: failed, expired (http_400, end)" in page
    for address in (f"/console/mailings/{mailing.id}/edit", f"{NEW}?copy={mailing.id}"):
        text = as_olga.get(address).text
        assert 'name="earlier_codes" value="http_400"' in text
        assert 'name="earlier_on" checked' in text


@pytest.mark.parametrize("state", ["sent", "delivered", "unknown"])
def test_who_may_have_it_gets_it_only_after_a_second_click(as_olga: Any, earlier: Mailing, state: str) -> None:
    before = made().id
    text = as_olga.post(NEW, typed(earlier, "failed", state)).text
    assert "Confirm that they may get this text, too." in text
    assert made().id == before
    as_olga.post(NEW, typed(earlier, "failed", state, earlier_sure="on"))
    assert set(made().earlier_states or ()) == {"failed", state}


def test_without_its_tick_the_earlier_mailing_limits_nothing(as_olga: Any, earlier: Mailing) -> None:
    as_olga.post(NEW, typed(earlier, "failed", earlier_on=""))
    assert (made().name, made().earlier_mailing) == ("Again", None)


def test_numbers_that_were_erased_are_said_above_the_form(as_olga: Any, earlier: Mailing) -> None:
    Mailing.objects.filter(id=earlier.id).update(phones_erased_at=timezone.now())
    assert "The numbers of that mailing were erased" in as_olga.post(NEW, typed(earlier, "failed")).text


def test_what_nobody_could_choose_is_no_filter(as_olga: Any, earlier: Mailing) -> None:
    as_olga.post(NEW, typed(earlier, "queued"))
    assert made().earlier_mailing is None
