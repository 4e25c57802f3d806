"""The outcome table: what every answer and failure of the gateway means (docs/explanation/design.md, Outcomes)."""

import pytest

from vestnik.gateways.adapters.probe import classify_answer
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome, classify_failure
from vestnik.phones.display import mask_phone, mask_phones

NOW = 1_445_412_480.0  # Wed, 21 Oct 2015 07:28:00 GMT


def answer(status: int, body: bytes = b"", retry_after: str | None = None) -> Outcome:
    return classify_answer(status, body, retry_after, NOW)


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":0,"message":"OK"}',
        b'{"code": 0, "message": "OK"}',
        b' {"message":"anything","code":0}\n',
        b'{"code":0}',
        b'{"code":0,"message":"\xd0\x9e\xd0\x9a","more":[1,{"x":null}]}',
    ],
)
def test_success_is_a_200_with_a_json_object_and_the_integer_code_0(body: bytes) -> None:
    assert answer(200, body) is SUCCESS


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"OK", b"<html>200</html>", b"\xff\xfe", b"null", b"0", b"[]", b'[{"code":0}]', b"{}",
        b'{"code":null}', b'{"code":true}', b'{"code":false}', b'{"code":0.0}', b'{"code":"0"}', b'{"code":[0]}',
        b'{"Code":0}', b'{"code":0', b'{"code":0}}', b'{"code":0e0}', b'{"code":NaN}',
        b'{"code":' + b"9" * 5_000 + b"}", b"[" * 60_000, b'{"a":' * 10_000,
    ],
)  # fmt: skip
def test_a_200_with_anything_else_is_ambiguous_garbage(body: bytes) -> None:
    outcome = answer(200, body)
    assert (outcome.kind, outcome.code, outcome.answered) == (Kind.AMBIGUOUS, "garbage", True)
    assert not outcome.server_error
    assert not outcome.transport_failure
    assert 0 < len(outcome.detail) <= 200


@pytest.mark.parametrize(
    ("body", "code"), [(b'{"code":7,"message":"no route"}', "7"), (b'{"code":-1,"message":"no route"}', "-1")]
)
def test_another_integer_code_is_a_refusal_with_that_code(body: bytes, code: str) -> None:
    assert answer(200, body) == Outcome(kind=Kind.REFUSED, code=code, detail="no route", answered=True)


def test_a_refusal_without_words_still_says_why() -> None:
    assert answer(200, b'{"code":3}').detail == '{"code":3}'
    assert answer(404).detail == "404 Not Found"
    assert answer(499).detail == "HTTP status 499"


@pytest.mark.parametrize(
    ("status", "kind", "server_error"),
    [
        (100, Kind.AMBIGUOUS, False), (102, Kind.AMBIGUOUS, False),
        (201, Kind.AMBIGUOUS, False), (202, Kind.AMBIGUOUS, False), (204, Kind.AMBIGUOUS, False),
        (206, Kind.AMBIGUOUS, False),
        (301, Kind.AMBIGUOUS, False), (302, Kind.AMBIGUOUS, False), (304, Kind.AMBIGUOUS, False),
        (307, Kind.AMBIGUOUS, False),
        (400, Kind.REFUSED, False), (404, Kind.REFUSED, False), (408, Kind.REFUSED, False), (409, Kind.REFUSED, False),
        (413, Kind.REFUSED, False), (415, Kind.REFUSED, False), (422, Kind.REFUSED, False), (499, Kind.REFUSED, False),
        (401, Kind.UNAUTHORIZED, False), (403, Kind.UNAUTHORIZED, False),
        (429, Kind.THROTTLED, False),
        (500, Kind.AMBIGUOUS, True), (501, Kind.AMBIGUOUS, True), (502, Kind.AMBIGUOUS, True),
        (503, Kind.AMBIGUOUS, True),
        (504, Kind.AMBIGUOUS, True), (599, Kind.AMBIGUOUS, True),
        (0, Kind.AMBIGUOUS, False), (600, Kind.AMBIGUOUS, False), (999, Kind.AMBIGUOUS, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", [b"", b'{"code":0,"message":"OK"}'])
def test_the_status_decides_whatever_the_body_claims(status: int, body: bytes, kind: Kind, server_error: bool) -> None:
    outcome = answer(status, body)
    assert (outcome.kind, outcome.code, outcome.server_error) == (kind, f"http_{status}", server_error)
    assert outcome.answered
    assert not outcome.transport_failure
    assert outcome.detail


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None), ("", None), ("7", 7.0), (" 7 ", 7.0), ("0", 0.0), ("120", 120.0),
        ("999999999", 86_400.0), ("9" * 4_000, 86_400.0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wednesday, 21-Oct-15 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:28:30 -0000", 30.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),
        ("Fri, 21 Oct 2095 07:28:00 GMT", 86_400.0),
        ("-5", None), ("+5", None), ("1.5", None), ("\u0663", None), ("\u00b2", None), ("soon", None),
        ("7 seconds", None),
        ("Wed, 99 Oct 2015 07:28:30 GMT", None), ("Wed, 21 Oct 99999 07:28:30 GMT", None), (", ", None), ("\x00", None),
        ("Wed, 21 Oct 2015 07:28:30 +999999999", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_in_both_forms_within_a_day(status: int, header: str | None, seconds: float | None) -> None:
    assert answer(status, retry_after=header).retry_after == seconds


@pytest.mark.parametrize(("sent", "kind"), [(False, Kind.NOT_SENT), (True, Kind.AMBIGUOUS)])
@pytest.mark.parametrize("code", ["dns", "connect", "proxy", "tls", "timeout", "reset", "garbage"])
def test_a_failure_is_not_sent_only_when_no_byte_was_written(code: str, sent: bool, kind: Kind) -> None:
    outcome = classify_failure(code, "words", sent=sent)
    assert outcome == Outcome(kind=kind, code=code, detail="words", transport_failure=True)


def test_details_are_one_printable_line_of_at_most_200_characters() -> None:
    words = "a\x00b\x1b[31m\r\nc\u202ed\ud800".encode("utf-8", "surrogatepass") + b"\xff" + "щ".encode() * 900
    detail = answer(400, words).detail
    assert detail.startswith("a b [31m c d")
    assert len(detail) == 200
    assert detail.isprintable()


def test_details_come_from_the_message_of_a_json_answer() -> None:
    assert answer(400, '{"code":4,"message":"плохой\\u0000 номер"}'.encode()).detail == "плохой номер"
    assert answer(400, b'{"detail":"bad id"}').detail == "bad id"
    assert answer(400, b'{"message":{"x":1}}').detail == '{"message":{"x":1}}'


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("phone 79111234567 is bad", "phone 7911***4567 is bad"),
        ('{"phone":79111234567}', '{"phone":7911***4567}'),
        ("+7 (911) 123-45-67", "+7911***4567"),
        ("8-911-123-45-67", "8911***4567"),
        ("id 1234567890123456", "id 1234567890123456"),
        ("12 345", "12 345"),
    ],
)
def test_a_phone_that_the_gateway_echoes_is_masked(text: str, masked: str) -> None:
    assert mask_phones(text) == masked
    assert answer(400, text.encode()).detail == masked
    assert classify_failure("reset", text, sent=True).detail == masked


@pytest.mark.parametrize("padding", range(1_985, 2_001))
def test_a_phone_cut_in_half_by_the_limit_is_not_shown_either(padding: int) -> None:
    assert "791112" not in answer(400, b"\x01" * padding + b"79111234567").detail


def test_a_phone_is_shown_without_its_middle() -> None:
    assert mask_phone(79111234567) == "7911***4567"
