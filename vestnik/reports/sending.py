"""Sends the daily report to each administrator: once per day and recipient, whatever happens.

Each report is claimed in the ledger before the SMTP conversation and noted as sent after it, so that two beats or two
workers at once do no harm. A claim without an outcome (its process died) lapses after ten minutes and the report is
sent again: should the mail server have taken it, and we died before we wrote that down, the recipient gets it twice,
under the same Message-ID. The other order would lose it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.db.models.functions import Lower

from vestnik.errors import NotMailed
from vestnik.mailings.creation import database_now
from vestnik.models import ReportSent, Role, User
from vestnik.reports.contents import SQL, Contents, contents_of, settled
from vestnik.reports.due import Stretch, Tried, last_due, may_try, stretch_for, stretch_of
from vestnik.reports.letter import attachment_of, write_letter
from vestnik.reports.post import post
from vestnik.sqlfiles import sql

#: A transaction that is still open so long after the report's time is not waited for any more.
MOST_UNSETTLED = timedelta(minutes=2)

log = logging.getLogger(__name__)
_told: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One report to one recipient, which this process may send now. ``attempts`` is its fencing token."""

    id: int
    attempts: int
    stretch: Stretch
    recipient: str
    language: str


def send_due_reports() -> int:
    """Send what is due and not sent yet; returns how many reports the mail server took."""
    problem = settings_problem()
    if problem is not None:
        _tell_once(problem)
        return 0
    environment = settings.ENVIRONMENT
    now, zone = database_now(), ZoneInfo(environment.time_zone)
    stretch = stretch_of(last_due(now, environment.report_time, zone), environment.report_time, zone)
    return send_reports_of(stretch, now=now)


def send_reports_of(stretch: Stretch, *, now: datetime) -> int:
    """Send the report of one day to every administrator who has not got it; returns how many were taken."""
    reading = _Reading()
    sent = 0
    for user in administrators():
        wanted = _wanted(user, stretch, now)
        if wanted is None:
            continue
        if now - stretch.covers_until < MOST_UNSETTLED and not settled(stretch.covers_until):
            return sent
        claim = _claim(user, *wanted)
        if claim is not None:
            sent += _send(claim, reading)
    return sent


def administrators() -> list[User]:
    """Who gets the report: every active administrator with an e-mail."""
    found = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(email="")
    return list(found.order_by("id"))


def settings_problem() -> str | None:
    """Why no report can leave, in one sentence; None when it can."""
    if not settings.ENVIRONMENT.email_url:
        return (
            "The daily report is not sent: set EMAIL_URL to your mail server, e.g. smtp+tls://user:password@host:587."
        )
    if not administrators():
        return "The daily report is not sent: no active administrator has an e-mail."
    return None


def reports_problem() -> str | None:
    """What is wrong with the daily report, in one sentence, for doctor and console; None when all is well."""
    problem = settings_problem()
    if problem is not None:
        return problem
    newest = ReportSent.objects.aggregate(day=Max("day"))["day"]
    failed = ReportSent.objects.filter(day=newest, sent_at=None, attempts__gt=1) | ReportSent.objects.filter(
        day=newest, sent_at=None
    ).exclude(error="")
    first = failed.order_by("id").first()
    if first is None:
        return None
    why = f": {first.error}" if first.error else "."
    return f"The daily report of {newest} did not leave yet for {failed.count()} of its recipients, tried again{why}"


def _wanted(user: User, day: Stretch, now: datetime) -> tuple[Stretch, int] | None:
    """What a recipient has to get now, and how many tries there were; None: nothing, or not yet."""
    rows = ReportSent.objects.alias(who=Lower("recipient")).filter(who=user.email.lower())
    covered = rows.filter(sent_at__isnull=False).aggregate(until=Max("covers_until"))["until"]
    stretch = stretch_for(day, covered_until=covered, joined=user.date_joined, now=now)
    row = rows.filter(day=day.day).first()
    if stretch is None or not may_try(_tried(row) if row else None, now):
        return None
    return stretch, row.attempts if row else 0


def _tried(row: ReportSent) -> Tried:
    sent = row.sent_at is not None
    return Tried(attempts=row.attempts, claimed_at=row.claimed_at, failed=bool(row.error), sent=sent)


def _claim(user: User, stretch: Stretch, seen: int) -> Claim | None:
    recipient = user.email.lower()
    values: dict[str, Any] = {
        "day": stretch.day, "recipient": recipient, "covers_from": stretch.covers_from,
        "covers_until": stretch.covers_until, "seen": seen,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql(SQL, "claim"), values)
        row = cursor.fetchone()
    if row is None:
        return None
    return Claim(id=row[0], attempts=row[1], stretch=stretch, recipient=user.email, language=user.language)


def _send(claim: Claim, reading: "_Reading") -> bool:
    """Put the report together and hand it over. No transaction is open: SMTP may take minutes."""
    contents, csv = reading.of(claim.stretch)
    letter = write_letter(contents, language=claim.language, csv=csv)
    if not _noted("renew_claim", claim):
        return False
    try:
        post(letter, recipient=claim.recipient, day=claim.stretch.day)
    except NotMailed as error:
        _noted("note_outcome", claim, error=str(error))
        log.warning(
            "the report of %s was not sent (try %s), it is tried again: %s", claim.stretch.day, claim.attempts, error
        )
        return False
    _noted("note_outcome", claim, error="")
    log.info("the report of %s was sent (row %s)", claim.stretch.day, claim.id)
    return True


def _noted(statement: str, claim: Claim, **values: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql(SQL, statement), {"id": claim.id, "attempts": claim.attempts, **values})
        return cursor.fetchone() is not None


def _tell_once(problem: str) -> None:
    """A log line for each process, not one every ten seconds."""
    if problem not in _told:
        _told.add(problem)
        log.warning("%s", problem)


class _Reading:
    """Reads a stretch once for all recipients whose report covers the same."""

    def __init__(self) -> None:
        self._read: tuple[Stretch, Contents, bytes | None] | None = None

    def of(self, stretch: Stretch) -> tuple[Contents, bytes | None]:
        """The contents and the CSV of a stretch."""
        if self._read is None or self._read[0] != stretch:
            contents = contents_of(stretch)
            self._read = stretch, contents, attachment_of(contents)
        return self._read[1:]
