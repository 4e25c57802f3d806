"""Shows or sends the report of one day when somebody asks for it."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput, NotMailed
from vestnik.models import User
from vestnik.reports.contents import contents_of
from vestnik.reports.delivery import (
    Reading,
    administrators,
    claim_report,
    period_left,
    send_claimed,
    settings_problem,
    tried_before,
)
from vestnik.reports.due import CLAIM_LAPSES, Period, last_due, period_of
from vestnik.reports.letter import write_letter


def last_day() -> date:
    """The latest day whose report is due."""
    environment = settings.ENVIRONMENT
    return last_due(database_now(), environment.report_time, ZoneInfo(environment.time_zone))


def report_text(day: date, *, language: str) -> str:
    """The text of a day's report; for a day that is not over yet, its text as of now."""
    period, now = _period(day), database_now()
    if period.covers_until > now:
        until = max(period.covers_from, now)
        period = Period(day=day, covers_from=period.covers_from, covers_until=until)
    return write_letter(contents_of(period), language=language, csv=None).text


def send_now(day: date) -> Iterator[tuple[str, str | None]]:
    """Send a day's report to every administrator who has not got it; return each recipient with the error, if any.

    A failed try is repeated at once, whatever the backoff says.

    Raises:
        InvalidInput: the report of that day is not due yet.
        NotMailed: there is no mail server, or nobody to send it to.
    """
    period, now = _period(day), database_now()
    if period.covers_until > now:
        raise InvalidInput({"date": [f"The report of {day} is due at {period.covers_until.isoformat()}."]})
    problem = settings_problem()
    if problem is not None:
        raise NotMailed(problem)
    reading = Reading()
    for user in administrators():
        yield user.email, _send_to(user, period, now, reading)


def _send_to(user: User, period: Period, now: datetime, reading: Reading) -> str | None:
    tried = tried_before(user, period.day)
    if tried is not None and tried.sent:
        return "it was sent before"
    if tried is not None and not tried.failed and now - tried.claimed_at < CLAIM_LAPSES:
        return "somebody else sends it"
    wanted = period_left(user, period, now) or period
    claim = claim_report(user, wanted, tried.attempts if tried else 0)
    return "somebody else sends it" if claim is None else send_claimed(claim, reading)


def _period(day: date) -> Period:
    environment = settings.ENVIRONMENT
    return period_of(day, environment.report_time, ZoneInfo(environment.time_zone))
