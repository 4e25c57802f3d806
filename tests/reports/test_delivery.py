"""Each administrator gets each day's report once, from a real mail server, whatever happens."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from harness.cast import administrator, person
from harness.mailings import made_mailing
from harness.stepping import begin
from tests.reports.days import until_now
from tests.reports.mail import Mailbox, text_of
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection, open_connection
from vestnik.mailings.actions import cancel
from vestnik.models import Mailing, ReportSent, Role
from vestnik.reports import delivery
from vestnik.reports.delivery import (
    Reading,
    claim_report,
    send_claimed,
    send_due_reports,
    send_reports_of,
)
from vestnik.reports.due import Period
from vestnik.reports.problems import reports_problem
from vestnik.tasks import send_reports

pytestmark = pytest.mark.usefixtures("ledger")


def send(period: Period) -> int:
    return send_reports_of(period, now=database_now())


def due_now(posting: Any) -> None:
    """Today's report has been due for a minute."""
    local = database_now().astimezone(delivery.ZoneInfo("Europe/Moscow")) - timedelta(minutes=1)
    posting(report_time=local.time(), time_zone="Europe/Moscow")


def test_each_active_administrator_with_an_email_gets_one_and_nobody_else(posting: Any, mailbox: Mailbox) -> None:
    due_now(posting)
    for name in ("anna", "boris"):
        administrator(name)
    administrator("gone", is_active=False)
    administrator("silent", email="")
    administrator("oleg", role=Role.OPERATOR)
    administrator("vera", role=Role.VIEWER)
    for _ in range(3):
        send_reports()
    assert mailbox.recipients == ["anna@example.org", "boris@example.org"]
    assert {row.recipient for row in ReportSent.objects.filter(sent_at__isnull=False, attempts=1)} == {
        *mailbox.recipients
    }
    assert reports_problem() is None


def test_before_its_time_nothing_leaves(posting: Any, mailbox: Mailbox) -> None:
    local = database_now().astimezone(delivery.ZoneInfo("Europe/Moscow")) + timedelta(minutes=1)
    posting(report_time=local.time(), time_zone="Europe/Moscow")
    administrator("anna")
    assert send_due_reports() == 0
    assert (mailbox.tries, ReportSent.objects.count()) == (0, 0)


def test_two_workers_at_once_send_each_report_once(posting: Any, mailbox: Mailbox) -> None:
    for n in range(4):
        administrator(f"admin{n}")
    period, together = until_now(), threading.Barrier(4)
    posting(log_format="console")

    def work() -> None:
        try:
            together.wait(10)
            send(period)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert mailbox.recipients == sorted(f"admin{n}@example.org" for n in range(4))
    assert mailbox.tries == 4


def test_no_transaction_is_open_while_the_mail_server_talks(posting: Any, mailbox: Mailbox, ledger: Connection) -> None:
    del posting
    administrator("anna")
    open_ones: list[Any] = []

    def look() -> None:
        with open_connection("look") as look_in:
            open_ones.extend(
                look_in.execute(
                    "SELECT query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                    " OR (backend_xid IS NOT NULL AND pid <> pg_backend_pid())"
                ).fetchall()
            )

    mailbox.before = look
    assert send(until_now()) == 1
    assert open_ones == []
    del ledger


def test_a_mail_server_that_fails_is_tried_again_later_and_seen(
    posting: Any, mailbox: Mailbox, ledger: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "s3cret-Pa55"
    # By its own time it was due so long ago that nobody makes it up: this one alone is a problem.
    local = database_now().astimezone(delivery.ZoneInfo("Europe/Moscow")) - timedelta(hours=13)
    mail = mailbox.url.replace("//", f"//robot:{secret}@")
    posting(email_url=mail, report_time=local.time(), time_zone="Europe/Moscow")
    administrator("anna")
    period = until_now()
    mailbox.refusal = f"451 try later, {secret}"
    assert send(period) == 0
    row = ReportSent.objects.get()
    assert (row.sent_at, row.attempts) == (None, 1)
    assert "try later, ***" in row.error
    assert "has not been sent to 1 of its recipients yet" in (reports_problem() or "")
    assert "try later" in caplog.text
    assert secret not in caplog.text + row.error
    mailbox.refusal = ""
    assert send(period) == 0  # not at once
    ledger.execute("UPDATE vestnik_reportsent SET claimed_at = claimed_at - interval '61 seconds'")
    assert send(period) == 1
    row.refresh_from_db()
    assert (row.attempts, row.error) == (2, "")
    assert row.sent_at is not None
    assert (len(mailbox.letters), reports_problem()) == (1, None)


def test_a_mail_server_that_is_away_is_no_crash(posting: Any) -> None:
    posting(email_url="smtp://127.0.0.1:9")
    administrator("anna")
    assert send(until_now()) == 0
    assert ReportSent.objects.get().error.startswith("ConnectionRefusedError")


def test_one_refused_recipient_does_not_hold_the_others(posting: Any, mailbox: Mailbox) -> None:
    del posting
    administrator("anna")
    administrator("boris")
    refusals = iter(["554 no", ""])
    mailbox.before = lambda: setattr(mailbox, "refusal", next(refusals))
    assert send(until_now()) == 1
    assert mailbox.recipients == ["boris@example.org"]


def test_a_process_that_died_with_a_claim_is_followed_by_another_after_ten_minutes(
    posting: Any, mailbox: Mailbox, ledger: Connection
) -> None:
    del posting
    anna, period = administrator("anna"), until_now()
    assert claim_report(anna, period, 0) is not None
    assert send(period) == 0
    ledger.execute("UPDATE vestnik_reportsent SET claimed_at = claimed_at - interval '10 minutes'")
    assert send(period) == 1
    assert (mailbox.recipients, ReportSent.objects.get().attempts) == (["anna@example.org"], 2)


def test_who_lost_its_claim_sends_nothing(posting: Any, mailbox: Mailbox) -> None:
    del posting
    anna, period = administrator("anna"), until_now()
    slow, fresh = claim_report(anna, period, 0), claim_report(anna, period, 1)
    assert slow is not None
    assert fresh is not None
    assert claim_report(anna, period, 1) is None
    assert send_claimed(slow, Reading()) == "somebody else sends it"
    assert send_claimed(fresh, Reading()) is None
    assert send_claimed(fresh, Reading()) == "somebody else sends it"
    assert mailbox.tries == 1


def ended(ledger: Connection, name: str, at: Any) -> Mailing:
    made = made_mailing(name=name, start_time=at - timedelta(hours=1), end_time=at + timedelta(hours=1))
    cancel(mailing_id=made.id, actor=None)
    ledger.execute("UPDATE vestnik_mailing SET finished_at = %s WHERE id = %s", [at, made.id])
    return made


def test_what_ended_is_in_exactly_one_report_also_when_days_were_missed(
    posting: Any, mailbox: Mailbox, ledger: Connection
) -> None:
    del posting
    administrator("anna")
    now = database_now()
    dues = [now - timedelta(days=days) for days in (4, 1, 0)]
    edges = {"on the edge": dues[0], "just after": dues[0] + timedelta(microseconds=1), "missed": dues[1]}
    for name, at in {**edges, "newest": now - timedelta(seconds=1), "tomorrows": now + timedelta(seconds=1)}.items():
        ended(ledger, name, at)
    for due in (dues[0], dues[2]):  # nobody was there three and two days ago, nor yesterday
        day = Period(day=due.date(), covers_from=due - timedelta(days=1), covers_until=due)
        assert send_reports_of(day, now=due + timedelta(minutes=5)) == 1
    first, second = (text_of(letter) for letter in mailbox.letters)
    assert [name in first for name in ("on the edge", "just after", "missed", "newest", "tomorrows")] == [
        True, False, False, False, False,
    ]  # fmt: skip
    assert [name in second for name in ("on the edge", "just after", "missed", "newest", "tomorrows")] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_a_report_waits_for_transactions_that_may_still_end_a_mailing_before_its_time(
    posting: Any, mailbox: Mailbox, ledger: Connection
) -> None:
    del posting
    administrator("anna")
    made = begin(ledger, 1)
    with ledger.transaction():
        ledger.execute("SELECT 1")
        period = until_now()
        ledger.execute("UPDATE vestnik_mailing SET state = 'cancelled', finished_at = %s", [period.covers_until])
        assert send(period) == 0
        assert mailbox.tries == 0
    assert send(period) == 1
    assert f"#{made.id} " in text_of(mailbox.letters[0])


def test_without_a_mail_server_or_an_administrator_nothing_is_sent_and_it_is_said_once(
    posting: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_told", set())
    person("oleg", "viewer")
    for _ in range(3):
        assert send_due_reports() == 0
    assert (reports_problem() or "").endswith("no active administrator has an e-mail.")
    posting(email_url="")
    for _ in range(3):
        assert send_due_reports() == 0
    assert "set EMAIL_URL" in (reports_problem() or "")
    assert [record.message.count("not sent") for record in caplog.records] == [1, 1]


def test_every_try_has_the_same_message_id_and_every_recipient_another(
    posting: Any, mailbox: Mailbox, ledger: Connection
) -> None:
    del posting
    administrator("anna")
    administrator("boris")
    period = until_now()
    assert send(period) == 2
    ledger.execute("UPDATE vestnik_reportsent SET sent_at = NULL, claimed_at = claimed_at - interval '1 hour'")
    assert send(period) == 2
    ids = [letter["Message-ID"] for letter in mailbox.letters]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2
