"""Characters that show nothing, and spaces of every kind: what a reader cannot see must not tell two texts apart."""

import re

#: What is drawn as nothing, or as an empty place, and is no white space to Python (``\s``): the code points with
#: Default_Ignorable_Code_Point (Unicode 16.0, DerivedCoreProperties.txt), the marks of interlinear annotations, the
#: empty Braille pattern, and all control characters but white space and NUL (which the ledger cannot hold, so it is
#: refused where it comes in).
_INVISIBLE = (
    "\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLES = re.compile(f"[{_INVISIBLE}]+")
_BLANKS = re.compile(rf"[\s{_INVISIBLE}]+")


def without_invisible(text: str) -> str:
    """``text`` without the characters that show nothing; its white space stays."""
    return text if text.isascii() and text.isprintable() else _INVISIBLES.sub("", text)


def without_blanks(text: str) -> str:
    """``text`` without white space of any kind, and without the characters that show nothing."""
    return _BLANKS.sub("", text)
