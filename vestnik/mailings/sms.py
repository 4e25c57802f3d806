"""Counts an SMS: its alphabet, and its parts, each of which is paid for.

The alphabet is GSM 7-bit where the whole text is written in it, else UCS-2, whose units are those of UTF-16
(3GPP TS 23.038). What fits into one part has it to itself; a longer text is split, and each part gives a few units to
the header that joins them (3GPP TS 23.040, 9.2.3.24). A character of two units is never split over two parts.

Pure functions, and the only place of this rule: the console asks for it while somebody types.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Alphabet(StrEnum):
    """The alphabet of an SMS."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


#: Units of a text that fits into one part, and of each part of a longer one.
ALONE = {Alphabet.GSM7: 160, Alphabet.UCS2: 70}
JOINED = {Alphabet.GSM7: 153, Alphabet.UCS2: 67}

#: TS 23.038, 6.2.1: the default alphabet, one septet each.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: TS 23.038, 6.2.1.1: its extension, an escape and one more septet.
_EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCount:
    """A text as it is counted.

    Args:
        characters: as people count them (Unicode code points).
        alphabet: in which it goes out.
        units: septets of GSM-7, or UTF-16 units of UCS-2; what a part is full of.
        parts: messages that the network carries, and that are paid for. An empty text has none.
        room: units that the last part has left.
        forcing: the characters, each once and in order, that are not in GSM-7; with none of them it is GSM-7.
    """

    characters: int
    alphabet: Alphabet
    units: int
    parts: int
    room: int
    forcing: tuple[str, ...]


def count_sms(text: str) -> SmsCount:
    """Count ``text`` as one SMS."""
    forcing = tuple(dict.fromkeys(char for char in text if char not in _BASIC and char not in _EXTENSION))
    alphabet = Alphabet.UCS2 if forcing else Alphabet.GSM7
    units = [_units(char, alphabet) for char in text]
    parts, room = _fill(units, ALONE[alphabet], JOINED[alphabet])
    return SmsCount(characters=len(text), alphabet=alphabet, units=sum(units), parts=parts, room=room, forcing=forcing)


def without(text: str, characters: Iterable[str]) -> SmsCount:
    """Count what ``text`` would be without some characters, such as those that force UCS-2."""
    return count_sms(text.translate(dict.fromkeys(map(ord, characters))))


def _units(char: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.UCS2:
        return 2 if ord(char) > 0xFFFF else 1
    return 2 if char in _EXTENSION else 1


def _fill(units: list[int], alone: int, joined: int) -> tuple[int, int]:
    """Parts, and the room left in the last one."""
    total = sum(units)
    if total <= alone:
        return (1, alone - total) if units else (0, alone)
    parts, room = 1, joined
    for size in units:
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return parts, room
