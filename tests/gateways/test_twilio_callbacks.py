"""Twilio's callbacks: receipts, inbound texts, and whose are believed. Twilio's own library judges the signatures."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.gateways.twilio_cast import (
    ACCOUNT,
    ID,
    MADE,
    RECEIPTS,
    SHARED,
    SID,
    TOKEN,
    adapter,
    answer,
    callback,
    status_of,
)
from vestnik.gateways.adapter import BadCallback, Callback, Fate, ForgedCallback

TEXTS = st.text(max_size=20)

# -- receipts and inbound texts


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        ("accepted", Fate.ACCEPTED), ("queued", Fate.ACCEPTED), ("sending", Fate.ACCEPTED), ("sent", Fate.ON_ITS_WAY),
        ("delivered", Fate.DELIVERED), ("read", Fate.DELIVERED), ("undelivered", Fate.UNDELIVERED),
        ("failed", Fate.UNDELIVERED), ("canceled", Fate.UNDELIVERED), ("pondered", Fate.ACCEPTED),
    ],
)  # fmt: skip
def test_a_status_is_a_receipt_with_both_ids(status: str, fate: Fate) -> None:
    receipts = adapter().received(callback(status_of(status), url=f"{RECEIPTS}?message={ID}")).receipts
    assert [(receipt.fate, receipt.provider_id, receipt.message_id) for receipt in receipts] == [(fate, SID, ID)]


@pytest.mark.parametrize("ours", ["", "0", "-1", "9" * 19, "1e3", "١٢"])
def test_an_id_that_is_none_of_ours_is_left_out(ours: str) -> None:
    receipt = adapter().received(callback(status_of("sent"), url=f"{RECEIPTS}?message={ours}")).receipts[0]
    assert (receipt.message_id, receipt.provider_id) == (None, SID)


def test_an_inbound_text_is_kept_and_answered_with_no_text() -> None:
    form = {"MessageSid": SID, "SmsStatus": "received", "From": "+79110000001", "To": "+15005550006", "Body": "СТОП"}
    received = adapter().received(callback(form))
    assert received.reply_type == "text/xml"
    assert received.reply == b"<Response/>"
    assert [(text.phone, text.to, text.text, text.provider_id) for text in received.inbound] == [
        ("+79110000001", "+15005550006", "СТОП", SID)
    ]


@pytest.mark.parametrize(
    "form",
    [
        {"MessageSid": "x", "MessageStatus": "sent"},
        {"CallSid": "CA"},
        {"MessageSid": SID},
        {"SmsSid": SID, "Body": "a"},
    ],
)
def test_what_is_neither_status_nor_text_cannot_be_read(form: dict[str, str]) -> None:
    with pytest.raises(BadCallback):
        adapter().received(callback(form))


def test_a_message_can_be_asked_for() -> None:
    request = adapter().poll_request([(ID, SID)])
    assert request is not None
    assert (request.method, request.target) == ("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json")
    told = MADE | {"status": "undelivered", "error_code": 30003, "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000"}
    (receipt,) = adapter().polled(answer(200, told), [(ID, SID)])
    assert (receipt.fate, receipt.message_id, receipt.provider_id) == (Fate.UNDELIVERED, ID, SID)
    assert (receipt.code, receipt.words, receipt.at) == ("30003", "Unreachable destination handset", 1692853305.0)
    assert adapter().polled(answer(404, told), [(ID, SID)]) == ()
    assert adapter().polled(answer(200, told), [(ID, "SM" + "f" * 32)]) == ()


# -- signatures: Twilio's library is the judge

URLS = st.builds(
    "{}://{}{}/{}{}".format,
    st.sampled_from(["https", "http"]), st.sampled_from(["sms.example.org", "10.0.0.1"]),
    st.sampled_from(["", ":443", ":80", ":8443"]), st.from_regex(re.compile(r"[a-z0-9/]{0,20}"), fullmatch=True),
    st.sampled_from(["", "?message=1", "?a=%D0%B0&b=", "?message=12&x=y+z"]),
)  # fmt: skip
FORMS = st.dictionaries(TEXTS.filter(bool), TEXTS, min_size=1, max_size=6)


def believed(made: Callback, **more: str) -> bool:
    try:
        adapter(**more).received(made)
    except ForgedCallback:
        return False
    except BadCallback:
        pass
    return True


@given(url=URLS, form=FORMS)
def test_what_twilios_library_signs_is_believed(url: str, form: dict[str, str]) -> None:
    assert believed(callback(form, url=url))


@given(url=URLS, form=FORMS, other=FORMS, token=st.sampled_from([TOKEN, "another"]), with_port=st.booleans())
def test_both_believe_the_same(
    url: str, form: dict[str, str], other: dict[str, str], token: str, with_port: bool
) -> None:
    signed = url.replace("example.org/", "example.org:443/") if with_port else url
    signature = RequestValidator(token).compute_signature(signed, other)
    judged = RequestValidator(TOKEN).validate(url, form, signature)
    assert believed(callback(form, url=url, headers={"x-twilio-signature": signature})) == judged


@given(url=URLS, body=TEXTS.filter(bool), other=TEXTS)
def test_a_body_that_is_no_form_is_believed_by_its_hash(url: str, body: str, other: str) -> None:
    validator = RequestValidator(TOKEN)
    signed = f"{url}{'&' if '?' in url else '?'}bodySHA256={validator.compute_hash(body)}"
    headers = {"x-twilio-signature": validator.compute_signature(signed, {})}
    assert validator.validate(signed, body, headers["x-twilio-signature"])
    assert believed(callback({}, url=signed, headers=headers, body=body.encode()))
    assert believed(callback({}, url=signed, headers=headers, body=other.encode())) == (other in {body, ""})


def test_a_body_without_its_hash_is_not_believed() -> None:
    assert not believed(callback({}, body=b"{}"))


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
def test_the_shared_key_of_a_webhooks_rule_signs_instead_of_the_token(algorithm: str) -> None:
    form = status_of("sent")
    headers = {
        "x-twilio-signature": RequestValidator(SHARED).compute_signature(RECEIPTS, form, algorithm),
        "x-twilio-webhooks-signature-settings": f"key=webhooks_sharedkey_1,algorithm={algorithm}",
    }
    assert believed(callback(form, headers=headers), shared_key=SHARED)
    assert not believed(callback(form, headers=headers))
    assert not believed(callback(form, headers=headers), shared_key="another")
    odd = headers | {"x-twilio-webhooks-signature-settings": "key=k,algorithm=NONE"}
    assert not believed(callback(form, headers=odd), shared_key=SHARED)


@pytest.mark.parametrize("headers", [{}, {"x-twilio-signature": ""}, {"x-twilio-signature": "подпись"}])
def test_a_callback_without_a_signature_is_not_believed(headers: dict[str, str]) -> None:
    assert not believed(callback(status_of("delivered"), headers=headers))


# -- whatever comes

PAIRS = st.lists(st.tuples(st.text(), st.text()), max_size=5)
NAMES = st.sampled_from(["MessageSid", "MessageStatus", "ErrorCode", "Body", "From", "message", "SmsStatus"])


@given(
    url=st.text() | URLS, query=PAIRS,
    form=PAIRS | st.lists(st.tuples(NAMES, st.sampled_from([SID, "1", "sent", "\ud800"]))),
    body=st.binary(), headers=st.dictionaries(st.sampled_from(["x-twilio-signature", "content-type"]), st.text()),
)  # fmt: skip
def test_no_callback_raises_anything_else(
    url: str, query: Any, form: Any, body: bytes, headers: dict[str, str]
) -> None:
    made = Callback(
        method="POST", url=url, headers=headers, query=query, form=form, body=body, address="", now=0.0
    )  # fmt: skip
    with pytest.raises((ForgedCallback, BadCallback)):
        adapter().received(made)


@given(form=st.dictionaries(NAMES, st.text(st.characters(exclude_categories=["Cs"])) | st.just(SID)))
def test_nor_one_that_is_signed(form: dict[str, str]) -> None:
    believed(callback(form))
