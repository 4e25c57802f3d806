"""Invisible characters, and spaces of every kind: two texts must not differ only in what a reader cannot see."""

import re
import unicodedata

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
_LEADING = re.compile(rf"[\s{_INVISIBLE}]*")
#: What may stand within a text unseen: soft hyphens, zero-width spaces, marks of direction, invisible signs.
_MARKS = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb]+")
#: Spaces of other widths (General_Category Zs).
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
#: The style of an emoji: a selector (U+FE0F: coloured), or the tags of a flag. Only digits of words have one.
_STYLE = re.compile("[\ufe0e\ufe0f]|[\U000e0020-\U000e007f]+")
_STYLES_OF_WORDS = re.compile(
    "(?<=\\w)[\ufe00-\ufe0f\U000e0100-\U000e01ef]+(?!\u20e3)|(?<=[0-9A-Za-z\u00c0-\u052f])[\u034f\u200c\u200d]+"
)


def without_invisible(text: str) -> str:
    """``text`` without the characters that show nothing; its white space stays."""
    return text if text.isascii() and text.isprintable() else _INVISIBLES.sub("", text)


def without_blanks(text: str) -> str:
    """``text`` without white space of any kind, and without the characters that show nothing."""
    return _BLANKS.sub("", text)


def clean_text(text: str) -> str:
    """A short text (a tag, a name, a reason) as it is kept: texts that look the same become the same.

    - Around it nothing stays that is white or shows nothing.
    - Within it marks of direction, zero-width spaces, soft hyphens and the like go. What changes the look of its
      neighbours stays: joiners (Persian, Hindi, families of emoji; not after Latin and Cyrillic letters), and the
      style of an emoji, also at the end.
    - A space of another width (a no-break space) becomes a plain one; tabs and line ends within stay.
    - Unicode's canonical composition (NFC, UAX #15): ``й`` is one character, as most keyboards write it.

    Empty: there was nothing to be seen. Cleaning twice changes nothing more.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    plain = _SPACES.sub(" ", _STYLES_OF_WORDS.sub("", _MARKS.sub("", text)))
    composed = _without_leading(unicodedata.normalize("NFC", plain))
    # Backwards: a search for blanks before the end would start again at each of a million blanks.
    bare = _without_leading(composed[::-1])[::-1]
    style = _STYLE.match(composed, len(bare))
    return bare + style.group() if style and bare and not bare[-1].isalnum() else bare


def _without_leading(text: str) -> str:
    found = _LEADING.match(text)
    return text if found is None else text[found.end() :]


def is_blank(text: str) -> bool:
    """Whether there is nothing to be seen in a text."""
    return not without_blanks(text)
