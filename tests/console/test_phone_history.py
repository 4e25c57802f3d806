"""The messages to a phone, in all mailings: who sees which, page after page, and what a deleted one leaves."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from harness.mailings import made_mailing
from vestnik.clients.directory import ClientFields, create_client
from vestnik.models import Batch, Inbound, Mailing, Message, MessageState, StoppedPhone
from vestnik.statistics import history

pytestmark = pytest.mark.django_db
PHONE, OTHER = 79_110_000_001, 79_110_000_002
NUMBERS = {state.label: int(state) for state in MessageState}
Make = Callable[..., Mailing]


@pytest.fixture
def make() -> Make:
    """Makes a mailing that is over, with one message to each of the phones, all in one state."""

    def make(name: str, *, state: str = "sent", code: str | None = "0", phones: tuple[int, ...] = (PHONE,)) -> Mailing:
        now = timezone.now()
        mailing = made_mailing(name=name, starts_in=-3_600, state="completed", started_at=now, prepared_at=now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT vestnik_ensure_message_partition(%s)", [mailing.id])
        first = 1_000 * mailing.id
        Message.objects.bulk_create(
            Message(
                id=first + n, mailing_id=mailing.id, client_id=n + 1, phone=phone, created_at=now,
                state=NUMBERS[state], tries=1, code=code, sent_at=now if state == "sent" else None,
            )
            for n, phone in enumerate(phones)
        )  # fmt: skip
        Batch.objects.create(
            mailing=mailing, first_id=first, last_id=first + len(phones) - 1, due_at=now, state="done",
            **{state: len(phones)},
        )  # fmt: skip
        return mailing

    return make


def names(text: str) -> list[str]:
    """The mailings that the history of a page links to."""
    return re.findall(r'<a href="/console/mailings/[0-9]+">([^<]+)</a>', text.split('id="history"')[1])


def test_a_client_has_every_message_with_its_mailing_state_and_reason_newest_first(as_victor: Any, make: Make) -> None:
    client = create_client(
        fields=ClientFields(phone=PHONE, operator_code=None, tag="vip", timezone="Europe/Moscow"), actor=None
    )
    make("First")
    make("Not to him", phones=(OTHER,))
    make("Second", state="failed", code="timeout")
    text = as_victor.get(f"/console/clients/{client.id}").text
    assert names(text) == ["Second", "First"]
    assert "No answer in time." in text
    assert 'data-state="failed"' in text


def test_a_phone_leads_to_its_client_and_has_a_page_without_one(as_victor: Any, make: Make) -> None:
    make("To both", phones=(PHONE, OTHER))
    client = create_client(
        fields=ClientFields(phone=PHONE, operator_code=None, tag="vip", timezone="Europe/Moscow"), actor=None
    )
    answer = as_victor.get(f"/console/phones/{PHONE}?before=7")
    assert answer["Location"] == f"/console/clients/{client.id}?before=7"
    text = as_victor.get(f"/console/phones/{OTHER}").text
    assert "This number belongs to no client." in text
    assert names(text) == ["To both"]
    assert as_victor.get("/console/phones/12").status_code == 404


def test_a_deleted_mailing_is_named_by_its_number_and_no_link(as_victor: Any, make: Make) -> None:
    gone = make("Gone")
    Mailing.objects.filter(id=gone.id).update(hidden_at=timezone.now())
    text = as_victor.get(f"/console/phones/{PHONE}").text
    assert f"deleted mailing no. {gone.id}" in text
    assert names(text) == []


@pytest.mark.parametrize("mailings", [3, 8])
def test_older_messages_follow_page_after_page_even_past_many_mailings_without_one(
    as_victor: Any, make: Make, monkeypatch: pytest.MonkeyPatch, mailings: int
) -> None:
    monkeypatch.setattr(history, "MAILINGS", mailings)
    monkeypatch.setattr(history, "MESSAGES", 2)
    for number in range(4):
        make(f"Early {number}")
    for number in range(3):
        make(f"Elsewhere {number}", phones=(OTHER,))
    make("Late")
    seen: list[str] = []
    address = f"/console/phones/{PHONE}"
    pages = 0
    while address:
        text = as_victor.get(address).text
        seen += names(text)
        found = re.search(r'rel="next" href="(\?[^"#]+)', text)
        address = f"/console/phones/{PHONE}{found[1]}" if found else ""
        pages += 1
    assert seen == ["Late", "Early 3", "Early 2", "Early 1", "Early 0"]
    assert pages >= 3


def test_messages_whose_numbers_were_erased_are_not_looked_for(as_victor: Any, make: Make) -> None:
    erased = make("Erased")
    Mailing.objects.filter(id=erased.id).update(phones_erased_at=timezone.now())
    assert names(as_victor.get(f"/console/phones/{PHONE}").text) == []


def test_an_operator_stops_and_allows_a_phone_where_it_stands_and_a_viewer_does_not(
    as_olga: Any, as_victor: Any
) -> None:
    assert as_victor.post(f"/console/phones/{PHONE}/stop").status_code == 403
    text = as_olga.post(f"/console/phones/{PHONE}/stop", {"reason": "asked by phone"}, follow=True).text
    assert "1 number was added to the stop list." in text
    assert "asked by phone" in text
    assert StoppedPhone.objects.get().phone_number == PHONE
    as_olga.post(f"/console/phones/{PHONE}/stop", {"do": "allow"})
    assert not StoppedPhone.objects.exists()


def test_texts_that_came_from_the_phone_are_shown(as_victor: Any) -> None:
    def text(phone: int, words: str) -> None:
        Inbound.objects.create(gateway_id=1, phone=phone, sender=str(phone), text=words, received_at=timezone.now())

    assert 'id="inbound"' not in as_victor.get(f"/console/phones/{PHONE}").text
    text(PHONE, "Yes, <b>at ten</b>")
    text(OTHER, "From somebody else")
    page = as_victor.get(f"/console/phones/{PHONE}").text
    assert "Yes, &lt;b&gt;at ten&lt;/b&gt;" in page
    assert "From somebody else" not in page
