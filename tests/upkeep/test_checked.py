"""Every mailing that is over is checked once, against its rows; what differs is named until it is mended."""

import pytest

from harness.stepping import answered, begin
from vestnik.db.connection import Connection
from vestnik.gateways.outcome import SUCCESS
from vestnik.models import Mailing
from vestnik.statistics.waiting import differing_mailings
from vestnik.upkeep.check import check_finished, check_of
from vestnik.upkeep.repair import repair_totals


@pytest.fixture
def over(ledger: Connection) -> Mailing:
    """A mailing of five that was sent and is over."""
    made = answered(ledger, {SUCCESS: 5})
    assert made.frozen_at is not None
    return made


def checked(ledger: Connection) -> int:
    return check_finished(ledger, stopped=lambda: False)


def test_right_books_are_found_right_once(ledger: Connection, over: Mailing) -> None:
    assert check_of(over.id) is None
    assert checked(ledger) == 0
    first = check_of(over.id)
    assert first is not None
    assert first.differences == 0
    checked(ledger)
    again = check_of(over.id)
    assert again is not None
    assert again.checked_at == first.checked_at


def test_books_that_differ_are_named_until_they_are_repaired(ledger: Connection, over: Mailing) -> None:
    ledger.execute("UPDATE vestnik_batch SET sent = sent - 1")
    assert checked(ledger) == 1
    assert [(mailing.id, count > 0) for mailing, count in differing_mailings()] == [(over.id, True)]
    repair_totals(mailing=over.id, actor=None)
    assert differing_mailings() == []
    assert checked(ledger) == 0
    assert check_of(over.id) is not None


def test_a_check_that_is_told_to_stop_goes_on_the_next_time(ledger: Connection, over: Mailing) -> None:
    assert check_finished(ledger, stopped=lambda: True) == 0
    assert check_of(over.id) is None


def test_nobody_checks_what_is_not_over(ledger: Connection) -> None:
    made = begin(ledger, 5)
    checked(ledger)
    assert check_of(made.id) is None
