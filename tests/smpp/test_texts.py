"""Texts: alphabets, parts, and how they are put together again."""

from dataclasses import replace

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from tests.smpp.cast import SETTINGS
from vestnik.gateways.smpp.settings import Validity
from vestnik.gateways.smpp.submits import Submits, absolute_time, relative_time
from vestnik.mailings.sms import count_sms
from vestnik.smpp.fields import ESM_HEADER, Message, read_message
from vestnik.smpp.pdu import Command, encode
from vestnik.smpp.texts import Encoding, LongTexts, Place, decode, place_of, split_header

LONG = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5
EMOJI = "ж" * 66 + "😀" * 40
NOON = 1_796_040_000.0  # 2026-11-30 12:00 UTC


def submitted(text: str, **settings: object) -> list[Message]:
    """The submits of a text, as the other side reads them."""
    submits = Submits(text, expires_at=NOON, settings=replace(SETTINGS, **settings))
    return [read_message(submits.body(number, 300, 79_000_000_001, NOON - 90)) for number in range(submits.total)]


def whole(messages: list[Message]) -> str:
    """What a phone shows: parts in their order, together."""
    places = [place_of(message) or Place(0, 1, 1) for message in messages]
    assert [place.number for place in places] == list(range(1, len(messages) + 1))
    assert {place.total for place in places} == {len(messages)}
    assert len({place.reference for place in places}) == 1
    return decode(b"".join(split_header(message)[1] for message in messages), messages[0].data_coding)


@pytest.mark.parametrize("long_texts", LongTexts)
@pytest.mark.parametrize("text", ["hi", "€" * 80, "€" * 81, "a" * 160, "a" * 161, "привет", LONG, EMOJI, "[" * 400])
def test_a_text_arrives_whole(text: str, long_texts: LongTexts) -> None:
    messages = submitted(text, long_texts=long_texts)
    assert whole(messages) == text
    assert len(messages) == (1 if long_texts is LongTexts.PAYLOAD else count_sms(text).parts)


@given(text=st.text(alphabet="a€ж😀[\n ", min_size=1, max_size=700), long_texts=st.sampled_from(LongTexts))
def test_any_text_arrives_whole_in_as_many_parts_as_the_console_says(text: str, long_texts: LongTexts) -> None:
    messages = submitted(text, long_texts=long_texts)
    assert whole(messages) == text
    if long_texts is not LongTexts.PAYLOAD:
        assert len(messages) == count_sms(text).parts


def test_each_part_fits_into_a_short_message_of_the_air_interface() -> None:
    for text in (LONG, EMOJI, "€" * 500):
        for message in submitted(text):
            size = len(split_header(message)[1])
            assert size <= (134 if message.data_coding == 8 else 153)
            assert message.esm_class == ESM_HEADER


def test_a_foreign_codec_finds_the_same_in_our_submits() -> None:
    submits = Submits(LONG, expires_at=NOON, settings=replace(SETTINGS, long_texts=LongTexts.PAYLOAD))
    theirs = smpp34.decode(encode(Command.SUBMIT_SM, 1, submits.body(0, 7, 79_000_000_001, NOON)))
    assert theirs.destination_addr == "79000000001"
    assert [tlv.value.decode("utf-16-be") for tlv in theirs.tlvs if tlv.tag == smpp34.TLV_MESSAGE_PAYLOAD] == [LONG]


@pytest.mark.parametrize(("encoding", "text", "data_coding"), [
    (Encoding.AUTO, "hello", 0), (Encoding.AUTO, "naïve", 8), (Encoding.AUTO, "привет", 8),
    (Encoding.LATIN_1, "naïve", 3), (Encoding.LATIN_1, "hello", 3), (Encoding.LATIN_1, "привет", 8),
    (Encoding.UCS_2, "hello", 8),
])  # fmt: skip
def test_the_alphabet_is_the_settings(encoding: Encoding, text: str, data_coding: int) -> None:
    (message,) = submitted(text, encoding=encoding)
    assert message.data_coding == data_coding
    assert decode(message.content, data_coding) == text


@pytest.mark.parametrize(("data_coding", "content", "text"), [
    (0, b"\x00\x1be", "@€"), (1, b"hi", "hi"), (3, b"\xe9", "é"), (4, b"\xe9", "é"), (6, b"\xbf\xe0", "Пр"),
    (8, "да".encode("utf-16-be"), "да"), (0x08 | 0x10, "да".encode("utf-16-be"), "да"), (0xF1, b"\x00", "@"),
    (0xF5, b"\xe9", "é"), (0xE0, "да".encode("utf-16-be"), "да"), (8, b"\x04", "�"), (99, b"\x00", "@"),
])  # fmt: skip
def test_inbound_texts_are_read_by_their_data_coding(data_coding: int, content: bytes, text: str) -> None:
    assert decode(content, data_coding) == text


def test_the_end_of_the_mailing_goes_out() -> None:
    assert absolute_time(NOON) == b"261130120000000+\0"
    assert submitted("hi")[0].validity_period == "261130120000000+"
    assert submitted("hi", validity=Validity.RELATIVE)[0].validity_period == "000000000130000R"
    assert submitted("hi", validity=Validity.NONE)[0].validity_period == ""


@pytest.mark.parametrize(("seconds", "written"), [
    (-5, b"000000000001000R\0"), (1.9, b"000000000001000R\0"), (86_400 * 31 + 3_661, b"000101010101000R\0"),
    (1e9, b"001100000000000R\0"),
])  # fmt: skip
def test_relative_times(seconds: float, written: bytes) -> None:
    assert relative_time(seconds) == written
