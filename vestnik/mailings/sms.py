"""Counts an SMS: its alphabet, and its parts, each of which is paid for.

The alphabet is GSM 7-bit where the whole text is written in it, else UCS-2, whose units are those of UTF-16
(3GPP TS 23.038). What fits into one part has it to itself; a longer text is split, and each part gives a few units to
the header that joins them (3GPP TS 23.040, 9.2.3.24). A character of two units is never split over two parts.

Pure functions, and the only place of this rule: the console asks for it while somebody types.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from vestnik.smpp import gsm7


class Alphabet(StrEnum):
    """The alphabet of an SMS."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


#: Units of a text that fits into one part, and of each part of a longer one.
ALONE = {Alphabet.GSM7: 160, Alphabet.UCS2: 70}
JOINED = {Alphabet.GSM7: 153, Alphabet.UCS2: 67}
#: Both at hand: a member of an enum as a key costs as much as the rest of counting.
_GSM7_UNITS, _UCS2_UNITS = ((ALONE[alphabet], JOINED[alphabet]) for alphabet in (Alphabet.GSM7, Alphabet.UCS2))

#: TS 23.038, 6.2.1: the default alphabet, one septet each; the escape is no character.
_BASIC = frozenset(gsm7.BASIC) - {"\x1b"}
#: TS 23.038, 6.2.1.1: its extension, an escape and one more septet.
_EXTENSION = gsm7.EXTENDED
#: A character that is not in GSM-7, and one that takes two septets of it.
_FOREIGN = re.compile(f"[^{re.escape(''.join(sorted(_BASIC | _EXTENSION)))}]")
_DOUBLED = re.compile(f"[{re.escape(''.join(sorted(_EXTENSION)))}]")
#: The same of ASCII, as bytes to be left out.
_ASCII = "".join(char for char in sorted(_BASIC) if char.isascii()).encode()
_ASCII_DOUBLED = "".join(char for char in sorted(_EXTENSION) if char.isascii()).encode()


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


class Measured(NamedTuple):
    """What :func:`count_sms` says of a text, as far as a million texts need it: alphabet, units, parts."""

    is_ucs2: bool
    units: int
    parts: int


def measure(text: str) -> Measured:
    """Measure ``text`` in a microsecond: for each text of a personal mailing."""
    length, doubled = len(text), 0
    if text.isascii():
        others = text.encode().translate(None, _ASCII)
        doubled = len(others)
        is_gsm7 = not others or not others.translate(None, _ASCII_DOUBLED)
    else:
        is_gsm7 = _FOREIGN.search(text) is None
        doubled = len(_DOUBLED.findall(text)) if is_gsm7 else 0
    units = length + doubled if is_gsm7 else len(text.encode("utf-16-le", errors="surrogatepass")) // 2
    # Only a character of two units can leave a part with a unit that nobody has.
    parts = parts_of_units(units, is_ucs2=not is_gsm7) if units == length else count_sms(text).parts
    return Measured(not is_gsm7, units, parts)


def parts_of(text: str) -> int:
    """The parts of ``text``, as :func:`count_sms` says, in a microsecond."""
    return measure(text).parts


def parts_of_units(units: int, *, is_ucs2: bool) -> int:
    """The parts of so many units, where each character is one unit."""
    alone, joined = _UCS2_UNITS if is_ucs2 else _GSM7_UNITS
    if units <= alone:
        return 1 if units else 0
    return -(-units // joined)


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
