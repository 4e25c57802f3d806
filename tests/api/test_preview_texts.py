"""POST /sender/notifications/preview/texts: all texts of a personal mailing, before it is created."""

from typing import Any

import pytest

from harness.cast import mailing_body, seven_clients
from vestnik.audience import preflight
from vestnik.mailings import personal
from vestnik.models import Client, Mailing

URL = "/sender/notifications/preview/texts"
TEXT = "Hello {{first_name}} {{balance|number|0}}"


@pytest.fixture(autouse=True)
def _directory(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del db
    monkeypatch.setattr(personal, "known_types", lambda: {"first_name": "", "balance": "number"})
    monkeypatch.setattr(preflight, "_CHUNK", 2)
    seven_clients(most_in="Europe/Moscow", two_in="Asia/Omsk", other_tag="old")
    for turn, client in enumerate(Client.objects.order_by("id")):
        if turn:
            names = {"first_name": "Ян" if turn == 1 else "A" * turn * 40, "balance": turn * 1_000}
            Client.objects.filter(id=client.id).update(attributes=names)


def body(**changes: Any) -> dict[str, Any]:
    said = {"personal": True, "on_missing": "skip", "locale": "en", "message_text": TEXT, **changes}
    return mailing_body(filter={"tag": None, "operator_code": None}, **said)


def test_slices_add_up_to_the_whole_audience(operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = operator.post(URL, body()).json()
    assert whole["complete"] is True
    assert whole["next"] is None
    assert whole["looked_at"] == whole["messages"] + sum(row["count"] for row in whole["left_out"])
    assert whole["total_parts"] == sum(row["parts"] for row in whole["by_operator_code"])
    assert whole["left_out"] == [{"code": "field_missing", "count": 1}]
    first = Client.objects.order_by("id").first()
    assert first is not None
    assert {"attribute": "first_name", "count": 1, "clients": [first.id]} in whole["missing"]
    assert whole["forcing_ucs2"][0]["attribute"] == "first_name"
    assert whole["most_parts"]["because_of"] == ["first_name"]
    assert whole["a_part_longer"][0]["warning"] is True
    assert Mailing.objects.count() == 0

    monkeypatch.setattr("vestnik.api.preview_texts._SECONDS", 0)
    answer, rounds = operator.post(URL, body()).json(), 1
    while not answer["complete"]:
        answer, rounds = operator.post(URL, {**body(), "next": answer["next"]}).json(), rounds + 1
    assert rounds > 2
    assert answer == whole


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"next": "x"}, "next"),
        ({"next": 5}, "next"),
        ({"personal": False, "on_missing": None, "locale": None}, "personal"),
        ({"message_text": "{{first_nmae}}"}, "message_text"),
        ({"on_missing": "default"}, "message_text"),
        ({"end_time": "2020-01-01T00:00:00Z"}, "end_time"),
    ],
)
def test_bad_input_is_refused_at_its_field(operator: Any, changes: dict[str, Any], field: str) -> None:
    answer = operator.post(URL, body(**changes))
    assert answer.status_code == 400
    assert field in answer.json()


def test_the_preview_of_the_audience_does_not_count_the_template_as_a_text(operator: Any) -> None:
    address = "/sender/notifications/preview"
    assert operator.post(address, body()).json()["sms"] is None
    plain = body(personal=False, on_missing=None, locale=None)
    assert operator.post(address, plain).json()["sms"]["parts"] == 1
