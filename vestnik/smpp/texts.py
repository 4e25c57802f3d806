"""Texts as SMPP carries them: which alphabet, how a long one is split, and back (SMPP 3.4, 5.2.19; 3GPP TS 23.040)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from vestnik.smpp import gsm7
from vestnik.smpp.fields import (
    ESM_HEADER,
    TAG_SAR_NUMBER,
    TAG_SAR_REFERENCE,
    TAG_SAR_TOTAL,
    Message,
)

#: Values of a data_coding (5.2.19).
DEFAULT, LATIN_1, UCS_2 = 0, 3, 8
#: Bytes of a text that fits into one part, and of each part of a longer one, by data_coding: 140 octets of the air
#: interface, of which the header of a part takes 6 (3GPP TS 23.040, 9.2.3.24.1).
_ALONE = {DEFAULT: 160, LATIN_1: 140, UCS_2: 140}
_JOINED = {DEFAULT: 153, LATIN_1: 134, UCS_2: 134}
#: The codec that reads each data_coding. Code 0 is GSM's alphabet, 2 and 4 are bytes of an unknown meaning.
_CODECS = {
    1: "ascii", 2: "latin-1", LATIN_1: "latin-1", 4: "latin-1", 5: "shift_jis", 6: "iso8859_5", 7: "iso8859_8",
    UCS_2: "utf-16-be", 10: "iso2022_jp", 13: "euc_jp", 14: "euc_kr",
}  # fmt: skip


class Encoding(StrEnum):
    """Which alphabets are used. ``AUTO``: GSM's where it is enough, else UCS-2. ``LATIN_1``: the same with Latin-1."""

    AUTO = "auto"
    LATIN_1 = "latin1"
    UCS_2 = "ucs2"


class LongTexts(StrEnum):
    """How a long text goes out: ``UDH`` and ``SAR`` as parts, ``PAYLOAD`` whole, and the SMSC splits it."""

    UDH = "udh"
    SAR = "sar"
    PAYLOAD = "payload"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text in bytes. ``parts``: one, or those of a long text, without their headers."""

    data_coding: int
    parts: tuple[bytes, ...]


class Place(NamedTuple):
    """Which part of which long text it is: ``number`` counts from 1."""

    reference: int
    total: int
    number: int


def encode(text: str, encoding: Encoding, *, split: bool) -> Encoded:
    """Encode a text, and split it if it is too long for one part and ``split`` says so.

    A character is never divided over two parts. The number of parts is that of ``vestnik/mailings/sms.py`` for GSM's
    alphabet and for UCS-2.
    """
    data_coding, pieces = _pieces(text, encoding)
    whole = b"".join(pieces)
    if not split or len(whole) <= _ALONE[data_coding]:
        return Encoded(data_coding, (whole,))
    return Encoded(data_coding, tuple(_fill(pieces, _JOINED[data_coding])))


def decode(content: bytes, data_coding: int) -> str:
    """Read a text; what cannot be read is replaced. Groups of TS 23.038, 4 are read by their two alphabet bits."""
    if data_coding >= 0x10:
        data_coding = _group_coding(data_coding)
    codec = _CODECS.get(data_coding)
    text = gsm7.decode(content) if codec is None else content.decode(codec, errors="replace")
    return text.replace("\0", "")


def place_of(message: Message) -> Place | None:
    """Which part of a long text a message is, by its header or its optional parameters; None: it is whole."""
    options = message.options
    if {TAG_SAR_REFERENCE, TAG_SAR_TOTAL, TAG_SAR_NUMBER} <= options.keys():
        reference, total, number = (
            int.from_bytes(options[tag]) for tag in (TAG_SAR_REFERENCE, TAG_SAR_TOTAL, TAG_SAR_NUMBER)
        )
        return _good_place(Place(reference, total, number))
    header, _ = split_header(message)
    while len(header) >= 2:
        element, length = header[0], header[1]
        value, header = header[2 : 2 + length], header[2 + length :]
        # 3GPP TS 23.040, 9.2.3.24.1 and 9.2.3.24.8: a reference of one byte or of two.
        if (element, len(value)) in {(0, 3), (8, 4)}:
            return _good_place(Place(int.from_bytes(value[:-2]), value[-2], value[-1]))
    return None


def split_header(message: Message) -> tuple[bytes, bytes]:
    """The user data header without its length, and the text after it."""
    content = message.content
    if not message.esm_class & ESM_HEADER or not content or content[0] >= len(content):
        return b"", content
    return content[1 : 1 + content[0]], content[1 + content[0] :]


def header(place: Place) -> bytes:
    """The user data header of a part, with its length; a reference of one byte."""
    return bytes((5, 0, 3, place.reference & 0xFF, place.total, place.number))


def _good_place(place: Place) -> Place | None:
    return place if place.total > 1 and 1 <= place.number <= place.total <= 255 else None


def _pieces(text: str, encoding: Encoding) -> tuple[int, Sequence[bytes]]:
    """The data_coding, and the bytes of each character."""
    if encoding is Encoding.AUTO and gsm7.encode(text) is not None:
        return DEFAULT, [gsm7.encode(char) or b"" for char in text]
    if encoding is Encoding.LATIN_1 and all(ord(char) < 0x100 for char in text):
        return LATIN_1, [char.encode("latin-1") for char in text]
    return UCS_2, [char.encode("utf-16-be", errors="replace") for char in text]


def _fill(pieces: Sequence[bytes], room: int) -> list[bytes]:
    parts: list[bytes] = []
    part: list[bytes] = []
    size = 0
    for piece in pieces:
        if size + len(piece) > room:
            parts.append(b"".join(part))
            part, size = [], 0
        part.append(piece)
        size += len(piece)
    return [*parts, b"".join(part)]


def _group_coding(data_coding: int) -> int:
    """3GPP TS 23.038, 4: bits 3 and 2 name the alphabet in the groups 00xx and 01xx, bit 2 in 1111."""
    if data_coding >= 0xF0:
        return LATIN_1 if data_coding & 0x04 else DEFAULT
    if data_coding < 0x80:
        return {0: DEFAULT, 1: LATIN_1, 2: UCS_2}.get(data_coding >> 2 & 3, DEFAULT)
    return UCS_2 if data_coding & 0xF0 == 0xE0 else DEFAULT
