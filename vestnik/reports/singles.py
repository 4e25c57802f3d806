"""The single messages of a day, as one line of the report."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vestnik.mailings.find import find_mailings
from vestnik.models import MailingKind
from vestnik.reports.due import Period, due_at
from vestnik.statistics.delivery import Delivery, deliveries_of
from vestnik.statistics.totals import Totals, roll_up, totals_of

#: A day stands in the report that covers this time of it: then it is as good as over, and each day is in one report.
DAY_IS_OVER = time(23, 59)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Singles:
    """The single messages of ``first`` to ``last``, mostly one day. ``mailings``: the ids of those that hold them."""

    first: date
    last: date
    mailings: list[int]
    totals: Totals
    delivery: Delivery

    @property
    def roll_up(self) -> dict[str, int]:
        """The total and the four counts of the contract."""
        return roll_up(self.totals)

    @property
    def counted(self) -> Totals:
        """The states that there are messages in."""
        return {state: count for state, count in self.totals.items() if count}


def singles_of(period: Period, zone: ZoneInfo, *, patience: float) -> Singles | None:
    """The single messages of the days that a report covers; None: there are none.

    Args:
        period: of the report.
        zone: in which days begin at midnight.
        patience: seconds to count receipts for, of each mailing.
    """
    days = _days(period, zone)
    if not days:
        return None
    begin = _midnight(days[0], zone)
    found = list(find_mailings(
        kinds=(MailingKind.DIRECT,), starts_from=begin, starts_before=_midnight(days[-1] + _DAY, zone)
    ).order_by("id"))  # fmt: skip
    if not found:
        return None
    each = totals_of(found)
    ids = [mailing.id for mailing in found]
    totals = {state: sum(each[number][state] for number in ids) for state in each[ids[0]]}
    delivery = deliveries_of(ids, patience=patience)
    return Singles(first=days[0], last=days[-1], mailings=ids, totals=totals, delivery=delivery)


def _days(period: Period, zone: ZoneInfo) -> list[date]:
    day = period.covers_from.astimezone(zone).date()
    found = []
    while day <= period.covers_until.astimezone(zone).date():
        if period.covers_from < due_at(day, DAY_IS_OVER, zone) <= period.covers_until:
            found.append(day)
        day += _DAY
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
