"""Receipts and inbound texts as they come from SMSCs."""

from dataclasses import replace

import pytest

from tests.smpp.cast import SETTINGS
from vestnik.gateways.adapter import Fate, Inbound, Receipt
from vestnik.gateways.smpp.deliveries import STATES, read_delivery
from vestnik.gateways.smpp.settings import Ids, comparable
from vestnik.smpp.fields import (
    TAG_MESSAGE_STATE,
    TAG_NETWORK_ERROR,
    TAG_RECEIPTED_ID,
    Address,
    Message,
)

TEXT = b"id:0123456789 sub:001 dlvrd:001 submit date:2611301200 done date:2611301201 stat:%b err:%b text:Hello"
US, THEM = Address(5, 0, "Vestnik"), Address(1, 1, "79000000001")


def delivery(content: bytes, *, esm_class: int = 4, data_coding: int = 0, **tags: bytes) -> Message:
    options = {
        tag: tags[name]
        for name, tag in (("named", TAG_RECEIPTED_ID), ("state", TAG_MESSAGE_STATE), ("error", TAG_NETWORK_ERROR))
        if name in tags
    }
    return Message(
        source=THEM, destination=US, content=content, esm_class=esm_class, data_coding=data_coding, options=options
    )  # fmt: skip


def receipt(message: Message, **settings: Ids) -> Receipt:
    found = read_delivery(message, replace(SETTINGS, **settings))
    assert isinstance(found, Receipt)
    return found


@pytest.mark.parametrize(("word", "fate"), [
    (b"DELIVRD", Fate.DELIVERED), (b"EXPIRED", Fate.UNDELIVERED), (b"DELETED", Fate.UNDELIVERED),
    (b"UNDELIV", Fate.UNDELIVERED), (b"ACCEPTD", Fate.ACCEPTED), (b"UNKNOWN", Fate.ACCEPTED),
    (b"REJECTD", Fate.UNDELIVERED), (b"ENROUTE", Fate.ON_ITS_WAY), (b"SKIPPED", Fate.UNDELIVERED),
    (b"delivrd", Fate.DELIVERED), (b"UNDELIVERABLE", Fate.UNDELIVERED), (b"SOMETHING", Fate.ACCEPTED),
])  # fmt: skip
def test_the_text_of_a_receipt(word: bytes, fate: Fate) -> None:
    found = receipt(delivery(TEXT % (word, b"000")))
    assert (found.fate, found.provider_id, found.code) == (fate, "123456789", "000")
    assert found.words == f"{word.decode().upper()} err:000"


@pytest.mark.parametrize(("state", "expected"), STATES.items())
def test_the_parameters_of_a_receipt_say_more_than_its_text(state: int, expected: tuple[str, Fate]) -> None:
    found = receipt(delivery(b"", named=b"abc-1\0", state=bytes((state,)), error=b"\3\0\x0b"))
    assert (found.fate, found.provider_id, found.code) == (expected[1], "abc-1", "11")
    assert found.words == f"{expected[0]} err:11"
    assert receipt(delivery(TEXT % (b"ENROUTE", b"1"), state=b"\2")).fate is Fate.DELIVERED


@pytest.mark.parametrize("content", [
    b"id:7 stat:DELIVRD", b"ID:7 STAT:DELIVRD ERR:0", b"stat:DELIVRD err:0 id:7", b"id: 7 sub: 001 stat: DELIVRD",
    b"id:7 sub:001 dlvrd:001 submit date:2611301200 done date:2611301201 stat:DELIVRD err:000 Text:id:9 stat:UNDELIV",
    b"id:7 stat:DELIVRD err:000 text:\xff\xfe\x00",
    b"\n id:7\tstat:DELIVRD",
])  # fmt: skip
def test_forms_of_receipts_that_are_seen(content: bytes) -> None:
    found = receipt(delivery(content))
    assert (found.fate, found.provider_id) == (Fate.DELIVERED, "7")


def test_a_receipt_in_ucs_2() -> None:
    text = "id:7 stat:DELIVRD err:000 text:Привет".encode("utf-16-be")
    assert receipt(delivery(text, data_coding=8)).provider_id == "7"


@pytest.mark.parametrize(("written", "read", "answer", "in_text"), [
    (Ids.TEXT, Ids.TEXT, "0123", "123"), (Ids.TEXT, Ids.TEXT, "ABC-1", "ABC-1"), (Ids.HEX, Ids.DECIMAL, "7B", "123"),
    (Ids.HEX, Ids.DECIMAL, "0000007b", "0000000123"), (Ids.DECIMAL, Ids.HEX, "123", "7b"),
    (Ids.HEX, Ids.HEX, "7b", "0x7B"), (Ids.DECIMAL, Ids.DECIMAL, "00123", " 123"),
    # What is not what the settings say is kept to the letter.
    (Ids.HEX, Ids.DECIMAL, "zz-1", "zz-1"),
])  # fmt: skip
def test_ids_of_answers_and_receipts_meet(written: Ids, read: Ids, answer: str, in_text: str) -> None:
    content = f"id:{in_text} stat:DELIVRD err:0".encode()
    found = receipt(delivery(content), response_ids=written, receipt_ids=read)
    assert found.provider_id == comparable(answer, written)


def test_the_parameter_has_the_id_as_the_answer_had_it() -> None:
    found = receipt(delivery(TEXT % (b"DELIVRD", b"0"), named=b"7B\0"), response_ids=Ids.HEX, receipt_ids=Ids.DECIMAL)
    assert found.provider_id == "123"


def test_an_intermediate_notification_is_never_final() -> None:
    assert receipt(delivery(TEXT % (b"UNDELIV", b"0"), esm_class=0x20)).fate is Fate.ON_ITS_WAY


def test_a_receipt_without_an_id_is_none() -> None:
    assert read_delivery(delivery(b"stat:DELIVRD"), SETTINGS) is None
    assert read_delivery(delivery(b"", named=b"\0"), SETTINGS) is None


def test_a_receipts_words_hold_no_phone_number() -> None:
    assert "79000000001" not in receipt(delivery(b"id:7 stat:DELIVRD err:7900000001")).words


def test_nobody_forges_a_receipt_by_a_text() -> None:
    found = read_delivery(delivery(TEXT % (b"DELIVRD", b"0"), esm_class=0), SETTINGS)
    assert isinstance(found, Inbound)
    assert found.text.startswith("id:0123456789")


def test_a_receipt_that_only_its_parameter_shows() -> None:
    assert receipt(delivery(b"", esm_class=0, named=b"7\0", state=b"\2")).fate is Fate.DELIVERED


def test_an_inbound_text() -> None:
    found = read_delivery(delivery("СТОП".encode("utf-16-be"), esm_class=0, data_coding=8), SETTINGS)
    assert found == Inbound(phone="79000000001", to="Vestnik", text="СТОП")
