"""Which mailings wait for somebody has one answer: the console, the doctor and the daily report name the same ones."""

import re
from itertools import product
from typing import Any

import pytest

from harness.mailings import made_mailing
from tests.reports.days import until_now
from vestnik.cli.doctor import examine
from vestnik.console.waiting import waiting_things
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.health import load_now
from vestnik.models import MESSAGE_STATES, Batch, Mailing, MailingState, PauseCode, Role
from vestnik.reports.contents import contents_of
from vestnik.statistics.totals import totals_of
from vestnik.statistics.waiting import count_undecided, undecided_mailings

RUNNING, PAUSED, SCHEDULED = MailingState.RUNNING, MailingState.PAUSED, MailingState.SCHEDULED


def make(*, state: MailingState, unknown: int = 0, ends_in: float = 1, over: bool = False, **more: Any) -> Mailing:
    """A mailing with 10 messages that were sent and some that are unknown; it ends in so many hours."""
    now = database_now()
    counts = {"sent": 10, "unknown": unknown}
    totals = {"frozen_at": now, "finished_at": now, "totals": dict.fromkeys(MESSAGE_STATES, 0) | counts} if over else {}
    starts_in = ends_in * 3_600 - 600 if state == SCHEDULED else -7_200
    mailing = made_mailing(
        starts_in=starts_in, ends_in=ends_in * 3_600, state=state, started_at=now, prepared_at=now, **totals, **more
    )
    if state != SCHEDULED:
        first = 1_000 * mailing.id
        Batch.objects.create(
            mailing=mailing,
            first_id=first,
            last_id=first + 999,
            due_at=now,
            state="done" if over else "ready",
            **counts,
        )
    return mailing


def named_by_the_console() -> set[int]:
    load = load_now()
    things = waiting_things(undecided=load.undecided, live=load.totals, role=Role.OPERATOR)
    return {int(found[1]) for thing in things if (found := re.search(r"/mailings/(\d+)", thing.url))}


def named_by_the_doctor() -> set[int]:
    found = [each for each in examine(repair=False, everything=False) if each.about == "mailings" and each.needs_a_hand]
    return {int(number) for each in found for number in re.findall(r"mailing (\d+):", each.words)}


def named_by_the_report() -> set[int]:
    return {account.mailing.id for account in contents_of(until_now()).to_decide}


@pytest.mark.parametrize("name", [named_by_the_console, named_by_the_doctor, named_by_the_report])
def test_console_doctor_and_report_name_the_same_mailings(ledger: Connection, name: Any) -> None:
    del ledger
    waiting = [
        make(state=PAUSED, pause_code=PauseCode.REFUSED, pause_answer="http_401"),
        make(state=PAUSED, pause_code=PauseCode.RESTORED, restored_at=database_now()),
        make(state=SCHEDULED, pause_code=PauseCode.RESTORED, restored_at=database_now()),
        make(state=RUNNING, unknown=2),
        make(state=PAUSED, unknown=2, pause_code=PauseCode.OPERATOR),
        make(state=MailingState.COMPLETED, unknown=2, over=True),
    ]
    make(state=PAUSED, pause_code=PauseCode.OPERATOR)
    make(state=RUNNING)
    make(state=SCHEDULED)
    make(state=RUNNING, unknown=2, unknown_left=2)
    make(state=MailingState.EXPIRED, unknown=2, ends_in=-1, over=True)
    make(state=MailingState.CANCELLED, unknown=2, over=True)
    make(state=MailingState.COMPLETED, unknown=2, over=True, hidden_at=database_now())
    assert name() == {each.id for each in waiting}


def test_one_mailing_and_all_mailings_are_counted_alike(ledger: Connection) -> None:
    del ledger
    ways = product(MailingState, (0, 1, 3), (-1, 1), (True, False), (None, database_now()))
    for state, left, ends_in, over, hidden in ways:
        make(state=state, unknown=2, unknown_left=left, ends_in=ends_in, over=over, hidden_at=hidden)
    now, every = database_now(), list(Mailing.objects.all())
    totals = totals_of(every)
    counts = {each: count for each in every if (count := count_undecided(each, totals[each.id], now))}
    assert dict(undecided_mailings(load_now().totals)) == counts
    assert set(counts.values()) == {1, 2}
