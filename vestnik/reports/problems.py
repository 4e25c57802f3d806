"""Problems of the daily report, for doctor, console and health: it cannot be sent, fails, or nobody tries."""

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from vestnik.db.clock import database_now
from vestnik.models import ReportSent
from vestnik.reports.delivery import administrators, period_left, settings_problem, tried_before
from vestnik.reports.due import OVERDUE, last_due, may_try, period_of


def reports_problem() -> str | None:
    """The problem of the daily report in one sentence; None if there is none."""
    return settings_problem() or _overdue_problem() or _failing_problem()


def overdue_report() -> date | None:
    """The day whose report somebody should have tried ten minutes ago, first or again, and did not; None: none is.

    A report that the mail server refuses is tried again and again: it fails, and is not overdue.
    """
    if settings_problem() is not None:
        return None
    environment = settings.ENVIRONMENT
    then, zone = database_now() - OVERDUE, ZoneInfo(environment.time_zone)
    period = period_of(last_due(then, environment.report_time, zone), environment.report_time, zone)
    for user in administrators():
        if period_left(user, period, then) is not None and may_try(tried_before(user, period.day), then):
            return period.day
    return None


def _overdue_problem() -> str | None:
    day = overdue_report()
    if day is None:
        return None
    sentence = _(
        "The daily report of %(day)s is overdue, and no process is sending it: check beat, broker and workers."
    )
    return sentence % {"day": day}


def _failing_problem() -> str | None:
    newest = ReportSent.objects.aggregate(day=Max("day"))["day"]
    failed = ReportSent.objects.filter(day=newest, sent_at=None, attempts__gt=1) | ReportSent.objects.filter(
        day=newest, sent_at=None
    ).exclude(error="")
    first = failed.order_by("id").first()
    if first is None:
        return None
    sentence = _(
        "The daily report of %(day)s has not been sent to %(count)d of its recipients yet. Sending is retried."
    )
    told = sentence % {"day": newest, "count": failed.count()}
    return f"{told} {first.error}" if first.error else told
