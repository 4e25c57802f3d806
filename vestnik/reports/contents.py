"""The contents of a report: the mailings that ended and those that run, with their totals and what needs a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from vestnik.db.clock import database_now
from vestnik.db.statements import Statements
from vestnik.mailings.pauses import held_back_mailings, is_held_back, what_to_do, why_held_back
from vestnik.models import NO_SUCCESS, Mailing, MailingKind, MailingState, MessageState, Role
from vestnik.phones.display import mask_phones
from vestnik.reports.due import Period
from vestnik.reports.singles import Singles, singles_of
from vestnik.routing.reach import Reach, reach
from vestnik.statistics.delivery import PATIENCE_UNWATCHED, Delivery, GatewayDelivery, delivery_of
from vestnik.statistics.totals import GatewayTotals, Totals, roll_up, totals_of, totals_with_gateways
from vestnik.statistics.waiting import TROUBLE, bad_share, count_undecided

SQL = Statements("vestnik.reports")
#: The codes of one mailing that are listed, the most frequent first.
MAX_CODES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCount:
    """The number of messages of a mailing that ended in ``state`` with the gateway's or our own ``code`` (or none).

    ``words``: the provider's, with phones masked, where a receipt said that messages were not delivered.
    """

    state: str
    code: str
    count: int
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One mailing in a report.

    ``undecided``: unknown messages that an operator may still decide about. ``held_back``: it waits for somebody,
    because of the gateway or of a restored backup. ``trouble``: the percentage of what was sent that
    failed or is unknown, where that is a fifth or more; else 0. ``gateways``: what each gateway did, if there were
    several. ``delivery``: what receipts said; None: there was none.
    """

    mailing: Mailing
    totals: Totals
    roll_up: dict[str, int]
    errors: list[ErrorCount]
    undecided: int
    held_back: bool
    trouble: int = 0
    gateways: tuple[GatewayTotals, ...] = ()
    delivery: Delivery | None = None

    @property
    def by_gateway(self) -> list[tuple[GatewayTotals, GatewayDelivery | None]]:
        """What each gateway did, and what receipts said of it, if there were several."""
        told = {each.name: each for each in self.delivery.gateways} if self.delivery else {}
        return [(each, told.get(each.name)) for each in self.gateways]

    @property
    def why_held_back(self) -> tuple[str, str]:
        """The reason in the active language, and what an administrator can do; empty if it is not held back."""
        if not self.held_back:
            return "", ""
        return why_held_back(self.mailing), what_to_do(self.mailing, Role.ADMINISTRATOR)

    @property
    def has_receipts(self) -> bool:
        """Return whether a gateway has said what was delivered: many send no receipts."""
        return bool(self.totals["delivered"] or self.totals["undelivered"])

    @property
    def shown_totals(self) -> Totals:
        """The totals, without what only receipts say where there are none."""
        hidden = () if self.has_receipts else ("delivered", "undelivered")
        return {state: count for state, count in self.totals.items() if state not in hidden}

    @property
    def needs_a_decision(self) -> bool:
        """Return whether somebody has to act."""
        return bool(self.undecided or self.held_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The facts of a report, before they are put into words.

    ``reach``: whom messages reach at the time of the report.
    ``held_back``: mailings that have not started, and will start paused: a restored backup holds them back.
    ``messages``: how many the ended mailings and ``singles`` have in all. ``singles``: the single messages of the day.
    """

    period: Period
    ended: list[Account]
    running: list[Account]
    held_back: list[Account]
    messages: int
    reach: Reach
    public_url: str
    singles: Singles | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether there was no mailing at all, and no single message."""
        return not self.ended and not self.running and not self.held_back and self.singles is None

    @property
    def listed(self) -> list[int]:
        """The ids of the mailings whose messages are in the CSV."""
        return [account.mailing.id for account in self.ended] + (self.singles.mailings if self.singles else [])

    @property
    def to_decide(self) -> list[Account]:
        """The mailings that wait for somebody."""
        return [account for account in (*self.ended, *self.running, *self.held_back) if account.needs_a_decision]


def contents_of(period: Period) -> Contents:
    """Read the contents of a period's report. Deleted mailings are in it, too.

    The totals of what runs, and what waits for a decision, are those of now. The mailings that hold single messages are
    one line together, unless one of them waits for somebody.
    """
    every = Mailing.objects.exclude(kind=MailingKind.DIRECT, pause_code="")
    ended = every.filter(finished_at__gt=period.covers_from, finished_at__lte=period.covers_until)
    running = every.filter(state__in=(MailingState.RUNNING, MailingState.PAUSED), finished_at=None)
    now = database_now()
    accounts = _accounts(ended.order_by("finished_at", "id"), now)
    singles = singles_of(period, ZoneInfo(settings.TIME_ZONE), patience=PATIENCE_UNWATCHED)
    return Contents(
        period=period,
        ended=accounts,
        running=_accounts(running.order_by("start_time", "id"), now),
        held_back=_accounts(held_back_mailings().filter(state=MailingState.SCHEDULED), now),
        messages=sum(account.roll_up["total_count"] for account in accounts)
        + (singles.roll_up["total_count"] if singles else 0),
        reach=reach(),
        public_url=settings.ENVIRONMENT.public_url,
        singles=singles,
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
    gateways: tuple[GatewayTotals, ...] = ()
    if mailing.started_at:
        # Of one instant: what was read for all mailings before may be older.
        of_now, gateways = totals_with_gateways(mailing)
        totals = of_now if gateways else totals
    receipts = totals["delivered"] + totals["undelivered"]
    delivery = delivery_of(mailing.id, patience=PATIENCE_UNWATCHED) if receipts else None
    reasons = {each.code: mask_phones(each.words) for each in delivery.reasons} if delivery else {}
    return Account(
        mailing=mailing,
        totals=totals,
        roll_up=roll_up(totals),
        errors=errors_of(mailing.id, reasons) if any(totals[str(state.label)] for state in NO_SUCCESS) else [],
        undecided=count_undecided(mailing, totals, now),
        held_back=is_held_back(mailing, now),
        trouble=round(100 * share) if (share := bad_share(totals, left=mailing.unknown_left)) >= TROUBLE else 0,
        gateways=gateways,
        delivery=delivery,
    )


def errors_of(mailing_id: int, reasons: Mapping[str, str] | None = None) -> list[ErrorCount]:
    """The numbers of messages that ended without success, by state and code, the most frequent first.

    ``reasons``: the provider's words for the codes of receipts.
    """
    states = [int(state) for state in NO_SUCCESS]
    rows = SQL.run(connection, "errors_by_code", mailing=mailing_id, states=states, most=MAX_CODES)
    return [
        ErrorCount(
            state=str(MessageState(state).label), code=code, count=count,
            words=(reasons or {}).get(code, "") if state == MessageState.UNDELIVERED else "",
        )
        for state, code, count in rows
    ]  # fmt: skip
