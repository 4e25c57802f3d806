"""The bytes of SMPP, judged by codecs that were not written here: smpp34 (Rust) and gsm0338."""

import gsm0338
import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from vestnik.smpp import gsm7
from vestnik.smpp.fields import (
    TAG_MESSAGE_STATE,
    TAG_RECEIPTED_ID,
    Address,
    Bind,
    Message,
    read_bind,
    read_message,
    write_bind,
    write_message,
)
from vestnik.smpp.pdu import MAX_PDU, BadPdu, Command, Framer, encode

ALPHABET = "".join(char for char in gsm7.BASIC if char != "\x1b") + "".join(sorted(gsm7.EXTENDED))
DELIVERY = smpp34.DeliverSm(
    source_addr="79000000001", destination_addr="Vestnik", short_message=b"id:1 stat:DELIVRD", esm_class=4,
    data_coding=3, source_addr_ton=1, source_addr_npi=1, dest_addr_ton=5, registered_delivery=1, sequence_number=77,
    validity_period="261130120000000+", service_type="CMT",
    tlvs=[smpp34.Tlv(TAG_RECEIPTED_ID, b"abc\0"), smpp34.Tlv(TAG_MESSAGE_STATE, b"\2")],
)  # fmt: skip


def test_a_foreign_deliver_sm_is_read_whole() -> None:
    (pdu,) = Framer().feed(DELIVERY.encode())
    message = read_message(pdu.body)
    assert (pdu.command, pdu.sequence) == (Command.DELIVER_SM, 77)
    assert message == Message(
        source=Address(1, 1, "79000000001"), destination=Address(5, 0, "Vestnik"), content=b"id:1 stat:DELIVRD",
        esm_class=4, data_coding=3, registered_delivery=1, validity_period="261130120000000+", service_type="CMT",
        options={TAG_RECEIPTED_ID: b"abc\0", TAG_MESSAGE_STATE: b"\2"},
    )  # fmt: skip


def test_a_foreign_codec_reads_our_message_the_same() -> None:
    ours = Message(
        source=Address(5, 0, "Vestnik"), destination=Address(1, 1, "79000000001"), content=b"hello", esm_class=0x40,
        data_coding=8, registered_delivery=1, validity_period="261130120000000+", options={0x0204: b"\0\7"},
    )  # fmt: skip
    theirs = smpp34.decode(encode(Command.SUBMIT_SM, 5, write_message(ours)))
    assert (theirs.source_addr, theirs.source_addr_ton, theirs.source_addr_npi) == ("Vestnik", 5, 0)
    assert (theirs.destination_addr, theirs.dest_addr_ton, theirs.dest_addr_npi) == ("79000000001", 1, 1)
    assert (theirs.short_message, theirs.esm_class, theirs.data_coding) == (b"hello", 0x40, 8)
    assert (theirs.registered_delivery, theirs.validity_period, theirs.sequence_number) == (1, "261130120000000+", 5)
    assert [(tlv.tag, tlv.value) for tlv in theirs.tlvs] == [(0x0204, b"\0\7")]


def test_a_content_that_is_too_long_for_a_short_message_is_the_payload() -> None:
    ours = Message(source=Address(0, 0, ""), destination=Address(0, 0, ""), content=b"x" * 1_000)
    theirs = smpp34.decode(encode(Command.SUBMIT_SM, 1, write_message(ours)))
    assert theirs.short_message == b""
    assert [(tlv.tag, tlv.value) for tlv in theirs.tlvs] == [(smpp34.TLV_MESSAGE_PAYLOAD, b"x" * 1_000)]
    assert read_message(write_message(ours)).content == b"x" * 1_000


def test_a_stream_gives_the_same_packets_wherever_it_is_cut() -> None:
    stream = DELIVERY.encode() + encode(Command.ENQUIRE_LINK, 2) + DELIVERY.encode()
    whole = Framer().feed(stream)
    assert len(whole) == 3
    for place in range(len(stream) + 1):
        framer = Framer()
        assert framer.feed(stream[:place]) + framer.feed(stream[place:]) == whole
    framer = Framer()
    assert [pdu for byte in stream for pdu in framer.feed(bytes((byte,)))] == whole
    assert framer.is_empty


@pytest.mark.parametrize("length", [0, 15, MAX_PDU + 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_hostile_length_is_refused_as_soon_as_it_is_there_and_not_waited_for(length: int) -> None:
    good = encode(Command.ENQUIRE_LINK, 1)
    framer = Framer()
    assert len(framer.feed(good + length.to_bytes(4) + b"\0" * 12)) == 1
    with pytest.raises(BadPdu):
        framer.feed(b"")


@given(body=st.binary(max_size=300))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for read in (read_message, read_bind):
        try:
            read(body)
        except BadPdu:
            continue


def test_a_message_that_is_cut_anywhere_before_its_options_is_refused() -> None:
    (pdu,) = Framer().feed(DELIVERY.encode())
    fixed = len(pdu.body) - 8 - 5
    for end in range(fixed):
        with pytest.raises(BadPdu):
            read_message(pdu.body[:end])
    for end in range(fixed, len(pdu.body)):
        assert read_message(pdu.body[:end]).content == b"id:1 stat:DELIVRD"


def test_a_bind_comes_back_as_it_was_written() -> None:
    bind = Bind("login", "secret", "")
    assert read_bind(write_bind(bind)) == bind


@given(text=st.text(alphabet=ALPHABET, max_size=200))
def test_gsm7_is_what_another_codec_makes_of_it(text: str) -> None:
    ours = gsm7.encode(text)
    assert ours == gsm0338.Codec().encode(text)[0]
    assert gsm7.decode(ours) == text == gsm0338.Codec().decode(ours)[0]


@pytest.mark.parametrize("text", ["ж", "`", "ç", "“", "\x1b", "a\u0000"])
def test_gsm7_has_no_other_characters(text: str) -> None:
    assert gsm7.encode(text) is None


@given(data=st.binary(max_size=200))
def test_any_bytes_are_some_text(data: bytes) -> None:
    assert isinstance(gsm7.decode(data), str)
