"""One message at once: accepted, refused, repeated and found again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.rest import in_future
from vestnik.accounts.tries import direct_limit
from vestnik.db.clock import database_now
from vestnik.models import Tries

MESSAGES = "/messages"
PHONE = "79110000001"


def body(**changes: Any) -> dict[str, Any]:
    return {"phone_number": PHONE, "text": "Your code is 4711.", **changes}


def rows() -> list[tuple[Any, ...]]:
    from vestnik.models import Message

    return list(Message.objects.order_by("id").values_list("mailing_id", "phone", "state"))


def stop(phone: int) -> None:
    from vestnik.clients.stop_list import stop_phones

    stop_phones(phones=[phone], reason="asked", actor=None)


def test_a_message_is_accepted_and_found(operator: APIClient):
    before = database_now()
    answer = operator.post(MESSAGES, body(reference="order 7"))
    assert answer.status_code == 201, answer.json()
    accepted = answer.json()
    assert (accepted["state"], accepted["code"]) == ("queued", None)
    found = operator.get(f"{MESSAGES}/{accepted['id']}").json()
    assert {name: found[name] for name in ("phone_number", "text", "reference", "state", "attempts", "gateway")} == {
        "phone_number": PHONE, "text": "Your code is 4711.", "reference": "order 7", "state": "queued", "attempts": 0,
        "gateway": None,
    }  # fmt: skip
    from vestnik.models import Batch

    ((end,),) = Batch.objects.values_list("end_time")
    assert timedelta(hours=24) <= end - before < timedelta(hours=24, minutes=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone_number", "89110000001"), ("text", " "), ("text", "x" * 2_001), ("end_time", "2020-01-01T00:00:00Z"),
        ("end_time", "2030-01-01T00:00:00"), ("reference", 7), ("end_time", "2199-01-01T00:00:00Z"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_is_kept(operator: APIClient, field: str, value: Any):
    answer = operator.post(MESSAGES, body(**{field: value}))
    assert (answer.status_code, list(answer.json())) == (400, [field])
    many = operator.post(MESSAGES, [body(), body(**{field: value})])
    assert (many.status_code, list(many.json())) == (400, ["1"])
    assert list(many.json()["1"]) == [field]
    assert rows() == []


@pytest.mark.parametrize("bodies", [[], [body()] * 1_001])
def test_an_array_has_1_to_1_000_messages(operator: APIClient, bodies: list[Any]):
    assert operator.post(MESSAGES, bodies).status_code == 400
    assert rows() == []


def test_an_array_is_answered_in_its_order(operator: APIClient):
    phones = [79110000003, 79110000001, 79110000002, 79110000001]
    answer = operator.post(MESSAGES, [body(phone_number=str(phone), text=f"to {phone}") for phone in phones])
    assert answer.status_code == 201
    found = [operator.get(f"{MESSAGES}/{each['id']}").json() for each in answer.json()]
    assert [each["phone_number"] for each in found] == list(map(str, phones))
    assert [each["text"] for each in found] == [f"to {phone}" for phone in phones]
    # One phone has one message in a mailing, so the second one is in another.
    assert found[1]["mailing"] == found[0]["mailing"] == found[2]["mailing"] != found[3]["mailing"]


def test_messages_with_other_ends_are_in_other_batches(operator: APIClient):
    from vestnik.models import Batch

    soon, late = in_future(hours=1), in_future(hours=2)
    ends = [soon, late, soon]
    operator.post(MESSAGES, [body(phone_number=str(79110000001 + n), end_time=end) for n, end in enumerate(ends)])
    assert sum(Batch.objects.values_list("queued", flat=True)) == 3
    assert Batch.objects.values("end_time").distinct().count() == 2


def test_a_phone_on_the_stop_list_is_a_409_and_in_an_array_a_cancelled_message(operator: APIClient):
    stop(int(PHONE))
    answer = operator.post(MESSAGES, body())
    assert (answer.status_code, answer.json()["code"]) == (409, "state_forbids")
    assert rows() == []
    many = operator.post(MESSAGES, [body(), body(phone_number="79110000002")])
    assert [(each["state"], each["code"]) for each in many.json()] == [("cancelled", "stop_list"), ("queued", None)]


def test_a_phone_that_is_stopped_later_gets_no_message(operator: APIClient):
    message = operator.post(MESSAGES, body()).json()["id"]
    stop(int(PHONE))
    found = operator.get(f"{MESSAGES}/{message}").json()
    assert (found["state"], found["code"]) == ("cancelled", "stop_list")


def test_the_same_key_answers_the_first_result_without_phone_and_text(operator: APIClient):
    from vestnik.models import RememberedRequest

    first, again = (operator.post(MESSAGES, body(), HTTP_IDEMPOTENCY_KEY="k-1") for _ in range(2))
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert len(rows()) == 1
    remembered = str(RememberedRequest.objects.values_list("answer", flat=True).get())
    assert PHONE not in remembered
    assert "4711" not in remembered
    other = operator.post(MESSAGES, body(text="Other"), HTTP_IDEMPOTENCY_KEY="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_there_is_a_limit_for_each_account(operator: APIClient, person: Callable[..., Any], settings: Any):
    from dataclasses import replace

    from harness.cast import as_user

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, messages_per_minute=3)
    assert direct_limit(3).period == timedelta(minutes=1)
    two = [body(phone_number="79110000001"), body(phone_number="79110000002")]
    assert operator.post(MESSAGES, two).status_code == 201
    refused = operator.post(MESSAGES, two)
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert operator.post(MESSAGES, body()).status_code == 201
    assert operator.post(MESSAGES, body()).status_code == 429
    assert as_user(person("oleg", "operator")).post(MESSAGES, body()).status_code == 201


def test_a_repetition_gets_its_answer_and_counts_for_nothing(operator: APIClient, settings: Any):
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, messages_per_minute=3)
    two = [body(phone_number="79110000001"), body(phone_number="79110000002")]

    def post(said: Any, key: str) -> Any:
        return operator.post(MESSAGES, said, HTTP_IDEMPOTENCY_KEY=key)

    first = post(two, "k-1")
    assert [post(two, "k-1").json() for _ in range(4)] == [first.json()] * 4
    third = post(body(phone_number="79110000003"), "k-2")
    assert third.status_code == 201, "the repetitions took nothing of the limit"
    for said, key, earlier in ((two, "k-1", first), (body(phone_number="79110000003"), "k-2", third)):
        again = post(said, key)
        assert (again.status_code, again.json()) == (201, earlier.json()), "also when the limit is reached"
    assert (post(body(), "k-3").status_code, operator.post(MESSAGES, body()).status_code) == (429, 429)
    assert len(rows()) == 3
    Tries.objects.all().delete()
    assert post(body(), "k-3").status_code == 201, "a refusal is not remembered"


def test_a_phone_has_a_limit_a_day(operator: APIClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vestnik.audience.direct.MAX_A_DAY", 2)
    assert [operator.post(MESSAGES, body()).status_code for _ in range(3)] == [201, 201, 429]
    assert len(rows()) == 2


def test_lists_leave_the_mailings_of_single_messages_out(operator: APIClient):
    operator.post(MESSAGES, body())
    for path in ("/sender/notifications", "/sender/notifications/statistics"):
        assert operator.get(path).json() == []
        (found,) = operator.get(path, {"kind": "direct"}).json()
        assert found["state"] == "running"


def test_nobody_edits_pauses_cancels_or_deletes_them(operator: APIClient):
    message = operator.post(MESSAGES, body()).json()["id"]
    path = f"/sender/notifications/{operator.get(f'{MESSAGES}/{message}').json()['mailing']}"
    answers = [
        operator.patch(path, {"name": "Other"}), operator.post(f"{path}/pause"), operator.post(f"{path}/cancel"),
        operator.delete(path),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [409] * 4
    assert operator.get(f"{MESSAGES}/{message}").json()["state"] == "queued"


def test_a_message_of_a_mailing_is_none(operator: APIClient):
    assert operator.get(f"{MESSAGES}/1").status_code == 404


def test_an_erased_number_takes_the_text_along(operator: APIClient):
    from vestnik.ledger.recalls import erase

    message = operator.post(MESSAGES, body(reference="order 7")).json()["id"]
    assert erase(phones=[int(PHONE)]) == 1
    found = operator.get(f"{MESSAGES}/{message}").json()
    assert (found["phone_number"], found["text"], found["reference"]) == (None, None, None)


def test_viewers_only_look(operator: APIClient, viewer: APIClient):
    message = operator.post(MESSAGES, body()).json()["id"]
    assert viewer.post(MESSAGES, body()).status_code == 403
    assert viewer.get(f"{MESSAGES}/{message}").status_code == 200
