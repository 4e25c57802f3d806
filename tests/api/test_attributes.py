"""Attributes of clients over REST: optional, typed by their names, and merged by PATCH."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from harness.cast import client_body

ANNA = {"balance": 120.5, "day": "2026-12-01", "first_name": "Анна"}


@pytest.fixture
def anna(operator: APIClient) -> dict[str, Any]:
    answer = operator.post("/client/", client_body(attributes=ANNA))
    assert answer.status_code == 201, answer.content
    return answer.json()


def types(caller: APIClient) -> dict[str, str]:
    return {each["name"]: each["type"] for each in caller.get("/attributes").json()}


def refused(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    return sorted(answer.json())


def test_a_client_without_attributes_is_answered_as_before(operator: APIClient):
    made = operator.post("/client/", client_body()).json()
    assert made == {"id": made["id"], **client_body()}
    with_none = operator.post("/client/", client_body(phone_number="79111234568", attributes={})).json()
    assert "attributes" not in with_none
    assert "attributes" not in operator.get("/client/").json()[0]


def test_attributes_are_kept_and_answered_everywhere(operator: APIClient, anna: dict[str, Any]):
    assert anna["attributes"] == ANNA
    assert operator.get(f"/client/{anna['id']}").json() == operator.get("/client/").json()[0] == anna
    assert types(operator) == {"balance": "number", "day": "date", "first_name": "text"}


def test_patch_changes_what_it_names_and_null_removes_it(operator: APIClient, anna: dict[str, Any]):
    path = f"/client/{anna['id']}"
    changed = operator.patch(path, {"attributes": {"balance": 99, "day": None, "city": "Омск"}}).json()
    assert changed["attributes"] == {"balance": 99, "city": "Омск", "first_name": "Анна"}
    assert operator.patch(path, {"tag": "gold"}).json()["attributes"] == changed["attributes"]
    gone = operator.patch(path, {"attributes": dict.fromkeys(changed["attributes"])}).json()
    assert "attributes" not in gone


def test_put_replaces_all_and_one_that_says_nothing_of_them_removes_none(operator: APIClient, anna: dict[str, Any]):
    path = f"/client/{anna['id']}"
    assert operator.put(path, client_body(tag="gold")).json()["attributes"] == ANNA
    assert operator.put(path, operator.get(path).json()).json()["attributes"] == ANNA
    assert operator.put(path, client_body(attributes={"city": "Омск"})).json()["attributes"] == {"city": "Омск"}
    assert "attributes" not in operator.put(path, client_body(attributes={})).json()


def test_each_wrong_name_and_value_is_told_at_its_place_and_nothing_is_kept(operator: APIClient):
    bad = client_body(attributes={"Имя": "x", "tag": "vip", "good": 1})
    assert refused(operator.post("/client/", bad)) == ["attributes.tag", "attributes.Имя"]
    wrong = {"a": "x\u0000", "b": [1], "c": "y" * 501, "d": 0.1234567, "e": "fine"}
    found = operator.post("/client/", client_body(attributes=wrong))
    assert refused(found) == ["attributes.a", "attributes.b", "attributes.c", "attributes.d"]
    assert types(operator) == {}
    for no_object in ([], "x", 5, None):
        assert refused(operator.post("/client/", client_body(attributes=no_object))) == ["attributes"]
    many = {f"a{number}": 1 for number in range(51)}
    assert refused(operator.post("/client/", client_body(attributes=many))) == ["attributes"]
    assert operator.get("/client/").json() == []


def test_all_clients_have_one_type_for_a_name(operator: APIClient, anna: dict[str, Any]):
    other = client_body(phone_number="79111234568", attributes={"balance": "much", "day": "soon", "first_name": 5})
    assert refused(operator.post("/client/", other)) == [f"attributes.{name}" for name in ANNA]
    assert refused(operator.patch(f"/client/{anna['id']}", {"attributes": {"day": "05.12.2026"}})) == ["attributes.day"]


def test_an_empty_text_is_no_value(operator: APIClient, anna: dict[str, Any]):
    changed = operator.patch(f"/client/{anna['id']}", {"attributes": {"first_name": " \u200b", "new": ""}}).json()
    assert changed["attributes"] == {"balance": 120.5, "day": "2026-12-01"}
    assert "new" not in types(operator)


def test_names_are_listed_with_their_clients_and_a_type_changes_while_nobody_has_a_value(
    operator: APIClient, anna: dict[str, Any]
):
    assert operator.put("/attributes/note", {"type": "text"}).json() == {"name": "note", "type": "text", "clients": 0}
    note = {"attributes": {"note": "2026-12-01"}}
    assert operator.patch(f"/client/{anna['id']}", note).json()["attributes"]["note"] == "2026-12-01"
    listed = operator.get("/attributes").json()
    assert listed[-1] == {"name": "note", "type": "text", "clients": 1}
    refusal = operator.put("/attributes/note", {"type": "date"})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "state_forbids")
    assert operator.delete("/attributes/note").status_code == 409
    operator.patch(f"/client/{anna['id']}", {"attributes": {"note": None}})
    assert operator.put("/attributes/note", {"type": "date"}).json()["type"] == "date"
    assert operator.delete("/attributes/note").status_code == 204
    assert operator.delete("/attributes/note").status_code == 404
    assert refused(operator.put("/attributes/tag", {"type": "date"})) == ["name"]
    assert refused(operator.put("/attributes/note", {"type": "money"})) == ["type"]


def test_the_list_of_attributes_reads_no_client(operator: APIClient) -> None:
    operator.post("/client/", client_body(attributes={"city": "Омск", "balance": 5}))
    with CaptureQueriesContext(connection) as asked:
        answer = operator.get("/attributes").json()
    assert answer == [
        {"name": "balance", "type": "number", "clients": 1}, {"name": "city", "type": "text", "clients": 1},
    ]  # fmt: skip
    assert not [each["sql"] for each in asked.captured_queries if "vestnik_client" in each["sql"]]


def test_there_are_not_more_names_than_anybody_can_look_through(operator: APIClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vestnik.clients.attributes.registry.MAX_NAMES", 2)
    assert operator.post("/client/", client_body(attributes={"a": 1, "b": 2})).status_code == 201
    assert refused(operator.post("/client/", client_body(phone_number="79111234568", attributes={"c": 1}))) == [
        "attributes"
    ]


def test_the_etag_knows_the_attributes(operator: APIClient, anna: dict[str, Any]):
    path = f"/client/{anna['id']}"
    seen = operator.get(path)["ETag"]
    assert operator.patch(path, {"attributes": {"balance": 1}}, headers={"If-Match": seen}).status_code == 200
    assert operator.patch(path, {"attributes": {"balance": 2}}, headers={"If-Match": seen}).status_code == 412


def test_the_audit_log_names_what_changed_and_no_value(operator: APIClient, anna: dict[str, Any]):
    from vestnik.models import AuditEntry

    operator.patch(
        f"/client/{anna['id']}", {"tag": "gold", "attributes": {"balance": 5, "day": None, "first_name": "Анна"}}
    )
    entries = list(AuditEntry.objects.filter(object_type="client").order_by("id"))
    assert entries[-1].details["changed"] == ["tag", "attributes.balance", "attributes.day"]
    assert not any("Анна" in str(entry.details) or "120.5" in str(entry.details) for entry in entries)


def test_an_erased_client_leaves_no_attribute_behind(operator: APIClient, anna: dict[str, Any]):
    from vestnik.clients.erasure import erase_client

    erase_client(client_id=anna["id"], actor=None)
    assert {each["clients"] for each in operator.get("/attributes").json()} == {0}


def test_an_import_keeps_the_columns_that_are_chosen_and_tells_their_types(operator: APIClient):
    file = "Мобильный;Группа;Пояс;Имя;Баланс\n79111234567;вип;Europe/Moscow;Анна;1 234,50\n".encode()
    query = (
        "phone_column=Мобильный&tag_column=B&timezone_column=Пояс&attributes=first_name,balance:number=E&decimal=comma"
    )
    answer = operator.generic("POST", f"/client/import?{query}", file, content_type="text/csv")
    assert answer.status_code == 202, answer.content
    told = [
        {"column": "D", "name": "first_name", "type": "text"},
        {"column": "E", "name": "balance", "type": "number"},
    ]
    assert answer.json()["attributes"] == operator.get(answer["Location"]).json()["attributes"] == told
    assert types(operator) == {"balance": "number", "first_name": "text"}
    for wrong, field in [
        ("attributes=nothing", "attributes"),
        ("phone_column=nothing", "phone_column"),
        ("decimal=dot", "decimal"),
        ("date_order=year", "date_order"),
        ("attributes=balance:text=E", "attributes.balance"),
    ]:
        asked = f"/client/import?tag_column=B&timezone_column=C&{wrong}"
        asked += "" if "phone_column" in wrong else "&phone_column=A"
        assert refused(operator.generic("POST", asked, file, content_type="text/csv")) == [field], wrong


def test_an_import_without_attributes_is_answered_as_before(operator: APIClient):
    file = b"phone,tag,timezone\n79111234567,vip,Europe/Moscow\n"
    assert "attributes" not in operator.generic("POST", "/client/import", file, content_type="text/csv").json()
