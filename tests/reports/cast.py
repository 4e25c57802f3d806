"""Who gets reports, and days to report of."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vestnik.db.clock import database_now
from vestnik.models import Role, User
from vestnik.reports.due import Stretch

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def administrator(name: str, *, email: str | None = None, **more: Any) -> User:
    address = f"{name}@example.org" if email is None else email
    values = {"role": Role.ADMINISTRATOR, "date_joined": LONG_AGO, **more}
    return User.objects.create_user(name, address, **values)


def until_now(hours: float = 24) -> Stretch:
    """The report of today, due right now."""
    now = database_now()
    return Stretch(day=now.date(), covers_from=now - timedelta(hours=hours), covers_until=now)
