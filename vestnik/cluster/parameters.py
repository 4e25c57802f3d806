"""Kinds of arguments that click has not, or reads too leniently."""

from datetime import date
from typing import Any

import click

from vestnik.instants import read_day

#: Days that a report can be asked for: far from the calendar's ends, where no time zone has an instant for them.
_FIRST, _LAST = date(1970, 1, 2), date(9000, 12, 31)


class Day(click.ParamType[date]):
    """A day such as 2030-01-31."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it.

        Raises:
            BadParameter: it is no day, or of no year that Vestnik knows.
        """
        day = value if isinstance(value, date) else read_day(str(value))
        if day is None or not _FIRST <= day <= _LAST:
            self.fail(f"{str(value)[:40]!r} is no day: give e.g. 2030-01-31.", param, ctx)
        return day
