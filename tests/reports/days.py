"""Days to report of."""

from datetime import timedelta

from vestnik.db.clock import database_now
from vestnik.reports.due import Period


def until_now(hours: float = 24) -> Period:
    """The report of today, due right now."""
    now = database_now()
    return Period(day=now.date(), covers_from=now - timedelta(hours=hours), covers_until=now)
