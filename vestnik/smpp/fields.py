"""The fields inside PDUs: binds, messages, optional parameters (SMPP 3.4, 4 and 5.2 and 5.3)."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from vestnik.smpp.pdu import BadPdu

#: SMPP 3.4, as the interface_version of a bind has it (5.2.4).
VERSION_34 = 0x34
#: Tags of optional parameters (5.3.1).
TAG_MESSAGE_PAYLOAD = 0x0424
TAG_RECEIPTED_ID = 0x001E
TAG_MESSAGE_STATE = 0x0427
TAG_NETWORK_ERROR = 0x0423
TAG_SAR_REFERENCE = 0x020C
TAG_SAR_TOTAL = 0x020E
TAG_SAR_NUMBER = 0x020F
#: Bits of an esm_class (5.2.12): a header stands before the text; what kind of message comes from the SMSC.
ESM_HEADER = 0x40
ESM_TYPE = 0x3C
#: Bytes of a short_message, at most (5.2.22).
MAX_SHORT_MESSAGE = 254
_TLV = struct.Struct(">HH")
_MAX_STRING = 256


class Bind(NamedTuple):
    """What a client says when it binds."""

    system_id: str
    password: str
    system_type: str


class Address(NamedTuple):
    """A number or a name, with its type of number and its numbering plan (5.2.5, 5.2.6)."""

    ton: int
    npi: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A submit_sm, a deliver_sm or a data_sm. ``content``: the short_message, or the message_payload where it is used.

    ``registered_delivery``: which receipts are asked for. ``options``: the optional parameters, by their tags.
    """

    source: Address
    destination: Address
    content: bytes
    esm_class: int = 0
    data_coding: int = 0
    registered_delivery: int = 0
    validity_period: str = ""
    service_type: str = ""
    options: Mapping[int, bytes] = field(default_factory=dict)


class Reader:
    """Reads fields one after the other. Every method raises ``BadPdu`` where the body ends too early."""

    __slots__ = ("_body", "_position")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._position = 0

    def string(self) -> str:
        """A C-Octet String. Bytes outside ASCII are read as Latin-1."""
        end = self._body.find(b"\0", self._position, self._position + _MAX_STRING)
        if end < 0:
            raise BadPdu("a string has no end")
        text = self._body[self._position : end].decode("latin-1")
        self._position = end + 1
        return text

    def byte(self) -> int:
        """An integer of one byte."""
        return self.take(1)[0]

    def take(self, number: int) -> bytes:
        """So many bytes."""
        piece = self._body[self._position : self._position + number]
        if len(piece) < number:
            raise BadPdu("a packet ends before its last field")
        self._position += number
        return piece

    def address(self) -> Address:
        """Type, plan and number."""
        return Address(self.byte(), self.byte(), self.string())

    def options(self) -> dict[int, bytes]:
        """All optional parameters. The first of two with the same tag counts, and what is cut is left out.

        Servers are known to send broken ones, and the fields before them are good.
        """
        found: dict[int, bytes] = {}
        while len(self._body) - self._position >= _TLV.size:
            tag, length = _TLV.unpack(self.take(_TLV.size))
            if len(self._body) - self._position < length:
                break
            found.setdefault(tag, self.take(length))
        return found


def read_message(body: bytes) -> Message:
    """Read a submit_sm or a deliver_sm (4.4.1, 4.6.1).

    Raises:
        BadPdu: it is cut.
    """
    reader = Reader(body)
    service_type = reader.string()
    source, destination = reader.address(), reader.address()
    esm_class = reader.byte()
    reader.take(2)  # protocol_id, priority_flag
    reader.string()  # schedule_delivery_time
    validity_period = reader.string()
    registered_delivery = reader.byte()
    reader.byte()  # replace_if_present_flag
    data_coding = reader.byte()
    reader.byte()  # sm_default_msg_id
    content = reader.take(reader.byte())
    options = reader.options()
    return Message(
        source=source, destination=destination, content=content or options.get(TAG_MESSAGE_PAYLOAD, b""),
        esm_class=esm_class, data_coding=data_coding, registered_delivery=registered_delivery,
        validity_period=validity_period, service_type=service_type, options=options,
    )  # fmt: skip


def read_data(body: bytes) -> Message:
    """Read a data_sm (4.7.1).

    Raises:
        BadPdu: it is cut.
    """
    reader = Reader(body)
    service_type = reader.string()
    source, destination = reader.address(), reader.address()
    esm_class, registered_delivery, data_coding = reader.take(3)
    options = reader.options()
    return Message(
        source=source, destination=destination, content=options.get(TAG_MESSAGE_PAYLOAD, b""), esm_class=esm_class,
        data_coding=data_coding, registered_delivery=registered_delivery, service_type=service_type, options=options,
    )  # fmt: skip


def write_message(message: Message) -> bytes:
    """The body of a submit_sm or a deliver_sm; a content that is too long for one is its message_payload.

    Raises:
        ValueError: a string holds what it may not.
    """
    short, options = message.content, dict(message.options)
    if len(short) > MAX_SHORT_MESSAGE:
        short, options[TAG_MESSAGE_PAYLOAD] = b"", short
    return b"".join((
        c_string(message.service_type), write_address(message.source), write_address(message.destination),
        bytes((message.esm_class, 0, 0, 0)), c_string(message.validity_period),
        bytes((message.registered_delivery, 0, message.data_coding, 0, len(short))), short,
        *(write_option(tag, value) for tag, value in options.items()),
    ))  # fmt: skip


def read_bind(body: bytes) -> Bind:
    """Read a bind_transmitter, bind_receiver or bind_transceiver (4.1.1).

    Raises:
        BadPdu: it is cut.
    """
    reader = Reader(body)
    return Bind(reader.string(), reader.string(), reader.string())


def write_bind(bind: Bind) -> bytes:
    """The body of a bind, for all addresses (4.1.5).

    Raises:
        ValueError: a string holds what it may not.
    """
    words = (c_string(word) for word in bind)
    return b"".join((*words, bytes((VERSION_34, 0, 0)), c_string("")))


def write_address(address: Address) -> bytes:
    """Type, plan and number.

    Raises:
        ValueError: the number holds what it may not.
    """
    return bytes((address.ton, address.npi)) + c_string(address.name)


def write_option(tag: int, value: bytes) -> bytes:
    """One optional parameter."""
    return _TLV.pack(tag, len(value)) + value


def c_string(text: str) -> bytes:
    """A C-Octet String.

    Raises:
        ValueError: it holds a zero, or a character outside Latin-1.
    """
    data = text.encode("latin-1")
    if b"\0" in data:
        raise ValueError("a string contains a zero")
    return data + b"\0"


def first_string(body: bytes) -> str:
    """The first string of a body, such as the message_id of a submit_sm_resp. Some omit its zero."""
    return body.split(b"\0", 1)[0].decode("latin-1")
