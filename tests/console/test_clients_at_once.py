"""Several clients at once: asked before, on record, undone where that is possible; and found by their last digits."""

import re
from typing import Any

import pytest
from django.db import connection

from vestnik.clients.directory import ClientFields, create_client, ending_with, find_clients
from vestnik.console.clients import bulk
from vestnik.models import AuditEntry, Client, StoppedPhone

pytestmark = pytest.mark.django_db
LIST, BULK, UNDO = "/console/clients", "/console/clients/bulk", "/console/clients/bulk/undo"
FIRST = 79_110_001_230


@pytest.fixture
def clients() -> list[Client]:
    return [
        create_client(
            fields=ClientFields(phone=FIRST + n, operator_code=None, tag=f"t{n}", timezone="Europe/Moscow"), actor=None
        )
        for n in range(3)
    ]


def ids(clients: list[Client]) -> list[int]:
    return [client.id for client in clients]


def tags() -> list[str]:
    return list(Client.objects.order_by("id").values_list("tag", flat=True))


def test_a_tag_is_asked_for_set_for_the_selected_and_taken_back(as_olga: Any, clients: list[Client]) -> None:
    asked = as_olga.post(BULK, {"ids": ids(clients[:2]), "do": "tag"}).text
    assert "Set the tag of 2 clients?" in asked
    assert "+7 911 000-12-30, +7 911 000-12-31" in asked
    assert tags() == ["t0", "t1", "t2"]
    said = as_olga.post(BULK, {"ids": ids(clients[:2]), "do": "tag", "sure": "yes", "tag": " vip "}, follow=True).text
    assert "2 clients have the tag “vip” now." in said
    assert UNDO in said
    assert tags() == ["vip", "vip", "t2"]
    assert AuditEntry.objects.filter(action="client.update", actor_name="olga").count() == 2
    assert "The tags are as before." in as_olga.post(UNDO, follow=True).text
    assert tags() == ["t0", "t1", "t2"]
    assert "There is nothing left to undo." in as_olga.post(UNDO, follow=True).text


def test_who_got_another_tag_meanwhile_keeps_it(as_olga: Any, clients: list[Client]) -> None:
    as_olga.post(BULK, {"ids": ids(clients), "do": "tag", "sure": "yes", "tag": "vip"})
    Client.objects.filter(id=clients[1].id).update(tag="other")
    as_olga.post(UNDO)
    assert tags() == ["t0", "other", "t2"]


def test_an_empty_tag_changes_nothing(as_olga: Any, clients: list[Client]) -> None:
    answer = as_olga.post(BULK, {"ids": ids(clients), "do": "tag", "sure": "yes", "tag": " \u200b"})
    assert answer.status_code == 400
    assert tags() == ["t0", "t1", "t2"]


def test_stopping_is_undone_for_those_alone_that_were_not_stopped_before(as_olga: Any, clients: list[Client]) -> None:
    StoppedPhone.objects.create(phone_number=FIRST, created_by_name="anna")
    as_olga.post(BULK, {"ids": ids(clients), "do": "stop", "sure": "yes", "reason": "asked"})
    assert StoppedPhone.objects.count() == 3
    as_olga.post(UNDO)
    assert [entry.phone_number for entry in StoppedPhone.objects.all()] == [FIRST]


def test_deleting_is_asked_and_not_undone(as_olga: Any, clients: list[Client]) -> None:
    assert "This cannot be undone." in as_olga.post(BULK, {"ids": ids(clients), "do": "delete"}).text
    assert Client.objects.count() == 3
    said = as_olga.post(BULK, {"ids": ids(clients), "do": "delete", "sure": "yes"}, follow=True).text
    assert "3 clients were deleted." in said
    assert UNDO not in said
    assert not Client.objects.exists()


def test_what_was_selected_stays_a_page_and_the_list_as_it_was_searched(as_olga: Any, clients: list[Client]) -> None:
    answer = as_olga.post(f"{BULK}?from=tag%3Dt1", {"ids": ids(clients[:1]), "do": "delete", "sure": "yes"})
    assert answer["Location"] == f"{LIST}?tag=t1"
    assert "Select some clients first." in as_olga.post(BULK, {"do": "delete"}, follow=True).text
    assert "Select some clients first." in as_olga.post(BULK, {"ids": ["x", "9" * 30], "do": "tag"}, follow=True).text
    assert as_olga.post(BULK, {"ids": ids(clients[1:]), "do": "everything"}).status_code == 404


def test_an_undo_is_offered_for_a_while_only(
    as_olga: Any, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_olga.post(BULK, {"ids": ids(clients), "do": "tag", "sure": "yes", "tag": "vip"})
    monkeypatch.setattr(bulk, "_UNDO_SECONDS", 0)
    assert UNDO not in as_olga.get(LIST).text
    as_olga.post(UNDO)
    assert tags() == ["vip"] * 3


def test_a_viewer_selects_and_changes_nothing(as_victor: Any, clients: list[Client]) -> None:
    assert 'name="ids"' not in as_victor.get(LIST).text
    assert as_victor.post(BULK, {"ids": ids(clients), "do": "delete", "sure": "yes"}).status_code == 403
    assert as_victor.post(UNDO).status_code == 403
    assert Client.objects.count() == 3


@pytest.mark.parametrize(
    ("typed", "found"),
    [("31", 1), ("12-31", 1), ("231", 1), ("1 231", 1), ("0001231", 1), ("9110001231", 1), ("1239", 0), ("9001231", 0)],
)
def test_a_client_is_found_by_its_last_digits(as_victor: Any, clients: list[Client], typed: str, found: int) -> None:
    del clients
    text = as_victor.get(LIST, {"ends": typed}).text
    assert re.findall(r">(\+7 911 [^<]+)</a>", text) == ["+7 911 000-12-31"] * found


@pytest.mark.parametrize("typed", ["1", "12345678901", "abcd", "١٢٣٤"])
def test_what_cannot_be_last_digits_is_said_at_the_field(as_victor: Any, typed: str) -> None:
    assert "Enter two to ten digits" in as_victor.get(LIST, {"ends": typed}).text


@pytest.mark.parametrize("digits", ["4567", "567", "1234567"])
def test_last_digits_are_looked_up_in_their_index(db: None, digits: str) -> None:
    del db
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone)"
            " SELECT 79000000000 + n * 7919, 900, 'vip', 'Europe/Moscow' FROM generate_series(1, 20000) n"
        )
        cursor.execute("ANALYZE vestnik_client")
    plan = ending_with(find_clients(), digits).order_by("-id")[:50].explain()
    assert "client_last_digits" in plan, plan
