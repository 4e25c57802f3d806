"""What is scheduled in the next seven days, day by day on the user's clock, for the start page."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from vestnik.console.days import period_of
from vestnik.mailings.ahead import starting_in
from vestnik.models import Mailing

DAYS = 7
#: Mailings of a day that are named; all are counted.
MAX_NAMED = 5
#: What is due already is about to start: today.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Day:
    """One day: its first mailings, and the number of the others. ``since``: where the list of all of them begins."""

    day: date
    since: date | None
    mailings: list[Mailing]
    more: int


def week_ahead(now: datetime) -> list[Day]:
    """Return today and the six days after it, with what starts on each. The list is empty if nothing does."""
    today = timezone.localtime(now).date()
    days = [today + timedelta(days=number) for number in range(DAYS)]
    periods = [period_of(day) for day in days]
    periods[0] = (_EARLIEST, periods[0][1])
    found = [
        Day(day, None if day == today else day, starting.first, starting.mailings - len(starting.first))
        for day, starting in zip(days, starting_in(periods, most=MAX_NAMED), strict=True)
    ]
    return found if any(day.mailings for day in found) else []
