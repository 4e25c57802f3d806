"""Answers are the same bytes as Django REST framework would write."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient
from rest_framework.utils.serializer_helpers import ReturnDict

from vestnik.api.json_answers import QuickJSONRenderer
from vestnik.models import MailingState

JSON = "application/json"
ANSWERS: list[Any] = [
    None,
    [],
    {"text": 'Привет, "мир"\n\t\\ \x00\x7f 🙂 </script>', "none": None, "yes": True, "number": 2**53, "part": 0.1},
    {"lines": "one\u2028two\u2029three"},
    {"detail": ErrorDetail("No.", code="no"), "lazy": gettext_lazy("No.")},
    {"at": datetime(2030, 1, 31, 12, 0, 0, 5, tzinfo=UTC), "id": UUID(int=7), "sum": Decimal("1.50")},
    {7: "a number as a key"},
    ReturnDict({"state": MailingState.RUNNING}, serializer=None),
    {"large": 2**70},
]


@pytest.mark.parametrize("media_type", [JSON, f"{JSON}; indent=2", None])
@pytest.mark.parametrize("answer", ANSWERS)
def test_the_bytes_are_the_frameworks(answer: Any, media_type: str | None) -> None:
    assert QuickJSONRenderer().render(answer, media_type, {}) == JSONRenderer().render(answer, media_type, {})


@pytest.mark.parametrize(
    ("accept", "status", "indented"),
    [("*/*", 200, False), (JSON, 200, False), ("application/*", 200, False), ("text/html", 406, False),
     (f"{JSON};indent=2", 200, True), ("text/html, */*;q=0.1", 200, False)],
)  # fmt: skip
def test_what_is_accepted_is_answered(operator: APIClient, accept: str, status: int, *, indented: bool) -> None:
    answer = operator.get("/auth/user/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, JSON)
    assert (b"\n" in answer.content) == indented
