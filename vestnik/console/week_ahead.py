"""What is scheduled in the next seven days, day by day on the user's clock, for the start page."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from vestnik.mailings.find import starting_before
from vestnik.models import Mailing

DAYS = 7
#: Mailings of a day that are named, and of the week that are read.
MAX_NAMED, MAX_READ = 5, 1_000


@dataclass(slots=True)
class Day:
    """One day: its first mailings, and the number of the others."""

    day: date
    mailings: list[Mailing] = field(default_factory=list)
    more: int = 0


def week_ahead(now: datetime) -> list[Day]:
    """Return today and the six days after it, with what starts on each. The list is empty if nothing does."""
    today = timezone.localtime(now).date()
    days = {today + timedelta(days=number): Day(today + timedelta(days=number)) for number in range(DAYS)}
    end = timezone.make_aware(datetime.combine(today + timedelta(days=DAYS), time()))
    found = starting_before(end, most=MAX_READ)
    for mailing in found:
        # One that is due already is about to start: today.
        day = days[max(today, timezone.localtime(mailing.start_time).date())]
        if len(day.mailings) < MAX_NAMED:
            day.mailings.append(mailing)
        else:
            day.more += 1
    return list(days.values()) if found else []
