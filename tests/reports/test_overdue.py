"""A report that is due and that nobody tries is a problem by itself, told in doctor, console, health and metrics."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from harness.cast import administrator
from tests.reports.mail import Mailbox
from vestnik.cli.doctor import _report
from vestnik.console.waiting import waiting_things
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.health.gauges import LedgerGauges
from vestnik.models import Role
from vestnik.reports.delivery import send_due_reports
from vestnik.reports.problems import overdue_report, reports_problem

MOSCOW = ZoneInfo("Europe/Moscow")


def due_for(posting: Any, minutes: float) -> None:
    """Today's report, or yesterday's, has been due for so long."""
    local = database_now().astimezone(MOSCOW) - timedelta(minutes=minutes)
    posting(report_time=local.time(), time_zone="Europe/Moscow")


@pytest.mark.parametrize(("minutes", "overdue"), [(1, False), (9, False), (11, True), (600, True)])
def test_it_is_overdue_ten_minutes_after_its_time(
    posting: Any, ledger: Connection, minutes: float, overdue: bool
) -> None:
    del ledger
    administrator("anna", date_joined=database_now() - timedelta(hours=11))
    due_for(posting, minutes)
    assert (overdue_report() is not None) == overdue
    assert ("no process is sending it" in (reports_problem() or "")) == overdue
    assert bool(_report().needs_a_hand) == overdue
    assert (
        any("no process is sending it" in each.words for each in waiting_things(undecided={}, role=Role.ADMINISTRATOR))
        == overdue
    )
    (told,) = [metric for metric in LedgerGauges().collect() if metric.name == "vestnik_report_overdue"]
    assert told.samples[0].value == overdue


def test_one_that_was_sent_or_that_nobody_gets_is_not(posting: Any, mailbox: Mailbox, ledger: Connection) -> None:
    del ledger
    due_for(posting, 30)
    assert overdue_report() is None  # there is no administrator
    administrator("anna")
    assert overdue_report() is not None
    assert send_due_reports() == 1
    assert (overdue_report(), len(mailbox.letters)) == (None, 1)
    posting(email_url="")
    assert overdue_report() is None


def test_one_that_the_mail_server_refuses_is_failing_and_overdue_only_when_nobody_tries_again(
    posting: Any, mailbox: Mailbox, ledger: Connection
) -> None:
    due_for(posting, 30)
    administrator("anna")
    mailbox.refusal = "451 later"
    assert send_due_reports() == 0
    assert overdue_report() is None
    assert "has not been sent to" in (reports_problem() or "")
    ledger.execute("UPDATE vestnik_reportsent SET claimed_at = claimed_at - interval '12 minutes'")
    assert overdue_report() is not None  # it might have been tried again for eleven minutes


def test_a_claim_whose_process_died_is_overdue_when_nobody_follows(posting: Any, ledger: Connection) -> None:
    due_for(posting, 30)
    administrator("anna")
    ledger.execute(
        "INSERT INTO vestnik_reportsent (day, recipient, covers_from, covers_until, attempts, claimed_at, error)"
        " VALUES (%s, 'anna@example.org', now(), now(), 1, now() - interval '15 minutes', '')",
        [(database_now() - timedelta(minutes=30)).astimezone(MOSCOW).date()],
    )
    assert overdue_report() is None
    ledger.execute("UPDATE vestnik_reportsent SET claimed_at = claimed_at - interval '6 minutes'")
    assert overdue_report() is not None
