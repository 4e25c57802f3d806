"""Shows or sends the report of one day when somebody asks for it."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput, NotMailed
from vestnik.models import User
from vestnik.reports.contents import contents_of
from vestnik.reports.due import CLAIM_LAPSES, Stretch, last_due, stretch_of
from vestnik.reports.letter import write_letter
from vestnik.reports.sending import (
    Reading,
    administrators,
    claim_report,
    send_claimed,
    settings_problem,
    stretch_left,
    tried_before,
)


def last_day() -> date:
    """The latest day whose report is due."""
    environment = settings.ENVIRONMENT
    return last_due(database_now(), environment.report_time, ZoneInfo(environment.time_zone))


def report_text(day: date, *, language: str) -> str:
    """The text of a day's report; for a day that is not over yet, its text as of now."""
    stretch, now = _stretch(day), database_now()
    if stretch.covers_until > now:
        until = max(stretch.covers_from, now)
        stretch = Stretch(day=day, covers_from=stretch.covers_from, covers_until=until)
    return write_letter(contents_of(stretch), language=language, csv=None).text


def send_now(day: date) -> Iterator[tuple[str, str | None]]:
    """Send a day's report to every administrator who has not got it; return each recipient with the error, if any.

    A failed try is repeated at once, whatever the backoff says.

    Raises:
        InvalidInput: the report of that day is not due yet.
        NotMailed: there is no mail server, or nobody to send it to.
    """
    stretch, now = _stretch(day), database_now()
    if stretch.covers_until > now:
        raise InvalidInput({"date": [f"The report of {day} is due at {stretch.covers_until.isoformat()}."]})
    problem = settings_problem()
    if problem is not None:
        raise NotMailed(problem)
    reading = Reading()
    for user in administrators():
        yield user.email, _send_to(user, stretch, now, reading)


def _send_to(user: User, stretch: Stretch, now: datetime, reading: Reading) -> str | None:
    tried = tried_before(user, stretch.day)
    if tried is not None and tried.sent:
        return "it was sent before"
    if tried is not None and not tried.failed and now - tried.claimed_at < CLAIM_LAPSES:
        return "somebody else sends it"
    wanted = stretch_left(user, stretch, now) or stretch
    claim = claim_report(user, wanted, tried.attempts if tried else 0)
    return "somebody else sends it" if claim is None else send_claimed(claim, reading)


def _stretch(day: date) -> Stretch:
    environment = settings.ENVIRONMENT
    return stretch_of(day, environment.report_time, ZoneInfo(environment.time_zone))
