"""Twilio: what is sent, and what each answer and code means.

Twilio's OpenAPI judges the same requests in tests/generators/test_twilio_openapi.py.
"""

import base64
import json
import time
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateways.twilio_cast import (
    ACCOUNT,
    ID,
    KEY,
    MADE,
    PHONE,
    RECEIPTS,
    SERVICE,
    SID,
    TOKEN,
    adapter,
    answer,
    callback,
    refusal,
    status_of,
)
from tests.gateways.twilio_table import KIND_OF_CODE, LEFT_OUT, LISTED
from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import Fate, HttpAnswer
from vestnik.gateways.adapters.twilio import Twilio
from vestnik.gateways.adapters.twilio_codes import CODES
from vestnik.gateways.outcome import Kind


def form_of(made: Twilio, *, text: str = "Привет & пока", expires_at: float | None = None) -> dict[str, str]:
    request = made.compose(text, expires_at=time.time() + 90 if expires_at is None else expires_at)(ID, PHONE)
    assert (request.method, request.target) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


# -- what is sent


def test_a_message_is_a_form_whose_receipts_carry_our_id() -> None:
    form = form_of(adapter())
    assert 85 <= int(form.pop("ValidityPeriod")) <= 90
    assert form == {
        "To": "+79110000001", "From": "+15005550006", "Body": "Привет & пока",
        "StatusCallback": f"{RECEIPTS}?message={ID}",
    }  # fmt: skip


def test_a_messaging_service_stands_in_for_a_sender_and_receipts_may_be_left_out() -> None:
    form = form_of(adapter(sender="", messaging_service_sid=SERVICE, callback_url=""))
    assert form["MessagingServiceSid"] == SERVICE
    assert not {"From", "StatusCallback"} & form.keys()


def test_an_address_for_receipts_that_has_a_query_keeps_it() -> None:
    assert form_of(adapter(callback_url=f"{RECEIPTS}?a=%20b"))["StatusCallback"] == f"{RECEIPTS}?a=%20b&message={ID}"


@pytest.mark.parametrize(("left", "told"), [(-5, 1), (0.5, 1), (20, 19), (1e6, 36_000)])
def test_the_validity_is_what_is_left_within_what_twilio_takes(left: float, told: int) -> None:
    validity = int(form_of(adapter(), expires_at=time.time() + left)["ValidityPeriod"])
    assert validity - told in {0, 1} if left == 20 else validity == told


@pytest.mark.parametrize(
    ("more", "login"),
    [({}, f"{ACCOUNT}:{TOKEN}"), ({"api_key_sid": KEY, "api_key_secret": "k"}, f"{KEY}:k")],
)
def test_an_api_key_logs_in_instead_of_the_token(more: dict[str, str], login: str) -> None:
    headers = dict(adapter(**more).compose("a", expires_at=0)(ID, PHONE).headers)
    assert headers["Authorization"] == f"Basic {base64.b64encode(login.encode()).decode()}"
    assert TOKEN not in str(headers)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"account_sid": "AC12"}, "account_sid"), ({"account_sid": KEY}, "account_sid"),
        ({"sender": ""}, "sender"), ({"messaging_service_sid": SERVICE}, "sender"),
        ({"sender": "", "messaging_service_sid": "MG1"}, "messaging_service_sid"),
        ({"api_key_sid": KEY}, "api_key_secret"), ({"api_key_secret": "k"}, "api_key_secret"),
        ({"api_key_sid": ACCOUNT, "api_key_secret": "k"}, "api_key_sid"),
    ],
)  # fmt: skip
def test_settings_with_which_nothing_would_go_out_are_refused_by_field(more: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as told:
        adapter(**more)
    assert list(told.value.fields) == [field]
    assert TOKEN not in str(told.value)


# -- what answers mean


def test_a_message_that_was_made_is_a_success_with_its_sid_and_parts() -> None:
    outcome = adapter().outcome(answer(201, MADE))
    assert (outcome.kind, outcome.provider_ids, outcome.parts) == (Kind.SUCCESS, (SID,), 2)


def test_a_messaging_service_does_not_know_the_parts_yet() -> None:
    outcome = adapter().outcome(answer(201, {**MADE, "status": "accepted", "num_segments": "0"}))
    assert (outcome.kind, outcome.parts) == (Kind.SUCCESS, None)


@pytest.mark.parametrize(
    ("more", "kind", "code"),
    [
        ({"status": "failed", "error_code": 30007}, Kind.REFUSED, "30007"),
        ({"status": "failed", "error_code": 30002}, Kind.UNAUTHORIZED, "30002"),
        ({"status": "failed", "error_code": 99999}, Kind.REFUSED, "99999"),
        ({"status": "canceled"}, Kind.REFUSED, "canceled"),
    ],
)
def test_a_message_that_failed_at_once_is_no_success(more: dict[str, object], kind: Kind, code: str) -> None:
    outcome = adapter().outcome(answer(201, MADE | more))
    assert (outcome.kind, outcome.code, outcome.provider_ids) == (kind, code, (SID,))


def test_every_documented_code_has_a_row() -> None:
    assert {code: kind for code, (kind, _) in CODES.items()} == KIND_OF_CODE


def test_every_code_of_the_dictionary_has_a_row_or_a_reason_why_it_has_none() -> None:
    """In the ranges that messages get their codes from."""
    reasons = [code for codes in LEFT_OUT.values() for code in codes]
    assert len(reasons) == len(set(reasons))
    assert set(reasons) | (CODES.keys() & LISTED) == LISTED
    assert not CODES.keys() & set(reasons)


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_table_decides_and_the_words_are_twilios_if_it_has_some(code: int) -> None:
    kind, words = CODES[code]
    told = adapter().outcome(refusal(code, message="The 'To' number +7 911 000-00-01 is odd."))
    assert (told.kind, told.code) == (kind, str(code))
    assert told.detail == "The 'To' number +7911***0001 is odd."
    assert adapter().outcome(refusal(code)).detail == words
    receipt = adapter().received(callback(status_of("undelivered", ErrorCode=str(code)))).receipts[0]
    assert (receipt.fate, receipt.code, receipt.words) == (Fate.UNDELIVERED, str(code), words)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Kind.REFUSED),
        (404, Kind.REFUSED),
        (401, Kind.UNAUTHORIZED),
        (403, Kind.UNAUTHORIZED),
        (429, Kind.THROTTLED),
    ],
)
def test_a_code_that_nobody_knows_means_what_its_status_does(status: int, kind: Kind) -> None:
    told = adapter().outcome(refusal(29_999, status=status, message="Something new."))
    assert (told.kind, told.code, told.detail) == (kind, "29999", "Something new.")


def test_a_limit_says_how_long_to_wait() -> None:
    body = {"code": 20429, "message": "Too Many Requests", "status": 429}
    assert adapter().outcome(answer(429, body, retry_after="3")).retry_after == 3.0


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (201, b"", Kind.AMBIGUOUS), (201, {"sid": "CA" + "0" * 32}, Kind.AMBIGUOUS), (200, b"<html>", Kind.AMBIGUOUS),
        (302, b"", Kind.AMBIGUOUS), (500, {"code": 20500, "message": "Internal"}, Kind.AMBIGUOUS),
        (503, {"code": 21211}, Kind.AMBIGUOUS), (408, b"", Kind.AMBIGUOUS),
        # No error of Twilio's: something on the way, or another server, does not let us through.
        (404, b"<html>Not Found</html>", Kind.UNAUTHORIZED), (407, b"", Kind.UNAUTHORIZED), (429, b"", Kind.THROTTLED),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_twilios(status: int, body: object, kind: Kind) -> None:
    assert adapter().outcome(answer(status, body)).kind is kind


# -- the account


def test_the_check_asks_for_the_account_or_with_a_key_for_what_the_key_may_see() -> None:
    assert adapter().check_request().target == f"/2010-04-01/Accounts/{ACCOUNT}.json"  # type: ignore[union-attr]
    by_key = adapter(api_key_sid=KEY, api_key_secret="k").check_request()
    assert by_key is not None
    assert by_key.target == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1"


@pytest.mark.parametrize(
    ("told", "good", "words"),
    [
        (answer(200, {"sid": ACCOUNT, "status": "active", "type": "Trial"}), True, "active (Trial)"),
        (answer(200, {"sid": ACCOUNT, "status": "suspended", "type": "Full"}), False, "suspended (Full)"),
        (answer(200, {"messages": [], "page_size": 1}), True, "active"),
        (refusal(20003, status=401, message="Authenticate"), False, "Authenticate"),
        (answer(200, b"<html>"), False, "not an answer: <html>"),
    ],
)
def test_the_check_says_how_the_account_is(told: HttpAnswer, good: bool, words: str) -> None:
    checked = adapter().checked(told)
    assert (checked.good, checked.words) == (good, words)


# -- whatever comes

TEXTS = st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=5,
)
BODIES = st.binary() | VALUES.map(lambda value: json.dumps(value).encode()) | st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("sid", "status", "code", "message", "error_code", "num_segments", "messages"), VALUES)
).map(lambda value: json.dumps(value).encode())  # fmt: skip


@given(status=st.integers(100, 599), body=BODIES)
def test_no_answer_raises_anything(status: int, body: bytes) -> None:
    outcome = adapter().outcome(answer(status, body))
    assert len(outcome.detail) <= 200
    assert outcome.kind is not Kind.SUCCESS or 200 <= status < 300
    adapter().checked(answer(status, body))
    adapter().polled(answer(status, body), [(ID, SID)])
