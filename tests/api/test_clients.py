"""The directory over REST."""

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from harness.cast import client_body


@pytest.fixture
def made(operator: APIClient) -> dict[str, Any]:
    answer = operator.post("/client/", client_body())
    assert answer.status_code == 201
    return answer.json()


def test_a_client_is_answered_in_the_shape_of_the_contract(made: dict[str, Any]):
    assert made == {"id": made["id"], **client_body()}


@pytest.mark.parametrize(
    ("given", "answered"), [("911", "911"), (911, "911"), ("012", "012"), (12, "012"), ("999", "999")]
)
def test_an_operator_code_is_taken_as_string_or_number_and_answered_as_string(
    operator: APIClient, given: Any, answered: str
):
    answer = operator.post("/client/", client_body(mobile_operator_code=given))
    assert answer.json()["mobile_operator_code"] == answered


def test_an_absent_operator_code_is_derived_from_the_phone(operator: APIClient):
    body = client_body(phone_number="79261234567")
    del body["mobile_operator_code"]
    made = operator.post("/client/", body).json()
    assert made["mobile_operator_code"] == "926"
    changed = operator.patch(f"/client/{made['id']}", {"phone_number": "79031234567"}).json()
    assert changed["mobile_operator_code"] == "903", "it follows the phone while nobody set it"


def test_a_ported_number_keeps_its_operator_code(operator: APIClient):
    made = operator.post("/client/", client_body(mobile_operator_code="900")).json()
    changed = operator.patch(f"/client/{made['id']}", {"phone_number": "79031234567"}).json()
    assert changed["mobile_operator_code"] == "900"


def test_patch_may_carry_some_fields_and_put_needs_all(operator: APIClient, made: dict[str, Any]):
    path = f"/client/{made['id']}"
    assert operator.patch(path, {"tag": "gold"}).json() == {**made, "tag": "gold"}
    partial = operator.put(path, {"tag": "silver"})
    assert (partial.status_code, set(partial.json())) == (400, {"phone_number", "timezone"})
    assert operator.get(path).json()["tag"] == "gold"


def test_what_get_answers_can_be_put_back(operator: APIClient, made: dict[str, Any]):
    answer = operator.put(f"/client/{made['id']}", {**made, "id": 999})
    assert (answer.status_code, answer.json()) == (200, made)


def test_a_deleted_client_is_gone(operator: APIClient, made: dict[str, Any]):
    path = f"/client/{made['id']}"
    answer = operator.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    for method in (operator.get, operator.delete, operator.patch, operator.put):
        assert method(path).status_code == 404


def test_a_phone_number_belongs_to_one_client(operator: APIClient, made: dict[str, Any]):
    again = operator.post("/client/", client_body(tag="gold"))
    assert (again.status_code, list(again.json())) == (400, ["phone_number"])
    other = operator.post("/client/", client_body(phone_number="79111234568")).json()
    moved = operator.patch(f"/client/{other['id']}", {"phone_number": made["phone_number"]})
    assert (moved.status_code, list(moved.json())) == (400, ["phone_number"])


@pytest.mark.parametrize(
    ("query", "tags"),
    [
        ({"tag": "a"}, ["a"]),
        ({"tag": "A"}, []),
        ({"mobile_operator_code": "926"}, ["b", "c"]),
        ({"operator_code": "926"}, ["b", "c"]),
        ({"timezone": "Asia/Omsk"}, ["c"]),
        ({"phone_number": "7911"}, ["a"]),
        ({"phone_number": "7"}, ["a", "b", "c"]),
        ({"phone_number": "79261234568"}, ["c"]),
        ({"phone_number": "8"}, []),
        ({"phone_number": "7926", "timezone": "Asia/Omsk", "tag": "b"}, []),
    ],
)
def test_the_list_is_filtered(operator: APIClient, query: dict[str, str], tags: list[str]):
    for body in (
        client_body(tag="a"),
        client_body(tag="b", phone_number="79261234567", mobile_operator_code="926"),
        client_body(tag="c", phone_number="79261234568", mobile_operator_code=926, timezone="Asia/Omsk"),
    ):
        assert operator.post("/client/", body).status_code == 201
    rows = operator.get("/client/", query).json()
    assert [row["tag"] for row in rows] == tags


def test_no_list_or_single_row_counts_rows(operator: APIClient, made: dict[str, Any]):
    from django.db import connection

    paths = ["/client/", f"/client/{made['id']}", "/client/?tag=vip&page_size=1", "/sender/notifications"]
    for path in [*paths, "/sender/notifications/statistics"]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert operator.get(path).status_code == 200
        assert len(queries) <= 3, path
        assert not any("count(" in query["sql"].lower() for query in queries), path
