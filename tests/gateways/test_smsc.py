"""SMSC.ru: what its documentation says, as tables (https://smsc.ru/api/)."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateways.adapters_cast import MESSAGE, NOW, PHONE, TEXT, answered, called, composed, form_of
from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import BadCallback, Fate, ForgedCallback, Receipt
from vestnik.gateways.adapters.smsc import ERRORS, REASONS, STATUSES, Smsc
from vestnik.gateways.outcome import Kind

SMSC = Smsc({"login": "company", "password": "p&ss", "sender": "VESTNIK", "callback_secret": "word"})


# -- the request


def test_a_message_is_a_form_with_our_id_and_its_validity() -> None:
    request = composed(SMSC)
    assert request.target == "/sys/send.php"
    assert form_of(request) == {
        "login": "company", "psw": "p&ss", "sender": "VESTNIK", "mes": TEXT, "charset": "utf-8", "fmt": "3", "op": "1",
        "valid": "02:00", "id": f"v{MESSAGE}", "phones": f"+{PHONE}",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lasts", "valid"), [(-5.0, "00:01"), (59.0, "00:01"), (119.0, "00:01"), (3_601.0, "01:00"), (1e9, "24:00")]
)
def test_the_validity_is_rounded_down_between_a_minute_and_a_day(lasts: float, valid: str) -> None:
    assert form_of(composed(SMSC, lasts=lasts))["valid"] == valid


def test_an_api_key_replaces_login_and_password_and_the_address_may_have_a_path() -> None:
    adapter = Smsc({"apikey": "k", "login": "x", "password": "y", "url": "http://127.0.0.1:8080/smsc/"})
    request = composed(adapter)
    assert request.target == "/smsc/sys/send.php"
    fields = form_of(request)
    assert (fields["apikey"], "login" in fields, "sender" in fields) == ("k", False, False)


@pytest.mark.parametrize("settings", [{}, {"login": "x"}, {"password": "y"}])
def test_without_an_account_it_is_refused_by_field(settings: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        Smsc(settings)
    assert list(refused.value.fields) == ["apikey"]


# -- answers to a message: https://smsc.ru/api/http/send/sms/sms_answer/

SUCCESSES: list[tuple[dict[str, Any], str, int | None, str | None]] = [
    ({"id": 3218, "cnt": 1, "cost": "3.3", "balance": "3215.3097"}, "3218", 1, None),
    ({"id": f"v{MESSAGE}", "cnt": 3}, f"v{MESSAGE}", 3, None),
    ({"id": "v1", "cnt": "2", "phones": [{"phone": "79110000001", "mccmnc": "25001", "error": "0"}]}, "v1", 2, "25001"),
    ({"id": 1}, "1", None, None),
]


@pytest.mark.parametrize(("body", "provider_id", "parts", "operator"), SUCCESSES)
def test_a_success_names_id_parts_and_operator(
    body: dict[str, Any], provider_id: str, parts: int | None, operator: str | None
) -> None:
    found = SMSC.outcome(answered(body))
    assert (found.kind, found.provider_ids, found.parts, found.operator) == (
        Kind.SUCCESS, (provider_id,), parts, operator,
    )  # fmt: skip


#: Every error of send.php with the words that it comes with, where they are known.
FAILURES: list[tuple[int, str, Kind, float | None]] = [
    (1, "parameters error", Kind.REFUSED, None),
    (2, "authorise error", Kind.UNAUTHORIZED, None),
    (3, "no money", Kind.UNAUTHORIZED, None),
    (4, "IP is blocked", Kind.UNAUTHORIZED, None),
    (5, "invalid date format", Kind.REFUSED, None),
    (6, "message is denied", Kind.REFUSED, None),
    (7, "invalid number", Kind.REFUSED, None),
    (8, "can't to deliver", Kind.REFUSED, None),
    (9, "duplicate request, wait a minute", Kind.THROTTLED, 60.0),
    (9, "too many concurrent requests", Kind.THROTTLED, 1.0),
    (10, "something new", Kind.AMBIGUOUS, None),
    (0, "", Kind.AMBIGUOUS, None),
]


@pytest.mark.parametrize(("code", "words", "kind", "wait"), FAILURES)
@pytest.mark.parametrize("as_text", [False, True])
def test_each_error_has_its_kind(code: int, words: str, kind: Kind, wait: float | None, as_text: bool) -> None:
    found = SMSC.outcome(answered({"error": words, "error_code": str(code) if as_text else code, "id": 175}))
    assert (found.kind, found.code, found.retry_after, found.answered) == (kind, str(code), wait, True)
    assert found.detail == words or not words


def test_every_documented_error_has_a_row() -> None:
    assert set(ERRORS) == set(range(1, 10)) <= {code for code, *_ in FAILURES}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, Kind.AMBIGUOUS), (502, Kind.AMBIGUOUS), (302, Kind.AMBIGUOUS), (408, Kind.AMBIGUOUS),
        (429, Kind.THROTTLED), (400, Kind.UNAUTHORIZED), (401, Kind.UNAUTHORIZED), (404, Kind.UNAUTHORIZED),
    ],
)  # fmt: skip
def test_another_status_is_never_a_refusal_of_the_message(status: int, kind: Kind) -> None:
    found = SMSC.outcome(answered(b"<h1>gone</h1>", status, retry_after="7"))
    assert (found.kind, found.code, found.server_error) == (kind, f"http_{status}", status >= 500)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"ERROR = 2", b"{}", b'{"id":null,"cnt":1}', b'{"id":true}'])
def test_what_is_no_answer_of_it_is_ambiguous(body: bytes) -> None:
    found = SMSC.outcome(answered(body))
    assert (found.kind, found.code) == (Kind.AMBIGUOUS, "garbage")


def test_a_number_marked_as_wrong_beside_an_id_is_in_doubt() -> None:
    found = SMSC.outcome(answered({"id": 1, "cnt": 1, "phones": [{"phone": "7", "error": "8"}]}))
    assert (found.kind, found.code, found.provider_ids) == (Kind.AMBIGUOUS, "8", ("1",))


def test_phones_in_its_words_are_masked() -> None:
    found = SMSC.outcome(answered({"error": f"invalid number {PHONE}", "error_code": 7}))
    assert found.detail == "invalid number 7911***0001"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "cnt", "error", "error_code", "phones", "mccmnc", "balance", "status", "err"])
        | st.text(max_size=5), inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(body=st.binary() | JSON, status=st.sampled_from([200, 200, 200, 404, 500]))
def test_no_answer_raises(body: object, status: int) -> None:
    try:
        answer = answered(body, status)
    except TypeError:  # orjson writes 64 bits only
        return
    for found in (SMSC.outcome(answer),):
        assert len(found.detail) <= 200
        assert found.answered
    assert SMSC.checked(answer).words
    SMSC.polled(answer, ((1, "v1"),))


# -- the account: https://smsc.ru/api/http/balance/


def test_a_check_asks_for_the_balance_and_says_what_is_wrong() -> None:
    request = SMSC.check_request()
    assert request is not None
    assert request.target == "/sys/balance.php"
    assert form_of(request) == {"login": "company", "psw": "p&ss", "fmt": "3", "cur": "1", "charset": "utf-8"}
    good = SMSC.checked(answered({"balance": "4122.56", "currency": "RUR"}))
    assert (good.good, good.balance) == (True, "4122.56 RUR")
    bad = SMSC.checked(answered({"error": "authorise error", "error_code": 2}))
    assert (bad.good, bad.words) == (False, "authorise error")
    assert not SMSC.checked(answered(b"gone", 404)).good


# -- statuses: https://smsc.ru/api/http/status_messages/statuses/

FATES: list[tuple[int, Fate | None]] = [
    (-3, None), (-2, Fate.ACCEPTED), (-1, Fate.ACCEPTED), (0, Fate.ON_ITS_WAY), (1, Fate.DELIVERED),
    (2, Fate.DELIVERED), (3, Fate.UNDELIVERED), (4, Fate.DELIVERED), (20, Fate.UNDELIVERED), (22, Fate.UNDELIVERED),
    (23, Fate.UNDELIVERED), (24, Fate.UNDELIVERED), (25, Fate.UNDELIVERED), (77, Fate.ACCEPTED),
]  # fmt: skip


def signed(form: dict[str, str], *names: str, by: str = "sha1", word: str = "word") -> dict[str, str]:
    """The same form with its signature, made as the provider makes it."""
    text = ":".join((*(form[name] for name in names), word))
    return form | {by: hashlib.new(by, text.encode()).hexdigest()}


def status_form(status: int, err: int = 0) -> dict[str, str]:
    form = {"id": f"v{MESSAGE}", "phone": str(PHONE), "status": str(status), "ts": "1629048442", "err": str(err)}
    return form | {"time": "15.08.2021 20:27:22", "type": "0"}


@pytest.mark.parametrize(("status", "fate"), FATES)
@pytest.mark.parametrize("by", ["sha1", "md5"])
def test_each_status_has_its_fate(status: int, fate: Fate | None, by: str) -> None:
    received = SMSC.received(called(signed(status_form(status), "id", "phone", "status", by=by)))
    assert received.reply == b"OK"
    assert [receipt.fate for receipt in received.receipts] == ([] if fate is None else [fate])
    for receipt in received.receipts:
        assert (receipt.message_id, receipt.provider_id, receipt.at) == (MESSAGE, f"v{MESSAGE}", 1_629_048_442.0)
        assert receipt.code == str(status)


def test_every_documented_status_has_a_row() -> None:
    assert {status for status, _ in FATES} == {*STATUSES, 77}


@pytest.mark.parametrize("err", [*REASONS, 99])
def test_the_reason_beside_a_status_is_kept(err: int) -> None:
    (receipt,) = SMSC.received(called(signed(status_form(20, err), "id", "phone", "status"))).receipts
    assert receipt.code == f"20:{err}"
    assert receipt.words == ": ".join(["Невозможно доставить", *([REASONS[err]] if err in REASONS else [])])


def test_a_receipt_of_somebody_elses_message_names_the_providers_id_only() -> None:
    form = status_form(1) | {"id": "138"}
    (receipt,) = SMSC.received(called(signed(form, "id", "phone", "status"))).receipts
    assert (receipt.provider_id, receipt.message_id) == ("138", None)


def test_a_receipt_may_come_in_the_query_or_as_json() -> None:
    form = signed(status_form(1), "id", "phone", "status")
    in_query = SMSC.received(called(query=form, method="GET"))
    # The address itself may have the names of what is asked for, without a value.
    in_form = SMSC.received(called(form, query={"charset": "utf-8", "sha1": ""}))
    in_json = SMSC.received(called(body=str(form).replace("'", '"').encode()))
    assert in_query.receipts == in_form.receipts == in_json.receipts != ()


@pytest.mark.parametrize(
    "form",
    [
        status_form(1),
        signed(status_form(1), "id", "phone", "status", word="another"),
        signed(status_form(1), "id", "phone", "status") | {"status": "20"},
        signed(status_form(1), "id", "phone", "status") | {"id": "v1"},
        status_form(1) | {"crc32": "123456"},
        status_form(1) | {"sha1": "я"},
        # A good signature of the weaker kind does not help a wrong one of the better kind.
        signed(status_form(1), "id", "phone", "status", by="md5") | {"sha1": "0" * 40},
    ],
)
def test_a_forged_receipt_is_turned_away(form: dict[str, str]) -> None:
    with pytest.raises(ForgedCallback):
        SMSC.received(called(form))


def test_without_a_secret_no_signature_is_asked_for() -> None:
    adapter = Smsc({"apikey": "k"})
    (receipt,) = adapter.received(called(status_form(1))).receipts
    assert receipt.fate is Fate.DELIVERED


@pytest.mark.parametrize("form", [{}, {"id": "v1"}, {"status": "1"}, {"id": "v1", "status": "delivered"}])
def test_what_is_no_callback_of_it_cannot_be_read(form: dict[str, str]) -> None:
    with pytest.raises(BadCallback):
        Smsc({"apikey": "k"}).received(called(form))


def test_an_inbound_text_is_signed_otherwise() -> None:
    form = {"id": "5", "phone": str(PHONE), "to": "79990000000", "mes": "Стоп", "ts": "1629048442"}
    received = SMSC.received(called(signed(form, "phone", "mes", "to")))
    (text,) = received.inbound
    assert (text.phone, text.to, text.text, text.at) == (str(PHONE), "79990000000", "Стоп", 1_629_048_442.0)
    assert received.receipts == ()
    with pytest.raises(ForgedCallback):
        SMSC.received(called(signed(form, "phone", "mes", "to") | {"mes": "Да"}))


def test_the_notice_of_a_call_is_answered_and_left() -> None:
    form = signed({"phone": str(PHONE), "waitcall": "1", "ts": "1629048442"}, "phone", "ts")
    received = SMSC.received(called(form))
    assert (received.receipts, received.inbound, received.reply) == ((), (), b"OK")


@given(
    form=st.dictionaries(
        st.sampled_from(["id", "phone", "status", "ts", "err", "mes", "to", "sha1", "md5", "waitcall"]), st.text()
    ),
    body=st.binary(),
)
def test_a_callback_is_read_or_refused_but_breaks_nothing(form: dict[str, str], body: bytes) -> None:
    for adapter in (SMSC, Smsc({"apikey": "k"})):
        try:
            adapter.received(called(form, body=body))
        except (ForgedCallback, BadCallback):
            continue


# -- asking: https://smsc.ru/api/http/status_messages/


def test_statuses_are_asked_for_by_id_and_phone() -> None:
    asked = SMSC.poll_request_with_phones([(1, "v1", 79110000001), (2, "v2", 79110000002)])
    assert asked is not None
    assert asked.target == "/sys/status.php"
    assert form_of(asked) == {
        "login": "company", "psw": "p&ss", "phone": "+79110000001,+79110000002,", "id": "v1,v2,", "fmt": "3",
        "charset": "utf-8",
    }  # fmt: skip
    assert SMSC.poll_request([(1, "v1")]) is None


def test_what_it_answers_is_matched_by_id_or_by_order() -> None:
    row = {"status": 1, "last_date": "15.08.2021 20:27:22", "last_timestamp": 1_629_048_442, "phone": "79110000001"}
    missing = {"status": -3, "id": "v2", "phone": "79110000002"}
    expected = Receipt(
        fate=Fate.DELIVERED, provider_id="v1", message_id=1, code="1", words="Доставлено", at=1_629_048_442.0
    )
    messages = ((1, "v1"), (2, "v2"))
    assert SMSC.polled(answered([row | {"id": "v1"}, missing]), messages) == (expected,)
    assert SMSC.polled(answered([missing, row | {"id": "v1"}]), messages) == (expected,)
    assert SMSC.polled(answered([row, missing]), messages) == (expected,)
    assert SMSC.polled(answered([row]), messages) == ()
    assert SMSC.polled(answered({"error": "duplicate request, wait a minute", "error_code": 9}), messages) == ()


def test_the_facts_are_the_documented_ones() -> None:
    assert SMSC.facts.max_text == 1_000
    assert SMSC.facts.knows_repeated_ids is False
    assert SMSC.max_rate() is None
    assert SMSC.url == "https://smsc.ru"
    assert NOW
