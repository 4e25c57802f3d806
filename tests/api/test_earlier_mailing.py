"""The optional part of a filter over REST: whom an earlier mailing reached or not. Never said unless asked for."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from harness.cast import mailing_body
from vestnik.models import Mailing

LIST = "/sender/notifications"


@pytest.fixture
def earlier(operator: APIClient) -> int:
    return int(operator.post(LIST, mailing_body()).json()["id"])


def filtered(earlier: Any) -> dict[str, Any]:
    return mailing_body(filter={"tag": None, "operator_code": None, "earlier_mailing": earlier})


def test_it_is_kept_answered_and_can_be_put_back(operator: APIClient, earlier: int) -> None:
    said = {"id": earlier, "state": ["failed", "expired"], "code": ["http_400"]}
    made = operator.post(LIST, filtered(said))
    assert made.status_code == 201, made.json()
    assert made.json()["filter"] == {"tag": None, "operator_code": None, "earlier_mailing": said}
    address = f"{LIST}/{made.json()['id']}"
    assert operator.put(address, operator.get(address).json()).json() == made.json()
    assert operator.patch(address, {"name": "Again"}).json()["filter"]["earlier_mailing"] == said
    without = operator.patch(address, {"filter": {"tag": None, "operator_code": None}}).json()
    assert without["filter"] == {"tag": None, "operator_code": None}


def test_codes_may_be_left_out(operator: APIClient, earlier: int) -> None:
    made = operator.post(LIST, filtered({"id": earlier, "state": ["unknown"]})).json()
    assert made["filter"]["earlier_mailing"] == {"id": earlier, "state": ["unknown"], "code": None}


@pytest.mark.parametrize(
    "said",
    [
        5,
        [],
        {"id": 1},
        {"state": ["failed"]},
        {"id": 1, "state": []},
        {"id": 1, "state": "failed"},
        {"id": 1, "state": ["queued"]},
        {"id": 1, "state": [["failed"]]},
        {"id": True, "state": ["failed"]},
        {"id": "1", "state": ["failed"]},
        {"id": 2**63, "state": ["failed"]},
        {"id": 1, "state": ["failed"], "code": []},
        {"id": 1, "state": ["failed"], "code": [""]},
        {"id": 1, "state": ["failed"], "code": ["a\0b"]},
        {"id": 1, "state": ["failed"], "code": [5]},
        {"id": 1, "state": ["failed"], "more": 1},
        {"id": 999_999, "state": ["failed"]},
    ],
)
def test_what_names_no_earlier_mailing_is_refused(operator: APIClient, said: Any) -> None:
    answer = operator.post(LIST, filtered(said))
    assert (answer.status_code, list(answer.json())) == (400, ["filter"])
    assert operator.post(f"{LIST}/preview", filtered(said)).status_code == 400


def test_a_mailing_whose_numbers_were_erased_is_refused(operator: APIClient, earlier: int) -> None:
    Mailing.objects.filter(id=earlier).update(phones_erased_at=timezone.now())
    assert operator.post(LIST, filtered({"id": earlier, "state": ["failed"]})).status_code == 400


def test_a_mailing_is_not_its_own_earlier_one(operator: APIClient, earlier: int) -> None:
    body = filtered({"id": earlier, "state": ["failed"]})
    assert operator.put(f"{LIST}/{earlier}", body).status_code == 400


def test_the_preview_counts_its_phones(operator: APIClient, earlier: int) -> None:
    answer = operator.post(f"{LIST}/preview", filtered({"id": earlier, "state": ["failed"]}))
    assert (answer.status_code, answer.json()["total"]) == (200, 0)
