"""``vestnik report``: shown, or sent by hand."""

from datetime import date, timedelta
from typing import Any

import pytest

from harness.cast import administrator
from harness.stepping import begin
from tests.cluster.test_operator_commands import call
from tests.reports.mail import Mailbox
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.errors import InvalidInput, NotMailed
from vestnik.reports.by_hand import last_day


def in_words(day: date) -> str:
    """A day as the report writes it."""
    return f"{day.day} {day:%B} {day.year}"


def test_it_is_printed_in_both_languages_and_nothing_is_sent(ledger: Connection, mailbox: Mailbox) -> None:
    made = begin(ledger, 2)
    today = database_now().date().isoformat()
    assert f"#{made.id} Hello" in call("report", "--date", today).stdout
    assert call("report", "--language", "ru").stdout.startswith("Вестник: отчёт за ")
    assert mailbox.tries == 0


def test_it_is_sent_once_and_a_failed_one_at_once_again(posting: Any, mailbox: Mailbox, ledger: Connection) -> None:
    del posting, ledger
    administrator("anna")
    mailbox.refusal = "451 later"
    failed = call("report", "--send")
    assert failed.exit_code == 1
    assert failed.stdout.startswith("anna@example.org  SMTP")
    mailbox.refusal = ""
    assert call("report", "--send").stdout == "anna@example.org  sent\n"
    again = call("report", "--send", "--date", last_day().isoformat())
    assert (again.exit_code, again.stdout) == (0, "anna@example.org  it was sent before\n")
    assert len(mailbox.letters) == 1


def test_an_older_day_can_be_sent_by_hand(posting: Any, mailbox: Mailbox, ledger: Connection) -> None:
    del posting, ledger
    administrator("anna")
    old = last_day() - timedelta(days=40)
    assert call("report", "--send", "--date", old.isoformat()).stdout == "anna@example.org  sent\n"
    assert in_words(old) in mailbox.letters[0]["Subject"]


@pytest.mark.usefixtures("ledger")
def test_what_cannot_be_sent_is_said(posting: Any) -> None:
    future = (last_day() + timedelta(days=2)).isoformat()
    with pytest.raises(InvalidInput, match="is due at"):
        call("report", "--send", "--date", future)
    with pytest.raises(NotMailed, match="no active administrator has an e-mail"):
        call("report", "--send")
    posting(email_url="")
    with pytest.raises(NotMailed, match="set EMAIL_URL"):
        call("report", "--send")


@pytest.mark.parametrize("day", ["0001-01-01", "1970-01-01", "9000-12-32", "9999-12-31", "2031-5-5", "tomorrow", ""])
@pytest.mark.parametrize("way", [[], ["--send"]])
def test_what_is_no_day_that_vestnik_knows_is_refused_with_an_example(day: str, way: list[str]) -> None:
    """Before anything is asked of the ledger: a day at the calendar's end has no instant in some time zones."""
    refused = call("report", "--date", day, *way)
    assert refused.exit_code == 2
    assert f"Invalid value for '--date': '{day}' is not a day. Example: 2030-01-31." in refused.output


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("day", ["1970-01-02", "9000-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_every_day_that_can_be_given_has_a_report_in_every_time_zone(posting: Any, day: str, zone: str) -> None:
    posting(time_zone=zone)
    assert in_words(date.fromisoformat(day)) in call("report", "--date", day).stdout
