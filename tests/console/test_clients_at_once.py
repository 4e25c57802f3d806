"""Several clients at once: asked before, on record, undone where that is possible; and found by their last digits."""

import re
from functools import partial
from typing import Any

import pytest
from django.db import connection

from vestnik.clients.directory import ClientFields, create_client, ending_with, find_clients
from vestnik.console.clients import bulk, listing
from vestnik.console.paging import page_of
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
    assert "+7 911 000-12-30, +7 911 000-12-31" in re.sub("<[^>]+>", "", asked)
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


def found(browser: Any, query: str) -> list[int]:
    """The ids that a question about all that is found takes along."""
    text = browser.post(f"{BULK}?from={query}", {"ids": [1], "all": "yes", "do": "delete"}).text
    return [int(each) for each in re.findall(r'name="ids" value="([0-9,]+)"', text)[0].split(",")]


def test_all_that_the_search_finds_is_changed_and_what_is_confirmed_is_what_was_asked_about(
    as_olga: Any, clients: list[Client]
) -> None:
    assert found(as_olga, "tag%3Dt1") == ids(clients[1:2])
    assert found(as_olga, "phone%3D7911000%26cursor%3Dafter-1") == ids(clients)
    assert found(as_olga, "") == ids(clients)
    asked = as_olga.post(f"{BULK}?from=zone%3DEurope/Moscow", {"all": "yes", "do": "tag"}).text
    assert "Set the tag of 3 clients?" in asked
    # Another one comes, which nobody was asked about.
    create_client(
        fields=ClientFields(phone=FIRST + 9, operator_code=None, tag="t9", timezone="Europe/Moscow"), actor=None
    )
    (named,) = re.findall(r'name="ids" value="([0-9,]+)"', asked)
    assert 'name="all"' not in asked
    as_olga.post(BULK, {"ids": named, "do": "tag", "sure": "yes", "tag": "vip"})
    assert tags() == ["vip", "vip", "vip", "t9"]
    assert AuditEntry.objects.filter(action="client.update", actor_name="olga").count() == 3
    as_olga.post(UNDO)
    assert tags() == ["t0", "t1", "t2", "t9"]


def test_a_search_that_is_wrong_or_finds_nobody_selects_nobody(as_olga: Any, clients: list[Client]) -> None:
    del clients
    for query in ("ends%3D1", "tag%3Dnobody"):
        answer = as_olga.post(f"{BULK}?from={query}", {"all": "yes", "do": "delete"}, follow=True)
        assert "Select some clients first." in answer.text


def test_more_than_one_change_takes_are_refused_with_what_to_do(
    as_olga: Any, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "page_of", partial(page_of, size=1))
    assert "Select all 3 clients found" in as_olga.get(LIST).text
    monkeypatch.setattr(bulk, "MAX_CLIENTS", 2)
    monkeypatch.setattr(listing, "MAX_COUNTED", 2)
    said = "At most 2 clients are changed at once. Narrow the search"
    text = as_olga.get(LIST).text
    assert said in text
    assert 'name="all"' not in text
    for more in ({"all": "yes"}, {"ids": ids(clients), "sure": "yes"}):
        assert said in as_olga.post(BULK, {"do": "delete", **more}, follow=True).text
    assert Client.objects.count() == 3


def test_thousands_are_changed_with_few_statements(as_olga: Any, django_assert_max_num_queries: Any) -> None:
    many = 2_500
    rows = [
        Client(phone_number=79_000_000_000 + n, mobile_operator_code=900, tag=f"t{n}", timezone="Europe/Moscow")
        for n in range(many)
    ]
    Client.objects.bulk_create(rows)
    named = ",".join(map(str, Client.objects.order_by("id").values_list("id", flat=True)))
    for do, chosen in (("tag", {"tag": "vip"}), ("", {}), ("stop", {"reason": "asked"}), ("", {}), ("delete", {})):
        with django_assert_max_num_queries(60):
            if do:
                as_olga.post(BULK, {"do": do, "ids": named, "sure": "yes", **chosen})
            else:
                as_olga.post(UNDO)
        assert Client.objects.filter(tag="vip").count() == (many if do == "tag" else 0)
        assert StoppedPhone.objects.count() == (many if do == "stop" else 0)
    assert not Client.objects.exists()
    for action, count in (("update", 2), ("delete", 1)):
        assert AuditEntry.objects.filter(action=f"client.{action}").count() == count * many
