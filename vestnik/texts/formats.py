"""How values are written in a personal text: numbers, dates and plural forms, as CLDR has them for a language.

Values come as the ledger gives them: a number in digits with a point, a date as ISO 8601. What cannot be read as its
format wants it is no value: None.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from functools import lru_cache

from babel import Locale
from babel.dates import format_date

from vestnik.characters import is_blank

#: The languages that a text can be in.
LOCALES = ("ru", "en")
#: Distinct values of dates and plural forms that are kept written: a mailing has few.
_KEPT = 4_096
_NUMBER = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,20}))?")
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
#: A short date where day and month cannot be taken for each other: 31.12.2026, and Dec 31, 2026.
_DATES = {"ru": "dd.MM.yyyy", "en": "MMM d, y"}
#: What separates words, and so becomes a space: tabs, line breaks and page breaks of every kind.
_BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
#: Control characters, marks of direction (UAX #9), and signs of no width that join nothing. Joiners stay: emoji and
#: some scripts need them.
_MARKS = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+"
)
#: Letters that show nothing, and the empty Braille pattern: printable to Python.
_EMPTY = "\u115f\u1160\u2800\u3164\uffa0"


class Format(StrEnum):
    """How a placeholder's value is written. ``PLAIN``: as it is."""

    PLAIN = ""
    NUMBER = "number"
    DATE = "date"
    PLURAL = "plural"


@dataclass(frozen=True, slots=True)
class _Signs:
    """The signs of numbers in a language."""

    group: str
    decimal: str
    minus: str


def clean_value(value: str) -> str:
    """A value as it may stand in a text, on one line; empty: there is nothing to be seen.

    Line breaks and tabs become a space, control characters and marks of direction go, and so do spaces around it.
    """
    if not value.isprintable():
        value = _BREAKS.sub(" ", _MARKS.sub("", value))
        if is_blank(value):
            return ""
    value = value.strip()
    return value if value.strip(_EMPTY) else ""


def write_plain(value: str) -> str | None:
    """The value as it is, cleaned."""
    return clean_value(value) or None


@lru_cache
def number_writer(locale: str, decimals: int | None = None) -> Callable[[str], str | None]:
    """What writes numbers in a language, digits in groups of three.

    Groups are separated by a plain space where CLDR has a no-break space, which would make UCS-2 of a text in GSM-7.

    Args:
        locale: the language.
        decimals: digits after the decimal sign, rounded half up; None: as many as the value has.
    """
    signs = _signs(locale)
    group, point, negative = signs.group, signs.decimal, signs.minus

    def write(value: str) -> str | None:
        found = _NUMBER.fullmatch(value)
        if found is None:
            return None
        minus, whole, fraction = found.groups("")
        if decimals is not None and len(fraction) != decimals:
            if len(fraction) > decimals:
                return write(format(_rounded(value, decimals), "f"))
            fraction = fraction.ljust(decimals, "0")
        grouped = f"{int(whole):,}" if group == "," else f"{int(whole):,}".replace(",", group)
        # Nothing is less than zero by being rounded to it.
        sign = negative if minus and (whole + fraction).strip("0") else ""
        return f"{sign}{grouped}{point}{fraction}" if fraction else f"{sign}{grouped}"

    return write


@lru_cache
def date_writer(locale: str) -> Callable[[str], str | None]:
    """What writes dates in a language: 31.12.2026, or Dec 31, 2026."""

    @lru_cache(_KEPT)
    def write(value: str) -> str | None:
        try:
            day = date.fromisoformat(value) if len(value) == 10 else None
        except ValueError:
            day = None
        return None if day is None else format_date(day, _DATES[locale], locale=locale)

    return write


def categories(locale: str) -> tuple[str, ...]:
    """The plural categories of a language that forms are given for, in the order of CLDR."""
    tags = Locale(locale).plural_form.tags | {"other"}
    return tuple(tag for tag in ("zero", "one", "two", "few", "many", "other") if tag in tags)


def plural_writer(locale: str, forms: Sequence[str], decimals: int | None = None) -> Callable[[str], str | None]:
    """What gives the form that goes with a number.

    Args:
        locale: the language.
        forms: one for each of its :func:`categories`. The last may be left out where there are more than two: in
            Russian it is only for fractions, which take the form of "few" (1,5 рубля).
        decimals: of the number as it is shown, to which it is rounded first; None: it is shown as it is.
    """
    names = categories(locale)
    given = dict(zip(names, forms, strict=False))
    given.setdefault("other", given.get("few", forms[-1]))
    rule = Locale(locale).plural_form

    @lru_cache(_KEPT)
    def write(value: str) -> str | None:
        if not _NUMBER.fullmatch(value):
            return None
        shown = Decimal(value) if decimals is None else _rounded(value, decimals)
        return given[rule(abs(shown))]

    return write


def _rounded(value: str, decimals: int) -> Decimal:
    """A number with so many decimals, rounded half up."""
    return _EXACT.quantize(Decimal(value), Decimal(1).scaleb(-decimals))


def _signs(locale: str) -> _Signs:
    symbols = Locale(locale).number_symbols["latn"]
    group = " " if symbols["group"] in {"\u00a0", "\u202f"} else symbols["group"]
    return _Signs(group=group, decimal=symbols["decimal"], minus=symbols["minusSign"])
