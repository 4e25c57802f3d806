"""Sends the daily report to each administrator: once per day and recipient, whatever happens.

Each report is claimed in the ledger before the SMTP conversation and noted as sent after it, so that two beats or two
workers at once do no harm. A claim without an outcome (its process died) lapses after ten minutes and the report is
sent again: should the mail server have taken it, and we died before we wrote that down, the recipient gets it twice,
under the same Message-ID. The other order would lose it.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from vestnik.db.clock import database_now
from vestnik.errors import NotMailed
from vestnik.models import ReportSent, Role, User
from vestnik.reports.contents import SQL, Contents, contents_of, settled
from vestnik.reports.due import Period, Tried, last_due, may_try, period_for, period_of
from vestnik.reports.letter import attachment_of, write_letter
from vestnik.reports.post import post

#: A transaction that is still open so long after the report's time is not waited for any more.
MAX_UNSETTLED = timedelta(minutes=2)

log = logging.getLogger(__name__)
_told: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One report to one recipient, which this process may send now. ``attempts`` is its fencing token."""

    id: int
    attempts: int
    period: Period
    recipient: str
    language: str


class Reading:
    """Reads a period once for all recipients whose report covers it."""

    def __init__(self) -> None:
        self._read: tuple[Period, Contents, bytes | None] | None = None

    def of(self, period: Period) -> tuple[Contents, bytes | None]:
        """The contents and the CSV of a period."""
        if self._read is None or self._read[0] != period:
            contents = contents_of(period)
            self._read = period, contents, attachment_of(contents)
        return self._read[1:]


def send_due_reports() -> int:
    """Send reports that are due and not sent yet; return how many the mail server accepted."""
    problem = settings_problem()
    if problem is not None:
        _tell_once(problem)
        return 0
    environment = settings.ENVIRONMENT
    now, zone = database_now(), ZoneInfo(environment.time_zone)
    period = period_of(last_due(now, environment.report_time, zone), environment.report_time, zone)
    return send_reports_of(period, now=now)


def send_reports_of(period: Period, *, now: datetime) -> int:
    """Send a day's report to every administrator who has not got it; return how many were accepted."""
    reading = Reading()
    sent = 0
    for user in administrators():
        wanted = _wanted(user, period, now)
        if wanted is None:
            continue
        if now - period.covers_until < MAX_UNSETTLED and not settled(period.covers_until):
            return sent
        claim = claim_report(user, *wanted)
        if claim is not None:
            sent += send_claimed(claim, reading) is None
    return sent


def administrators() -> list[User]:
    """The recipients: every active administrator with an e-mail."""
    found = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(email="")
    return list(found.order_by("id"))


def settings_problem() -> str | None:
    """The reason why no report can be sent, in one sentence; None if it can."""
    if not settings.ENVIRONMENT.email_url:
        return _(
            "The daily report is not sent: set EMAIL_URL to your mail server, e.g. smtp+tls://user:password@host:587."
        )
    if not administrators():
        return _("The daily report is not sent: no active administrator has an e-mail.")
    return None


def _wanted(user: User, day: Period, now: datetime) -> tuple[Period, int] | None:
    """The period that a recipient must get now, and the number of tries; None: nothing, or not yet."""
    tried = tried_before(user, day.day)
    period = period_left(user, day, now)
    if period is None or not may_try(tried, now):
        return None
    return period, tried.attempts if tried else 0


def period_left(user: User, day: Period, now: datetime) -> Period | None:
    """The period that the report of a day must cover for one recipient; None if another one covered it."""
    covered = _rows_of(user).filter(sent_at__isnull=False).aggregate(until=Max("covers_until"))["until"]
    return period_for(day, covered_until=covered, joined=user.date_joined, now=now)


def tried_before(user: User, day: date) -> Tried | None:
    """The earlier tries of one day's report to one recipient."""
    row = _rows_of(user).filter(day=day).first()
    if row is None:
        return None
    sent = row.sent_at is not None
    return Tried(attempts=row.attempts, claimed_at=row.claimed_at, failed=bool(row.error), sent=sent)


def latest_reports(*, most: int) -> "QuerySet[ReportSent]":
    """The reports of the last days, a row for each recipient, the newest day first."""
    return ReportSent.objects.order_by("-day", "recipient")[:most]


def _rows_of(user: User) -> "QuerySet[ReportSent]":
    return ReportSent.objects.filter(recipient=user.email.lower())


def claim_report(user: User, period: Period, seen: int) -> Claim | None:
    """Claim a report for one recipient; None: somebody else has it, or it is sent. ``seen``: the tries so far."""
    recipient = user.email.lower()
    rows = SQL.run(
        connection, "claim",
        day=period.day, recipient=recipient, covers_from=period.covers_from, covers_until=period.covers_until,
        seen=seen,
    )  # fmt: skip
    if not rows:
        return None
    ((claim, attempts),) = rows
    return Claim(id=claim, attempts=attempts, period=period, recipient=user.email, language=user.language)


def send_claimed(claim: Claim, reading: Reading) -> str | None:
    """Write a report and send it; return the error, if any. No transaction is open, because SMTP may be slow."""
    contents, csv = reading.of(claim.period)
    letter = write_letter(contents, language=claim.language, csv=csv)
    if not _noted("renew_claim", claim):
        return "somebody else sends it"
    day = claim.period.day
    try:
        post(letter, recipient=claim.recipient, day=day)
    except NotMailed as error:
        _noted("note_outcome", claim, error=str(error))
        log.warning("the report of %s was not sent (try %s), it is tried again: %s", day, claim.attempts, error)
        return str(error)
    _noted("note_outcome", claim, error="")
    log.info("the report of %s was sent (row %s)", day, claim.id)
    return None


def _noted(statement: str, claim: Claim, **values: str) -> bool:
    return bool(SQL.run(connection, statement, id=claim.id, attempts=claim.attempts, **values))


def _tell_once(problem: str) -> None:
    """A log line for each process, not one every ten seconds."""
    if problem not in _told:
        _told.add(problem)
        log.warning("%s", problem)
