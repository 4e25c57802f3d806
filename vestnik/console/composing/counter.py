"""The counter below the text: what a person should know of how it is counted."""

import unicodedata
from dataclasses import dataclass

from vestnik.mailings.fields import LONGEST_TEXT
from vestnik.mailings.sms import SmsCount, count_sms, without

#: Characters that are named; of a Russian text all letters could be.
_NAMED = 6
#: So few forcing characters may be a slip, such as a dash that an editor put in.
_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A text as it is counted.

    Args:
        sms: the count.
        forcing: the first characters that force UCS-2, as they can be shown; ``more_forcing``: how many more.
        parts_without: what the text would take without them, where they are few and that would be less; else None.
    """

    sms: SmsCount
    forcing: list[str]
    more_forcing: int
    parts_without: int | None

    @property
    def most(self) -> int:
        """Characters that a text may have."""
        return LONGEST_TEXT

    @property
    def is_too_long(self) -> bool:
        """Has it more?"""
        return self.sms.characters > self.most


def count_typed(text: str) -> Counted:
    """Count what somebody typed, whose browser sends a line break as two characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    sms = count_sms(text)
    less = without(text, sms.forcing).parts if 0 < len(sms.forcing) <= _FEW else sms.parts
    return Counted(
        sms=sms,
        forcing=[_visible(char) for char in sms.forcing[:_NAMED]],
        more_forcing=max(0, len(sms.forcing) - _NAMED),
        parts_without=less if less < sms.parts else None,
    )


def _visible(char: str) -> str:
    """The character; its number where nothing would be seen (spaces, controls, marks that join to others)."""
    return f"U+{ord(char):04X}" if unicodedata.category(char)[0] in "ZCM" else char
