"""Values of attributes: what may be one, and how it is kept.

A text is a JSON string, a number a JSON number, a day a JSON string such as ``2026-12-01``. An empty text is no value.
"""

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from vestnik.characters import clean_text
from vestnik.models import AttributeType

Value: TypeAlias = str | int | float
#: Characters of a text.
MAX_TEXT = 500
#: Digits of a number in all, which every program that reads JSON keeps (a double has 15), and after the point.
MAX_DIGITS, MAX_DECIMALS = 15, 6
FIRST_YEAR, LAST_YEAR = 1900, 2199
#: What ends a line or jumps: a message is one line of plain text. It becomes a space.
_BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
#: Control characters (General_Category Cc) that are none of those, and NUL, which is refused.
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Fault(StrEnum):
    """Why something is no value. Refused rows of imports keep these words."""

    TEXT_LONG = "text_long"
    TEXT_WRONG = "text_wrong"
    #: Over JSON only: another type.
    TEXT_TYPE = "text_type"
    NUMBER_WRONG = "number_wrong"
    NUMBER_UNCLEAR = "number_unclear"
    NUMBER_LONG = "number_long"
    NUMBER_TYPE = "number_type"
    DATE_WRONG = "date_wrong"
    DATE_UNCLEAR = "date_unclear"
    DATE_FAR = "date_far"
    DATE_TYPE = "date_type"


class NoValue(Exception):
    """It is no value of this type, for the reason ``fault``."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def checked_value(value: object, kind: str) -> Value | None:
    """A value of JSON as it is kept; None: an empty text, which is no value.

    Args:
        value: a value of JSON that is not null.
        kind: of AttributeType.

    Raises:
        NoValue: it is none of this type.
    """
    if kind == AttributeType.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise NoValue(Fault.NUMBER_TYPE)
        return number_of(number_text(format(Decimal(repr(value)), "f")))
    if not isinstance(value, str):
        raise NoValue(Fault.TEXT_TYPE if kind == AttributeType.TEXT else Fault.DATE_TYPE)
    text = plain_text(value)
    if not text or kind == AttributeType.TEXT:
        return text or None
    if not _DAY.fullmatch(text):
        raise NoValue(Fault.DATE_TYPE)
    return day_text(*map(int, text.split("-")))


def type_of(value: object) -> AttributeType:
    """The type of an attribute that nobody had before, by its first value of JSON."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return AttributeType.NUMBER
    is_day = isinstance(value, str) and _DAY.fullmatch(value) is not None
    return AttributeType.DATE if is_day else AttributeType.TEXT


def plain_text(text: str) -> str:
    """A text as it is kept: on one line, and without anything that turns or hides what stands beside it.

    Line ends and tabs become spaces, other control characters go, and the rest is
    :func:`vestnik.characters.clean_text`: no marks of direction, nothing invisible around it.

    Raises:
        NoValue: it has NUL or half a character, or is longer than MAX_TEXT characters.
    """
    if _NO_TEXT.search(text):
        raise NoValue(Fault.TEXT_WRONG)
    plain = on_one_line(text)
    if len(plain) > MAX_TEXT:
        raise NoValue(Fault.TEXT_LONG)
    return plain


def on_one_line(text: str) -> str:
    """The text of :func:`plain_text`, of any length."""
    return clean_text(_CONTROLS.sub("", _BREAKS.sub(" ", text)))


def number_text(text: str) -> str:
    """A decimal number in its shortest form: ``-012.50`` is ``-12.5``.

    Args:
        text: ASCII digits, with a point or without, and a minus before them or none.

    Raises:
        NoValue: it has more digits than MAX_DIGITS, or than MAX_DECIMALS after the point.
    """
    whole, _point, fraction = text.lstrip("-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if len(fraction) > MAX_DECIMALS or len(whole) + len(fraction) > MAX_DIGITS:
        raise NoValue(Fault.NUMBER_LONG)
    short = f"{whole or '0'}.{fraction}" if fraction else whole or "0"
    return f"-{short}" if text.startswith("-") and short != "0" else short


def number_of(text: str) -> int | float:
    """The number of :func:`number_text`. A float has 15 digits exactly."""
    return float(text) if "." in text else int(text)


def day_text(year: int, month: int, day: int) -> str:
    """A day as it is kept.

    Raises:
        NoValue: there is no such day, or it is in no year that anybody means.
    """
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise NoValue(Fault.DATE_WRONG) from error
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NoValue(Fault.DATE_FAR)
    return found.isoformat()
