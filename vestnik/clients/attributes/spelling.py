"""Reads numbers and days as people and spreadsheets write them.

What may mean two things is refused, unless somebody said which of them is meant.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from vestnik.characters import clean_text
from vestnik.clients.attributes.values import Fault, NoValue, Value, day_text, number_of, number_text, plain_text
from vestnik.models import AttributeType

_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2012": "-", "\uff0d": "-"})
#: Digits of a number: all together, or in groups of three.
_TOGETHER = re.compile(r"\d+", re.ASCII)
_GROUPS = re.compile(r"\d{1,3}(?:([ .,'])\d{3})(?:\1\d{3})*", re.ASCII)
#: A sign, digits with what may stand between them, and a fraction.
_NUMBER = re.compile(r"([+-]?) ?(\d[\d ,.']*?)(?:([.,])(\d*))?", re.ASCII)
#: ``1,234`` and ``1.234``: a fraction of three digits, or thousands.
_UNCLEAR = re.compile(r"[1-9]\d{0,2}([,.])\d{3}", re.ASCII)
#: As programs write very small or large ones, Excel among them.
_EXPONENT = re.compile(r"([+-]?)(\d)(?:\.(\d{1,15}))?[eE]([+-]?\d{1,2})", re.ASCII)

#: A time of the day after the day: of midnight only, since a day has none.
_TIME = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})", re.ASCII)
_TOGETHER_DAY = re.compile(r"((?:19|20|21)\d{2})([01]\d)([0-3]\d)", re.ASCII)
_WITH_WORD = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|-?го)?[ .-]*([a-zа-яё]{3,9})[ .,-]+(\d{4})(?: ?(?:г|год|года)\.?)?", re.ASCII
)
_WORD_FIRST = re.compile(r"([a-z]{3,9})[ .-]+(\d{1,2})(?:st|nd|rd|th)?[ ,]+(\d{4})", re.ASCII)
#: The number of a day in a spreadsheet (Microsoft, "Date systems in Excel": the 1900 system): 1927 to 2173.
_SERIAL = re.compile(r"[1-9]\d{4}(?:\.0+)?", re.ASCII)
_BEFORE_SERIAL = date(1899, 12, 30)
#: How the names of months begin, in English and in Russian.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan янв", "feb фев", "mar мар", "apr апр", "may мая май", "jun июн", "jul июл", "aug авг", "sep сен",
            "oct окт", "nov ноя", "dec дек",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """What somebody said of numbers and days that may mean two things; empty: nothing, and such values are refused.

    ``decimal``: what ``1,234`` is: with ``comma`` a fraction, with ``point`` thousands. ``points_group``: where a comma
    is decimal, ``1.234`` is thousands; else it is unclear there. ``first``: what is first in
    ``05/06/2026``, the ``day`` or the ``month``. With points between them the day is first, unless somebody said
    month. ``guessed_first``: what other cells of the column show, where nobody said it; not for dates with points.
    """

    decimal: Literal["", "comma", "point"] = ""
    first: Literal["", "day", "month"] = ""
    guessed_first: Literal["", "day", "month"] = ""
    points_group: bool = False


PLAIN = Spelling()


def read_value(text: str, kind: str, spelling: Spelling = PLAIN) -> Value | None:
    """A value of an attribute as people write it; None: there is nothing to be seen.

    Args:
        text: as it stands in a cell or a field.
        kind: of AttributeType.
        spelling: what to take for unclear ones.

    Raises:
        NoValue: it is none of this type.
    """
    plain = plain_text(text)
    if not plain:
        return None
    if kind == AttributeType.NUMBER:
        return number_of(read_number(plain, spelling))
    return read_day(plain, spelling) if kind == AttributeType.DATE else plain


def read_number(text: str, spelling: Spelling = PLAIN) -> str:
    """A number as :func:`vestnik.clients.attributes.values.number_text` has it.

    Digits stand together, or in groups of three with spaces, points, commas or apostrophes between them. The last
    point or comma is the decimal one if it stands once, and after all others.

    Raises:
        NoValue: it is none, or may be two.
    """
    text = text.translate(_MINUS)
    if "e" in text or "E" in text:
        return _with_exponent(text)
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise NoValue(Fault.NUMBER_WRONG)
    sign, whole, mark, fraction = found.groups(default="")
    bare = whole + mark + fraction
    if _is_unclear(bare, spelling):
        raise NoValue(Fault.NUMBER_UNCLEAR)
    if _is_grouped(bare, spelling):
        whole, fraction = bare, ""
    elif mark and mark in whole:
        raise NoValue(Fault.NUMBER_WRONG)
    if not (_TOGETHER.fullmatch(whole) or _GROUPS.fullmatch(whole)) or (mark == "." and not fraction and not whole):
        raise NoValue(Fault.NUMBER_WRONG)
    digits = re.sub("[ .,']", "", whole)
    return number_text(f"{'-' if sign == '-' else ''}{digits}.{fraction}")


def _is_unclear(bare: str, spelling: Spelling) -> bool:
    """Whether it may be a fraction or thousands. A point is a fraction as everywhere, but where commas are decimal."""
    found = _UNCLEAR.fullmatch(bare)
    if found is None:
        return False
    return not spelling.decimal if found[1] == "," else spelling.decimal == "comma" and not spelling.points_group


def _is_grouped(bare: str, spelling: Spelling) -> bool:
    """Whether the last mark is one of thousands: it stands several times, or somebody said so, or other cells tell."""
    groups = _GROUPS.fullmatch(bare)
    if groups is None or groups[1] not in ".,":
        return False
    if bare.count(groups[1]) > 1:
        return True
    if bare.startswith("0"):
        return False
    if groups[1] == ",":
        return spelling.decimal == "point"
    return spelling.decimal == "comma" and spelling.points_group


def _with_exponent(text: str) -> str:
    found = _EXPONENT.fullmatch(text)
    if found is None:
        raise NoValue(Fault.NUMBER_WRONG)
    sign, first, rest, exponent = found.groups(default="")
    digits, point = first + rest, 1 + int(exponent)
    digits = digits.ljust(point, "0") if point > 0 else digits.rjust(len(digits) - point + 1, "0")
    point = max(point, 1)
    return number_text(f"{'-' if sign == '-' else ''}{digits[:point]}.{digits[point:]}")


def read_day(text: str, spelling: Spelling = PLAIN) -> str:
    """A day as it is kept: ``2026-12-05``.

    Read are ``2026-12-05``, ``05.12.2026``, ``5/12/2026``, ``20261205``, ``5 Dec 2026``, ``December 5, 2026``,
    ``5 декабря 2026 г.``, any of them with midnight after it, and the number that a spreadsheet keeps a day as.

    Raises:
        NoValue: it is none, or may be two.
    """
    text = clean_text(text).casefold()
    time = _TIME.search(text.upper())
    if time is not None and time.end() == len(text):
        text = text[: time.start()]
    if found := _YEAR_FIRST.fullmatch(text):
        return day_text(int(found[1]), int(found[3]), int(found[4]))
    if found := _YEAR_LAST.fullmatch(text):
        day, month = _ordered(int(found[1]), int(found[3]), found[2], spelling)
        return day_text(int(found[4]), month, day)
    if found := _TOGETHER_DAY.fullmatch(text):
        return day_text(*map(int, found.groups()))
    if _SERIAL.fullmatch(text):
        found_day = _BEFORE_SERIAL + timedelta(days=int(text.partition(".")[0]))
        return day_text(found_day.year, found_day.month, found_day.day)
    return _with_word(text)


def _ordered(one: int, other: int, mark: str, spelling: Spelling) -> tuple[int, int]:
    """The day and the month, of two numbers in the order in which they stand."""
    first = spelling.first or ("day" if mark == "." else spelling.guessed_first)
    month_first = first == "month" or (not first and one <= 12 < other)
    if not first and one <= 12 and other <= 12 and one != other:
        raise NoValue(Fault.DATE_UNCLEAR)
    return (other, one) if month_first else (one, other)


def _with_word(text: str) -> str:
    if found := _WITH_WORD.fullmatch(text):
        day, word, year = found.groups()
    elif found := _WORD_FIRST.fullmatch(text):
        word, day, year = found.groups()
    else:
        raise NoValue(Fault.DATE_WRONG)
    month = _MONTHS.get(word[:3])
    if month is None:
        raise NoValue(Fault.DATE_WRONG)
    return day_text(int(year), month, int(day))
