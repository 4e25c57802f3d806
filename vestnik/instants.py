"""Dates and times as people and programs write them: one reading for REST, the console and the command line.

Python's own parsers accept too much: week dates, digits of any script, one-digit hours, offsets with
seconds or beyond an hour. The shapes here are those of RFC 3339 (section 5.6), with what ISO 8601 clients also send.
"""

import re
from datetime import UTC, date, datetime, time

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOURS, _MINUTES = r"(?:[01][0-9]|2[0-3])", r"[0-5][0-9]"
_CLOCK = rf"{_HOURS}:{_MINUTES}(?::{_MINUTES}(?:[.,][0-9]{{1,9}})?)?"
_OFFSET = rf"(?:[Zz]|[+-]{_HOURS}(?::?{_MINUTES})?)"
_INSTANT = re.compile(rf"{_DATE}[Tt ]{_CLOCK}{_OFFSET}?")
_LOCAL = re.compile(rf"{_DATE}[Tt ]{_CLOCK}")
_TIME_OF_DAY = re.compile(rf"{_HOURS}:{_MINUTES}")


def read_instant(text: str) -> datetime | None:
    """A date and time, with its offset where one is given; None: it is none.

    The offset is Z, ±HH:MM, ±HHMM or ±HH with hours to 23 and minutes to 59; ``-00:00`` is UTC (RFC 3339, 4.3). A
    fraction has 1 to 9 digits, of which six count. There is no 24:00 and no leap second.
    """
    return _read(text) if _INSTANT.fullmatch(text) else None


def read_local_time(text: str) -> datetime | None:
    """A date and time as a clock shows them, without an offset; None: it is none."""
    return _read(text) if _LOCAL.fullmatch(text) else None


def read_day(text: str) -> date | None:
    """A day such as ``2030-01-31``; None: it is none."""
    if not re.fullmatch(_DATE, text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_time_of_day(text: str) -> time | None:
    """Hours and minutes such as ``09:05``; None: it is none."""
    return time.fromisoformat(text) if _TIME_OF_DAY.fullmatch(text) else None


def _read(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text.upper().replace(",", "."))
        # The first and the last day of the calendar have no UTC with some offsets.
        if read.tzinfo is not None:
            read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return read
