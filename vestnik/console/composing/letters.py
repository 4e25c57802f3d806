"""Letters of a text in words: those that cannot be seen by themselves, and those that look like others."""

import unicodedata

from django.utils.translation import gettext as _

from vestnik.mailings.plain_letters import Plainer

#: The number of letters that are named. In a Russian text, every letter may be one of them.
NAMED = 6


def visible(char: str) -> str:
    """Return the character, or its code point if it is not visible by itself (spaces, controls, combining marks)."""
    return f"U+{ord(char):04X}" if unicodedata.category(char)[0] in "ZCM" else char


def replaced_words(plain: Plainer) -> str:
    """Return which letters are replaced by which ones, for example ``— → -, Cyrillic а → a``."""
    named = [f"{_named(char)} → {_new(new)}" for char, new in plain.replaced[:NAMED]]
    return ", ".join([*named, *(["…"] if len(plain.replaced) > NAMED else [])])


def _named(char: str) -> str:
    is_cyrillic = unicodedata.name(char, "").startswith("CYRILLIC")
    return _("Cyrillic %(letter)s") % {"letter": char} if is_cyrillic else visible(char)


def _new(text: str) -> str:
    if not text:
        return _("nothing")
    return _("a space") if text == " " else text
