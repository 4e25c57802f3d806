"""Reads phones as people and spreadsheets write them, and finds the one number of +7 that a text can mean, if any.

Import, console, command line and stop list all read phones here. The rule: the ten digits after the 7 are the digits
of the text, in their order. Only these are removed first: a leading 7, 8, +7, 8~10 7 (the way out of the old network)
or ``tel:``, and a fraction of zeros (a spreadsheet's ``79111234567.0``). Nothing else is added, dropped or translated:
a letter is never a digit of a keypad, and a point is never dropped from a number that was rounded.
"""

import re
import unicodedata

from vestnik.characters import without_blanks, without_invisible
from vestnik.phones.number import MIN_PHONE
from vestnik.phones.numbering_plan import is_given_out
from vestnik.phones.sentences import PHONE_WORDS, PhoneFault, as_sentence

#: The common spellings, which need nothing more: 79111234567, +7 (911) 123-45-67, 8 911 123 45 67.
_COMMON = re.compile(r"(?:\+7|[78])[ -]?\(?([0-9]{3})\)?[ -]?([0-9]{3})[ -]?([0-9]{2})[ -]?([0-9]{2})")
#: Digits of other scripts that keyboards and spreadsheets write into phones: full-width, Arabic, Persian. Digits of
#: more scripts are refused: some look like another digit (the Bengali 4 like an 8).
_DIGITS = {start + digit: str(digit) for start in (0xFF10, 0x0660, 0x06F0) for digit in range(10)}
#: Dashes of every width and the minus sign; full-width marks.
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―⁃−⸺⸻﹘﹣－"), "-")
_PLAIN: dict[int, str] = {**_DIGITS, **_DASHES, **dict(zip(map(ord, "＋﹢（）．：～"), "++().:~", strict=True))}
#: What spreadsheets put around a text so that it stays one: ="79111234567", '79111234567.
_GUARDED = re.compile(r"""="(.*)"|"(.*)"|['’](.*?)['’]?""")
#: RFC 3966.
_TEL = re.compile(r"tel:", re.IGNORECASE)
#: 7.9111234567E+10; the letter may be Cyrillic.
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]*))?[eEеЕ]\+?([0-9]{1,3})")
#: Digits in threes (79,111,234,567 or 79.111.234.567,00), and one point or comma that only digits follow.
_THOUSANDS = re.compile(r"([0-9]{1,3}([,'’.])[0-9]{3}(?:\2[0-9]{3})*)(?:(?!\2)[.,]([0-9]*))?")
_DECIMAL = re.compile(r"([^.,]*)[.,]([0-9]*)")
#: RFC 5733 writes +7.9111234567.
_POINT_AFTER_7 = re.compile(r"\+7\.[0-9]{1,10}")
#: A day: 8.11.2026 17.38 has as many digits as a phone.
_DATE = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1(?:19|20)[0-9]{2}(?![0-9])")
#: Digits with brackets, dashes and points between them.
_DRESSED = re.compile(r"[(\[]?(\+?)[(\[]?([0-9][0-9()\[\].-]*)")
_WAY_OUT = re.compile(r"8~10(?=[^0-9]*7)")


class NoPhone(ValueError):
    """A text is no phone number of +7; ``fault`` says why."""

    def __init__(self, fault: PhoneFault) -> None:
        super().__init__(as_sentence(PHONE_WORDS[fault]))
        self.fault = fault


def read_phone(text: str) -> int:
    """The number as bigint, 70000000000 to 79999999999.

    Spaces of every kind and invisible characters are ignored. Eleven digits after 7 or 8 may be any number; ten alone
    must be one that was given out, and must not begin with 7 or 8: they may be eleven of which one was lost.

    Raises:
        NoPhone: it is none of +7, or it cannot be known which.
    """
    common = _COMMON.fullmatch(text)
    if common is not None:
        return MIN_PHONE + int("".join(common.groups()))
    international, digits = digits_of(text)
    national = national_digits(digits, international=international)
    if national is None:
        raise NoPhone(PhoneFault.WRONG)
    return MIN_PHONE + int(national)


def read_contract_phone(text: str) -> int:
    """Read a phone as REST accepts it: eleven digits that begin with 7. Spaces and invisible characters are ignored.

    A line end is refused, as it always was: a program that sends one reads its numbers wrongly.

    Raises:
        NoPhone: it is written in another way.
    """
    digits = without_blanks(text) if "\n" not in text else ""
    if not (len(digits) == 11 and digits[0] == "7" and digits.isascii() and digits.isdigit()):
        raise NoPhone(PhoneFault.CONTRACT)
    return int(digits)


def is_phone(text: str) -> bool:
    """Return whether the text is a phone number of +7, as :func:`read_phone` reads it."""
    try:
        read_phone(text)
    except NoPhone:
        return False
    return True


def digits_of(text: str) -> tuple[bool, str]:
    """Return whether it begins with a plus, and its digits."""
    visible = without_invisible(text).translate(_PLAIN).strip()
    if _DATE.match(visible):
        raise NoPhone(PhoneFault.WRONG)
    bare = _unwrapped(without_blanks(visible))
    if not bare:
        raise NoPhone(PhoneFault.MISSING)
    number = _WAY_OUT.sub("810", _without_fraction(_expanded(bare)), count=1)
    dressed = _DRESSED.fullmatch(number)
    if dressed is None:
        raise NoPhone(PhoneFault.WRONG)
    return bool(dressed.group(1)), re.sub("[^0-9]", "", dressed.group(2))


def _unwrapped(text: str) -> str:
    guarded = _GUARDED.fullmatch(text)
    inner = text if guarded is None else next((part for part in guarded.groups() if part is not None), "")
    return _TEL.sub("", inner, count=1) if _TEL.match(inner) else inner


def _expanded(text: str) -> str:
    """The digits of ``7.9111234567E+10``, if all are there.

    Raises:
        NoPhone: there are letters, or the number was rounded.
    """
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific is not None:
        first, more, exponent = scientific.group(1), scientific.group(2) or "", int(scientific.group(3))
        if len(more) < exponent or more[exponent:].strip("0"):
            raise NoPhone(PhoneFault.ROUNDED)
        return first + more[:exponent]
    # Compatibility forms show the letters of signs, such as ℡ and №.
    if any(map(str.isalpha, unicodedata.normalize("NFKC", text))):
        raise NoPhone(PhoneFault.LETTERS)
    return text


def _without_fraction(text: str) -> str:
    """A number as a spreadsheet writes it, without its fraction of zeros and the marks between thousands.

    Raises:
        NoPhone: it has another fraction, so it is no phone.
    """
    number = _THOUSANDS.fullmatch(text)
    if number is not None:
        whole, fraction = number.group(1).replace(number.group(2), ""), number.group(3) or ""
    else:
        decimal = None if _POINT_AFTER_7.fullmatch(text) else _DECIMAL.fullmatch(text)
        if decimal is None:
            return text
        whole, fraction = decimal.groups()
    if not fraction.strip("0"):
        return whole
    if whole.removeprefix("+").isdigit():
        raise NoPhone(PhoneFault.WRONG)
    return text  # a point between groups of digits: 8 (911) 123-45.67


def national_digits(digits: str, *, international: bool) -> str | None:
    """The ten digits after the 7; None if there are not ten, or if it is another country's number."""
    if (len(digits) == 11 and digits[0] == "7") or (len(digits) == 11 and digits[0] == "8" and not international):
        return digits[1:]
    if len(digits) == 14 and digits.startswith("8107") and not international:
        return digits[4:]
    if len(digits) == 10 and digits[0] not in "78" and not international:
        return digits if is_given_out(int(digits)) else None
    return None
