"""MTS Exolve: the examples of its documentation, and that nothing is guessed."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateways.adapters_cast import MESSAGE, PHONE, TEXT, answered, called, composed
from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import BadCallback, Fate, ReceiptsBy
from vestnik.gateways.adapters.exolve import Exolve
from vestnik.gateways.outcome import Kind

SETTINGS = {"api_key": "eyJ.a.b", "sender": "VESTNIK", "delivered": "3", "undelivered": "4, 5"}
SID = "439166719630893085"


def adapter(**more: str) -> Exolve:
    return Exolve({**SETTINGS, **more})


def test_a_message_is_json_with_the_key_in_its_head() -> None:
    request = composed(adapter())
    assert (request.method, request.target) == ("POST", "/messaging/v1/SendSMS")
    assert dict(request.headers)["Authorization"] == "Bearer eyJ.a.b"
    assert json.loads(request.body) == {"number": "VESTNIK", "destination": str(PHONE), "text": TEXT}


def test_a_template_and_another_address_go_along() -> None:
    request = composed(adapter(template="123456789012", url="https://api.example.org/exolve/"))
    assert request.target == "/exolve/messaging/v1/SendSMS"
    assert json.loads(request.body)["template_resource_id"] == 123456789012


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"template": "no. 7"}, "template"), ({"template": "0"}, "template"), ({"delivered": "three"}, "delivered"),
        ({"undelivered": "3"}, "undelivered"),
    ],
)  # fmt: skip
def test_settings_that_say_nothing_are_refused_by_field(more: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as told:
        adapter(**more)
    assert list(told.value.fields) == [field]


def test_it_promises_no_more_than_the_documentation() -> None:
    facts = Exolve.facts
    assert not any((facts.knows_repeated_ids, facts.receipts_carry_our_id, facts.validity, facts.signed))
    assert facts.receipts_by is ReceiptsBy.POLLING


@pytest.mark.parametrize("body", [{"message_id": SID}, {"message_id": int(SID)}, {"messageId": SID}])
def test_a_message_that_was_taken_has_an_id(body: object) -> None:
    outcome = adapter().outcome(answered(body))
    assert (outcome.kind, outcome.provider_ids) == (Kind.SUCCESS, (SID,))


@pytest.mark.parametrize(
    ("status", "body", "kind", "detail"),
    [
        # The tables "Возможные ошибки" of docs.exolve.ru.
        (400, {"error": "proto: syntax error (line 2:16): invalid value п"}, Kind.REFUSED, "proto: syntax error"),
        (400, {"error": "proto: syntax error (line 2:16): unexpected token ,"}, Kind.REFUSED, "proto: syntax error"),
        (401, b"Unauthorized", Kind.UNAUTHORIZED, "Unauthorized"),
        (401, b"unauthorized", Kind.UNAUTHORIZED, "unauthorized"),
        (401, b"malformed token", Kind.UNAUTHORIZED, "malformed token"),
        (404, b"", Kind.UNAUTHORIZED, "404 Not Found"),
        # Other forms and statuses (RFC 9110).
        (400, {"error": {"message": "wrong number 79110000001"}}, Kind.REFUSED, "wrong number 7911***0001"),
        (400, {"error": "Not enough money on the balance"}, Kind.UNAUTHORIZED, "Not enough money"),
        (402, {"error": "pay"}, Kind.UNAUTHORIZED, "pay"), (403, {"error": "no"}, Kind.UNAUTHORIZED, "no"),
        (400, b"<html>400</html>", Kind.UNAUTHORIZED, "<html>400</html>"), (408, b"", Kind.AMBIGUOUS, "408 Request"),
        (429, {"error": "slowly"}, Kind.THROTTLED, "slowly"), (500, {"error": "oh"}, Kind.AMBIGUOUS, "oh"),
        (200, b"", Kind.AMBIGUOUS, "an empty answer"), (200, {"message_id": ""}, Kind.AMBIGUOUS, "not an answer"),
        (200, {"message_id": None}, Kind.AMBIGUOUS, "not an answer"), (200, [SID], Kind.AMBIGUOUS, "not an answer"),
        (201, {"message_id": SID}, Kind.AMBIGUOUS, ""), (302, b"", Kind.AMBIGUOUS, "302 Found"),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int, body: object, kind: Kind, detail: str) -> None:
    outcome = adapter().outcome(answered(body, status))
    assert outcome.kind is kind
    assert outcome.detail.startswith(detail)
    assert outcome.server_error == (status >= 500)


def test_a_limit_says_how_long_to_wait() -> None:
    assert adapter().outcome(answered({"error": "slowly"}, 429, retry_after="7")).retry_after == 7.0


@pytest.mark.parametrize(
    ("status", "body", "good", "balance", "words"),
    [
        (200, {"balance": 3520.38, "credit_limit": 0}, True, "3520.38", "OK"),
        (401, b"malformed token", False, "", "malformed token"),
        (200, {}, False, "", "not an answer: {}"),
    ],
)
def test_the_check_shows_the_balance(status: int, body: object, good: bool, balance: str, words: str) -> None:
    request = adapter().check_request()
    assert request is not None
    assert (request.target, request.body) == ("/finance/v1/GetBalance", b"{}")
    checked = adapter().checked(answered(body, status))
    assert (checked.good, checked.balance, checked.words) == (good, balance, words)


# -- receipts


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (3, Fate.DELIVERED), ("3", Fate.DELIVERED), (4, Fate.UNDELIVERED), (5, Fate.UNDELIVERED), (1, Fate.ACCEPTED),
        (0, Fate.ACCEPTED), ("DELIVERY_STATUS_DELIVERED", Fate.DELIVERED), ("UNDELIVERED", Fate.UNDELIVERED),
        ("not_delivered", Fate.UNDELIVERED), ("failed", Fate.UNDELIVERED), ("sent", Fate.ON_ITS_WAY),
        ("delivering", Fate.ON_ITS_WAY), ("new", Fate.ACCEPTED),
    ],
)  # fmt: skip
def test_a_status_means_what_the_settings_or_its_name_say(status: object, fate: Fate) -> None:
    request = adapter().poll_request([(MESSAGE, SID), (MESSAGE + 1, "2")])
    assert request is not None
    assert request.target == "/messaging/v1/GetList"
    assert json.loads(request.body) == {"message_id": SID, "limit": 1}
    row = {"message_id": SID, "delivery_status": status, "date": "2023-10-20T15:04:05.000Z", "segments_count": 2}
    (receipt,) = adapter().polled(
        answered({"messages": [row, {"message_id": "9", "delivery_status": 3}]}), [(MESSAGE, SID)]
    )
    assert (receipt.fate, receipt.message_id, receipt.provider_id) == (fate, MESSAGE, SID)
    assert (receipt.code, receipt.at) == (str(status), 1697814245.0)


def test_without_the_settings_no_number_means_that_a_message_arrived() -> None:
    bare = Exolve({"api_key": "k", "sender": "VESTNIK"})
    rows = [{"message_id": SID, "delivery_status": number} for number in range(10)]
    assert {receipt.fate for receipt in bare.polled(answered({"messages": rows}), [(MESSAGE, SID)])} == {Fate.ACCEPTED}


def test_a_callback_is_read_by_the_names_of_get_list() -> None:
    body = orjson.dumps({"message_id": SID, "direction": 2, "delivery_status": 3, "text": "Привет"})
    (receipt,) = adapter().received(called(body=body)).receipts
    assert (receipt.fate, receipt.provider_id) == (Fate.DELIVERED, SID)


@pytest.mark.parametrize("direction", [{"direction": 1}, {"direction": "DIRECTION_INCOMING"}, {}])
def test_an_inbound_text_is_kept(direction: dict[str, object]) -> None:
    body = orjson.dumps(
        {"message_id": SID, "sender": "79110000001", "receiver": "79580000000", "text": "СТОП", **direction}
    )
    (text,) = adapter().received(called(body=body)).inbound
    assert (text.phone, text.to, text.text, text.provider_id) == ("79110000001", "79580000000", "СТОП", SID)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"delivery_status": 3}', b'{"direction": 1, "text": "a"}', b"[]"])
def test_a_callback_that_says_nothing_cannot_be_read(body: bytes) -> None:
    with pytest.raises(BadCallback):
        adapter().received(called(body=body))


# -- whatever comes

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
NAMES = [
    "message_id",
    "error",
    "message",
    "balance",
    "messages",
    "delivery_status",
    "status",
    "direction",
    "text",
    "sender",
    "date",
]
OBJECTS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES))
BODIES = st.binary() | (VALUES | OBJECTS | st.builds(lambda rows: {"messages": rows}, st.lists(OBJECTS))).map(
    lambda value: json.dumps(value).encode()
)


@given(status=st.integers(100, 599), body=BODIES)
def test_no_answer_raises_anything(status: int, body: bytes) -> None:
    outcome = adapter().outcome(answered(body, status))
    assert len(outcome.detail) <= 200
    assert outcome.kind is not Kind.SUCCESS or status == 200
    adapter().checked(answered(body, status))
    adapter().polled(answered(body, status), [(MESSAGE, SID)])


@given(
    body=BODIES,
    form=st.lists(st.tuples(st.sampled_from(NAMES), st.text())),
    query=st.dictionaries(st.text(), st.text()),
)
def test_no_callback_raises_anything_else(body: bytes, form: Any, query: dict[str, str]) -> None:
    try:
        received = adapter().received(called(form, query=query, body=body))
    except BadCallback:
        return
    assert received.receipts or received.inbound
