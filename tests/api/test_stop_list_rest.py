"""The stop list over REST."""

from typing import Any

import pytest

PHONE = "79111234567"
PATH = "/client/stop-list"


def test_a_phone_is_stopped_with_when_why_and_by_whom(operator: Any) -> None:
    answer = operator.post(PATH, {"phone_number": PHONE, "reason": "asked us to"}, format="json")
    assert answer.status_code == 201
    assert {**answer.json(), "id": 0, "created_at": ""} == {
        "id": 0,
        "phone_number": PHONE,
        "reason": "asked us to",
        "created_at": "",
        "created_by": "olga",
    }
    assert operator.get(PATH).json() == [answer.json()]


def test_stopping_a_phone_again_is_no_error_and_changes_nothing(operator: Any) -> None:
    first = operator.post(PATH, {"phone_number": PHONE, "reason": "one"}, format="json")
    again = operator.post(PATH, {"phone_number": PHONE, "reason": "two"}, format="json")
    assert (again.status_code, again.json()) == (200, first.json())


def test_many_phones_are_stopped_at_once(operator: Any) -> None:
    phones = [f"7911000{n:04d}" for n in range(30)]
    answer = operator.post(PATH, {"phone_numbers": phones, "reason": "complaints"}, format="json")
    assert (answer.status_code, answer.json()) == (201, {"added": 30, "known": 0, "cancelled": 0})
    again = operator.post(f"{PATH}/", {"phone_numbers": [*phones, PHONE]}, format="json")
    assert (again.status_code, again.json()) == (201, {"added": 1, "known": 30, "cancelled": 0})


def test_the_list_is_paged_and_filtered_by_the_first_digits(operator: Any) -> None:
    operator.post(PATH, {"phone_numbers": [f"7911000{n:04d}" for n in range(5)] + ["79210000000"]}, format="json")
    page = operator.get(PATH, {"page_size": 2, "phone_number": "7911"})
    assert [entry["phone_number"] for entry in page.json()] == ["79110000000", "79110000001"]
    assert 'rel="next"' in page.headers["Link"]
    assert [entry["phone_number"] for entry in operator.get(PATH, {"phone_number": "792"}).json()] == ["79210000000"]


@pytest.mark.parametrize("named", ["query", "body", "bulk"])
def test_a_phone_is_taken_off_the_list_again(operator: Any, named: str) -> None:
    from vestnik.models import AuditEntry

    operator.post(PATH, {"phone_numbers": [PHONE, "79210000000"]}, format="json")
    if named == "query":
        answer = operator.delete(f"{PATH}?phone_number={PHONE}")
    else:
        body: dict[str, Any] = {"phone_number": PHONE} if named == "body" else {"phone_numbers": [PHONE]}
        answer = operator.delete(PATH, body, format="json")
    assert answer.status_code == 204
    assert [entry["phone_number"] for entry in operator.get(PATH).json()] == ["79210000000"]
    entry = AuditEntry.objects.get(action="stop_list.remove")
    assert (entry.actor_name, entry.details) == ("olga", {"phones": 1, "first": ["7911***4567"]})
    assert operator.delete(f"{PATH}?phone_number={PHONE}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"phone_number": "123"},
        {"phone_number": PHONE, "phone_numbers": [PHONE]},
        {"phone_numbers": []},
        {"phone_numbers": PHONE},
        {"phone_numbers": [PHONE, None]},
        {"phone_number": PHONE, "reason": "\x00"},
        {"phone_number": PHONE, "reason": "x" * 201},
        [],
    ],
)
def test_a_wrong_body_is_a_400_that_names_a_field(operator: Any, body: Any) -> None:
    assert operator.post(PATH, body, format="json").status_code == 400
    assert operator.get(PATH).json() == []


@pytest.mark.parametrize("query", ["", "?phone_number=", "?phone_number=7911"])
def test_a_removal_must_name_whole_phones(operator: Any, query: str) -> None:
    assert operator.delete(f"{PATH}{query}").status_code == 400


def test_a_viewer_reads_and_nobody_else_comes_in(operator: Any, viewer: Any, anonymous: Any) -> None:
    operator.post(PATH, {"phone_number": PHONE}, format="json")
    assert len(viewer.get(PATH).json()) == 1
    assert viewer.post(PATH, {"phone_number": PHONE}, format="json").status_code == 403
    assert viewer.delete(f"{PATH}?phone_number={PHONE}").status_code == 403
    assert anonymous.get(PATH).status_code == 401
