"""The same text in letters of GSM-7, where only look-alikes and typographic signs make an SMS of it that costs more.

One dash of an editor, or one Cyrillic letter that looks like a Latin one, sends a whole text as UCS-2, with 70
characters a part instead of 160 (:mod:`vestnik.mailings.sms`). Pure functions.
"""

from dataclasses import dataclass

from vestnik.mailings.sms import count_sms

#: Cyrillic letters that look like Latin ones (https://www.unicode.org/Public/security/latest/confusables.txt).
_CYRILLIC = dict(zip("АВЕЅІЈКМНОРСТХасеіјорѕху", "ABESIJKMHOPCTXaceijopsxy", strict=True))
#: What editors put in for what is typed. Without a place on paper: left out.
_TYPOGRAPHIC = {
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‘’‚‛′ʼ`´", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    "\t": " ",
    "•": "*",
    "…": "...",
}
_PLAIN = {**_CYRILLIC, **_TYPOGRAPHIC}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plainer:
    """A text in GSM-7 that reads the same.

    Args:
        text: with other letters.
        replaced: each letter that was replaced, in order, and what stands there now.
        parts: SMS parts of this text.
        parts_before: SMS parts of the text as it was; always more.
    """

    text: str
    replaced: tuple[tuple[str, str], ...]
    parts: int
    parts_before: int


def plainer(text: str) -> Plainer | None:
    """Return the text in GSM-7 with fewer parts. None: some letters have no look-alike, or no part is saved."""
    before = count_sms(text)
    if not before.forcing or any(char not in _PLAIN for char in before.forcing):
        return None
    replaced = {char: _PLAIN[char] for char in before.forcing}
    plain = "".join(replaced.get(char, char) for char in text)
    parts = count_sms(plain).parts
    if not 0 < parts < before.parts:
        return None
    return Plainer(text=plain, replaced=tuple(replaced.items()), parts=parts, parts_before=before.parts)
