"""What a mailing would be, before it is one: how many clients, and how many of them would not be sent it in time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from vestnik.audience.forecast import shut_out, too_many
from vestnik.mailings.creation import MailingFields, check_times
from vestnik.sqlfiles import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Clients as they are now.

    Args:
        by_operator_code: clients by operator code.
        by_timezone: clients by time zone.
        stopped: phones on the stop list that match, too; they get nothing and are counted nowhere else.
        outside_window: of each zone whose send window does not open before the end: all its clients.
        too_slow: of each zone, about how many messages the rate limit leaves unsent; None: not guessed.
    """

    by_operator_code: Mapping[int, int]
    by_timezone: Mapping[str, int]
    stopped: int
    outside_window: Mapping[str, int]
    too_slow: Mapping[str, int] | None

    @property
    def total(self) -> int:
        """Clients that the mailing would go to."""
        return sum(self.by_timezone.values())

    @property
    def will_not_fit(self) -> int:
        """How many of them would not be sent it before the end or in their window."""
        return sum(self.outside_window.values()) + sum((self.too_slow or {}).values())


def preview_mailing(*, fields: MailingFields, now: datetime, max_rate: int | None) -> Preview:
    """Count whom a mailing would go to. Saves nothing.

    Args:
        fields: the mailing.
        now: the database's time; a mailing whose start has passed would start now.
        max_rate: messages per second; None: there is no limit, and nothing is said about speed.

    Raises:
        InvalidInput: the times are reversed, or the end has passed.
    """
    check_times(fields.start_time, fields.end_time)
    codes: Counter[int] = Counter()
    zones: Counter[str] = Counter()
    stopped = 0
    for code, zone, clients, on_stop_list in _count(fields):
        codes[code] += clients
        zones[zone] += clients
        stopped += on_stop_list
    start = max(fields.start_time, now)
    outside = shut_out(zones=+zones, window=fields.send_window, start=start, end=fields.end_time)
    slow = None
    if max_rate is not None:
        inside = {zone: count for zone, count in (+zones).items() if zone not in outside}
        slow = too_many(zones=inside, window=fields.send_window, start=start, end=fields.end_time, rate=max_rate)
    return Preview(by_operator_code=+codes, by_timezone=+zones, stopped=stopped, outside_window=outside, too_slow=slow)


def _count(fields: MailingFields) -> list[tuple[int, str, int, int]]:
    statement = sql("vestnik.audience", "count").format(matches=sql("vestnik.audience", "matches"))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"tags": fields.filter_tags, "codes": fields.filter_codes})
        rows: list[tuple[int, str, int, int]] = cursor.fetchall()
    return rows
