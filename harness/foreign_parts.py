"""The parts of texts, counted from the bytes that another codec makes (PyPI: ``gsm0338``).

Where it disagrees with 3GPP TS 23.038: it encodes U+001B as the escape. The standard has no such character (6.2.1), and
we take it for one that is not in GSM-7.
"""

import gsm0338  # type: ignore[import-untyped]

from vestnik.mailings.sms import Alphabet

#: An escape: what follows belongs to the same character (3GPP TS 23.038, 6.2.1.1).
_ESCAPE = 0x1B


def counted(text: str) -> tuple[Alphabet, int]:
    """Alphabet and parts, from bytes: 160 septets or 140 octets alone, else parts of 153 and 134 (TS 23.040)."""
    try:
        septets = gsm0338.Codec().encode(text)[0]
    except UnicodeError:
        return in_ucs2(text)
    return Alphabet.GSM7, _cut(septets, 160, 153, starts_in_two=range(_ESCAPE, _ESCAPE + 1), step=1)


def in_ucs2(text: str) -> tuple[Alphabet, int]:
    """The same of a text that is sent in UCS-2."""
    return Alphabet.UCS2, _cut(text.encode("utf-16-be"), 140, 134, starts_in_two=range(0xD8, 0xDC), step=2)


def _cut(content: bytes, alone: int, joined: int, *, starts_in_two: range, step: int) -> int:
    if len(content) <= alone:
        return 1 if content else 0
    parts, at = 0, 0
    while at < len(content):
        end = min(at + joined, len(content))
        # A character of two units whose second would stand in the next part goes there as a whole.
        if end < len(content) and content[end - step] in starts_in_two:
            end -= step
        parts, at = parts + 1, end
    return parts
