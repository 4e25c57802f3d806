"""SMS.ru: what its documentation says, as tables (https://sms.ru/api)."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateways.adapters_cast import PHONE, TEXT, answered, called, composed, form_of
from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import BadCallback, Fate, ForgedCallback, Receipt
from vestnik.gateways.adapters.smsru import SmsRu
from vestnik.gateways.adapters.smsru_codes import CODES, STATUSES
from vestnik.gateways.outcome import Kind

API_ID = "F2D79B58-A5A2-2F9E-91C8-000000000000"
SMSRU = SmsRu({"api_id": API_ID, "sender": "VESTNIK"})


def sent(code: int, **more: Any) -> dict[str, Any]:
    """The documentation's answer to one message, with this code for its number."""
    number = {"status": "OK" if code == 100 else "ERROR", "status_code": code, **more}
    return {"status": "OK", "status_code": 100, "sms": {str(PHONE): number}, "balance": 4122.56}


# -- the request


def test_a_message_is_a_form_with_its_validity() -> None:
    request = composed(SMSRU)
    assert request.target == "/sms/send"
    assert form_of(request) == {
        "api_id": API_ID, "json": "1", "msg": TEXT, "from": "VESTNIK", "ttl": "120", "to": str(PHONE),
    }  # fmt: skip


@pytest.mark.parametrize(("lasts", "ttl"), [(-5.0, "1"), (59.0, "1"), (121.0, "2"), (1e9, "1440")])
def test_the_validity_is_rounded_down_between_a_minute_and_a_day(lasts: float, ttl: str) -> None:
    assert form_of(composed(SMSRU, lasts=lasts))["ttl"] == ttl


def test_test_mode_is_asked_for_and_no_sender_means_the_cabinets() -> None:
    fields = form_of(composed(SmsRu({"api_id": API_ID, "test": True, "url": "http://127.0.0.1:1/smsru"})))
    assert (fields["test"], "from" in fields) == ("1", False)
    assert "test" not in form_of(composed(SMSRU))


def test_without_an_api_id_it_is_refused_by_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        SmsRu({})
    assert list(refused.value.fields) == ["api_id"]


# -- answers to a message: https://sms.ru/api/send


def test_a_success_names_the_id() -> None:
    found = SMSRU.outcome(answered(sent(100, sms_id="000000-10000000")))
    assert (found.kind, found.code, found.provider_ids) == (Kind.SUCCESS, "100", ("000000-10000000",))


def test_the_documentations_refusal_of_a_number_is_one() -> None:
    words = "На этот номер (или один из номеров) нельзя отправлять сообщения"
    found = SMSRU.outcome(answered(sent(207, status_text=words)))
    assert (found.kind, found.code, found.detail, found.provider_ids) == (Kind.REFUSED, "207", words, ())


REFUSED, THROTTLED, ACCOUNT, UNSURE = Kind.REFUSED, Kind.THROTTLED, Kind.UNAUTHORIZED, Kind.AMBIGUOUS
#: Every code of https://sms.ru/api/send, and two that are not there.
FAILURES: dict[int, Kind] = {
    -1: UNSURE, 104: REFUSED, 105: REFUSED, 106: REFUSED, 107: REFUSED, 108: REFUSED, 150: REFUSED, 200: ACCOUNT,
    201: ACCOUNT, 202: REFUSED, 203: REFUSED, 204: REFUSED, 205: REFUSED, 206: ACCOUNT, 207: REFUSED, 208: REFUSED,
    209: REFUSED, 210: ACCOUNT, 211: ACCOUNT, 212: REFUSED, 213: REFUSED, 214: REFUSED, 215: REFUSED, 216: REFUSED,
    217: REFUSED, 220: THROTTLED, 221: ACCOUNT, 230: REFUSED, 231: THROTTLED, 232: REFUSED, 233: THROTTLED,
    300: ACCOUNT, 301: ACCOUNT, 302: ACCOUNT, 303: ACCOUNT, 304: ACCOUNT, 305: ACCOUNT, 500: UNSURE, 501: REFUSED,
    502: REFUSED, 503: THROTTLED, 504: THROTTLED, 505: REFUSED, 506: REFUSED, 507: REFUSED, 508: THROTTLED,
    550: REFUSED, 901: ACCOUNT, 902: ACCOUNT, 299: UNSURE, 999: UNSURE,
}  # fmt: skip
SUCCESSES = {100, 101, 102, 103, 110}


@pytest.mark.parametrize(("code", "kind"), FAILURES.items())
def test_each_code_has_its_kind_for_a_number_and_for_the_request(code: int, kind: Kind) -> None:
    # In a request that was accepted, an error is one of the number; but money and the day's limit are the account's.
    of_number = REFUSED if kind is ACCOUNT and code not in {201, 206} else kind
    of_request = {"status": "ERROR", "status_code": code, "status_text": "слова"}
    for body, meant in ((sent(code, status_text="слова"), of_number), (of_request, kind)):
        found = SMSRU.outcome(answered(body))
        assert (found.kind, found.code, found.detail) == (meant, str(code), "слова")
        assert (found.retry_after is not None) == (kind is Kind.THROTTLED)
        assert found.server_error == (code == 500)


@pytest.mark.parametrize("code", sorted(SUCCESSES))
def test_a_number_that_is_already_further_is_a_success(code: int) -> None:
    assert SMSRU.outcome(answered(sent(code, sms_id="1-1"))).kind is Kind.SUCCESS


def test_every_documented_code_has_a_row_and_words() -> None:
    assert set(CODES) == SUCCESSES | set(FAILURES) - {299, 999}
    assert all(SMSRU.outcome(answered(sent(code))).detail == words for code, (_, words) in CODES.items() if code > 110)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"100\n000000-1", b"[]", b"{}", {"status": "OK", "status_code": 100}, {"status_code": 100, "sms": {}},
        {"status_code": 100, "sms": []}, {"status_code": 100, "sms": {"7": None}},
        {"status_code": 100, "sms": {"1": {"status_code": 100}, "2": {"status_code": 202}}},
    ],
)  # fmt: skip
def test_what_is_no_answer_of_it_is_ambiguous(body: object) -> None:
    found = SMSRU.outcome(answered(body))
    assert (found.kind, found.code) == (Kind.AMBIGUOUS, "garbage")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, Kind.AMBIGUOUS), (408, Kind.AMBIGUOUS), (429, Kind.THROTTLED), (404, Kind.UNAUTHORIZED)],
)
def test_another_status_is_never_a_refusal_of_the_message(status: int, kind: Kind) -> None:
    assert SMSRU.outcome(answered(b"gone", status)).kind is kind


def test_phones_in_its_words_are_masked() -> None:
    assert SMSRU.outcome(answered(sent(202, status_text=f"номер {PHONE}"))).detail == "номер 7911***0001"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["sms", "status", "status_code", "status_text", "sms_id", "balance"]) | st.text(max_size=5),
        inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(body=st.binary() | JSON, status=st.sampled_from([200, 200, 200, 404, 500]))
def test_no_answer_raises(body: object, status: int) -> None:
    answer = answered(body, status)
    found = SMSRU.outcome(answer)
    assert len(found.detail) <= 200
    assert found.answered
    assert SMSRU.checked(answer).words
    SMSRU.polled(answer, ((1, "1-1"),))


# -- the account: https://sms.ru/api/balance


def test_a_check_asks_for_the_balance_and_says_what_is_wrong() -> None:
    request = SMSRU.check_request()
    assert request is not None
    assert request.target == "/my/balance"
    assert form_of(request) == {"api_id": API_ID, "json": "1"}
    good = SMSRU.checked(answered({"status": "OK", "status_code": 100, "balance": 4122.56}))
    assert (good.good, good.balance) == (True, "4122.56")
    bad = SMSRU.checked(answered({"status": "ERROR", "status_code": 200}))
    assert (bad.good, bad.words) == (False, "Неправильный api_id")


# -- callbacks: https://sms.ru/api/cb


def signed(*records: str, api_id: str = API_ID) -> list[tuple[str, str]]:
    """Records with their hash, as the documentation's example makes it."""
    pairs = [(f"data[{number}]", record) for number, record in enumerate(records)]
    return [*pairs, ("hash", hashlib.sha256((api_id + "".join(records)).encode()).hexdigest())]


FATES: dict[int, Fate | None] = {
    -1: None, 100: Fate.ACCEPTED, 101: Fate.ON_ITS_WAY, 102: Fate.ON_ITS_WAY, 103: Fate.DELIVERED,
    104: Fate.UNDELIVERED, 105: Fate.UNDELIVERED, 106: Fate.UNDELIVERED, 107: Fate.UNDELIVERED, 108: Fate.UNDELIVERED,
    110: Fate.DELIVERED, 150: Fate.UNDELIVERED, 777: Fate.ACCEPTED,
}  # fmt: skip


@pytest.mark.parametrize(("status", "fate"), FATES.items())
def test_each_status_has_its_fate(status: int, fate: Fate | None) -> None:
    received = SMSRU.received(called(signed(f"sms_status\n000000-1\n{status}\n1629048442")))
    assert received.reply == b"100"
    assert [receipt.fate for receipt in received.receipts] == ([] if fate is None else [fate])
    for receipt in received.receipts:
        assert (receipt.provider_id, receipt.message_id, receipt.code) == ("000000-1", None, str(status))
        assert receipt.at == 1_629_048_442.0


def test_every_documented_status_has_a_row() -> None:
    assert set(FATES) == {*STATUSES, 777}


def test_many_records_come_at_once_and_other_kinds_are_left() -> None:
    records = [f"sms_status\n000000-{number}\n103\n1629048442" for number in range(12)]
    records += ["callcheck_status\n201737-542\n401\n1629048442", "test\n1629048442", "new\nkind", "", "sms_status"]
    received = SMSRU.received(called(signed(*records)))
    assert [receipt.provider_id for receipt in received.receipts] == [f"000000-{number}" for number in range(12)]
    assert received.bad == ("record 17 names no message or no status",)


def test_the_order_of_records_is_that_of_their_numbers() -> None:
    pairs = signed(*(f"sms_status\n000000-{number}\n103" for number in range(12)))
    assert len(SMSRU.received(called(sorted(pairs))).receipts) == 12


@pytest.mark.parametrize(
    "form",
    [
        signed("sms_status\n1-1\n103")[:-1],
        signed("sms_status\n1-1\n103", api_id="another"),
        [("data[0]", "sms_status\n1-1\n104"), *signed("sms_status\n1-1\n103")[1:]],
        [*signed("sms_status\n1-1\n103")[:-1], ("hash", "я")],
        [*signed("sms_status\n1-1\n103"), ("data[1]", "sms_status\n1-2\n103")],
    ],
)
def test_a_forged_callback_is_turned_away(form: list[tuple[str, str]]) -> None:
    with pytest.raises(ForgedCallback):
        SMSRU.received(called(form))


@pytest.mark.parametrize("form", [[], [("hash", "x")], [("data", "x")], [("data[x]", "x")]])
def test_a_callback_without_records_cannot_be_read(form: list[tuple[str, str]]) -> None:
    with pytest.raises(BadCallback):
        SMSRU.received(called(form))


@given(records=st.lists(st.text() | st.from_regex(r"\Asms_status\n.{0,5}\n[0-9]{0,20}\n.{0,20}\Z"), max_size=3))
def test_a_signed_callback_is_read_or_refused_but_breaks_nothing(records: list[str]) -> None:
    try:
        SMSRU.received(called(signed(*records)))
    except BadCallback:
        assert not records


# -- asking: https://sms.ru/api/status


def test_statuses_are_asked_for_together() -> None:
    request = SMSRU.poll_request([(1, "000000-000001"), (2, "000000-000002")])
    assert request is not None
    assert request.target == "/sms/status"
    assert form_of(request) == {"api_id": API_ID, "json": "1", "sms_id": "000000-000001,000000-000002"}
    assert SMSRU.poll_request_with_phones([(1, "000000-000001", PHONE), (2, "000000-000002", PHONE)]) == request


def test_the_documentations_answer_is_read() -> None:
    body = {
        "status": "OK", "status_code": 100, "balance": 4122.56,
        "sms": {
            "000000-000001": {
                "status": "OK", "status_code": 103, "cost": 0.5, "status_text": "Сообщение доставлено",
            },
            "000000-000002": {
                "status": "OK", "status_code": 104, "cost": 0.5, "status_text": "Не может быть доставлено",
            },
            "000000-000003": {"status": "ERROR", "status_code": -1, "status_text": "Сообщение не найдено"},
        },
    }  # fmt: skip
    assert SMSRU.polled(answered(body), ((1, "000000-000001"),)) == (
        Receipt(fate=Fate.DELIVERED, provider_id="000000-000001", code="103", words="Сообщение доставлено"),
        Receipt(fate=Fate.UNDELIVERED, provider_id="000000-000002", code="104", words="Не может быть доставлено"),
    )
