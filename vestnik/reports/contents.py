"""The contents of a report: the mailings that ended and those that run, with their totals and what needs a decision."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from vestnik.db.clock import database_now
from vestnik.db.statements import Statements
from vestnik.mailings.pauses import held_back_mailings, is_held_back, why_held_back
from vestnik.models import NO_SUCCESS, Mailing, MailingState, MessageState
from vestnik.reports.due import Period
from vestnik.statistics.totals import Totals, roll_up, totals_of
from vestnik.statistics.waiting import TROUBLE, bad_share, count_undecided

SQL = Statements("vestnik.reports")
#: The codes of one mailing that are listed, the most frequent first.
MAX_CODES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCount:
    """The number of messages of a mailing that ended in ``state`` with the gateway's or our own ``code`` (or none)."""

    state: str
    code: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One mailing in a report.

    ``undecided``: unknown messages that an operator may still decide about. ``held_back``: it waits for somebody,
    because of the gateway or of a restored backup. ``trouble``: the percentage of what was sent that
    failed or is unknown, where that is a fifth or more; else 0.
    """

    mailing: Mailing
    totals: Totals
    roll_up: dict[str, int]
    errors: list[ErrorCount]
    undecided: int
    held_back: bool
    trouble: int = 0

    @property
    def why_held_back(self) -> tuple[str, str]:
        """The reason in the active language, and what to do; empty if it is not held back."""
        return why_held_back(self.mailing) if self.held_back else ("", "")

    @property
    def needs_a_decision(self) -> bool:
        """Return whether somebody has to act."""
        return bool(self.undecided or self.held_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The facts of a report, before they are put into words.

    ``held_back``: mailings that have not started, and will start paused: a restored backup holds them back.
    ``messages``: how many the ended mailings have in all.
    """

    period: Period
    ended: list[Account]
    running: list[Account]
    held_back: list[Account]
    messages: int
    test_gateway: bool
    public_url: str

    @property
    def is_empty(self) -> bool:
        """Return whether there was no mailing at all."""
        return not self.ended and not self.running and not self.held_back

    @property
    def to_decide(self) -> list[Account]:
        """The mailings that wait for somebody."""
        return [account for account in (*self.ended, *self.running, *self.held_back) if account.needs_a_decision]


def contents_of(period: Period) -> Contents:
    """Read the contents of a period's report. Deleted mailings are in it, too.

    The totals of what runs, and what waits for a decision, are those of now.
    """
    every = Mailing.objects.all()
    ended = every.filter(finished_at__gt=period.covers_from, finished_at__lte=period.covers_until)
    running = every.filter(state__in=(MailingState.RUNNING, MailingState.PAUSED), finished_at=None)
    now = database_now()
    accounts = _accounts(ended.order_by("finished_at", "id"), now)
    return Contents(
        period=period,
        ended=accounts,
        running=_accounts(running.order_by("start_time", "id"), now),
        held_back=_accounts(held_back_mailings().filter(state=MailingState.SCHEDULED), now),
        messages=sum(account.roll_up["total_count"] for account in accounts),
        test_gateway=settings.ENVIRONMENT.gateway_is_simulator,
        public_url=settings.ENVIRONMENT.public_url,
    )


def settled(until: datetime) -> bool:
    """Return whether no mailing can end any more with a time up to ``until``."""
    ((found,),) = SQL.run(connection, "settled", until=until)
    return bool(found)


def _accounts(mailings: "QuerySet[Mailing]", now: datetime) -> list[Account]:
    found = list(mailings)
    totals = totals_of(found)
    return [_account(mailing, totals[mailing.id], now) for mailing in found]


def _account(mailing: Mailing, totals: Totals, now: datetime) -> Account:
    return Account(
        mailing=mailing,
        totals=totals,
        roll_up=roll_up(totals),
        errors=errors_of(mailing.id) if any(totals[str(state.label)] for state in NO_SUCCESS) else [],
        undecided=count_undecided(mailing, totals, now),
        held_back=is_held_back(mailing, now),
        trouble=round(100 * share) if (share := bad_share(totals, left=mailing.unknown_left)) >= TROUBLE else 0,
    )


def errors_of(mailing_id: int) -> list[ErrorCount]:
    """The numbers of messages that ended without success, by state and code, the most frequent first."""
    states = [int(state) for state in NO_SUCCESS]
    rows = SQL.run(connection, "errors_by_code", mailing=mailing_id, states=states, most=MAX_CODES)
    return [ErrorCount(state=str(MessageState(state).label), code=code, count=count) for state, code, count in rows]
