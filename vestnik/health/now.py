"""The present state of the cluster from the ledger, as values, for the console, the metrics and the facts in words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from vestnik.db.connection import set_for_transaction
from vestnik.db.statements import Statements
from vestnik.ledger.fragments import COUNTERS, GATEWAY_PARTS
from vestnik.models import MESSAGE_STATES, Heartbeat, MailingState
from vestnik.statistics.totals import Totals
from vestnik.statistics.waiting import undecided_mailings

SQL = Statements("vestnik.health", counters=COUNTERS, gateway_parts=GATEWAY_PARTS)
#: Seconds within which a part notes but once that it works.
NOTED_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayNow:
    """The gateway as the whole cluster sees it.

    ``since``: when the breaker last changed. ``limited``: the rate limit holds messages back just now. ``asked_until``:
    it has asked us to wait until then; ``asked_seconds``: how long that is.
    """

    breaker_open: bool
    reason: str
    since: datetime | None
    limited: bool
    asked_until: datetime | None = None
    asked_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadNow:
    """The work that waits, and the processes that do it.

    Args:
        mailings: mailings that are not settled, by state (all states are there).
        totals: the totals of those of them that have messages, by the mailing's id.
        errors: the share (0 to 1) of messages of the running mailings that ended in an error, of those that have an
            outcome; None when none has.
        queue_age: seconds since the oldest batch that nobody has leased is due; 0 when none waits.
        leases: batches that dispatchers hold.
        lapsed: those of them whose holder has not renewed in time.
        undecided: mailings with unknown messages that wait for an operator's decision, those first that end first,
            and how many messages.
        imports: imports that are not over.
        failing_reports: daily reports of the last days that the mail server did not take.
        beat_age: seconds since beat last handed a nudge to the broker; None: never.
        taken_age: seconds since a worker last got a nudge from the broker; None: never.
        dispatchers: sending processes that asked the ledger something within a minute.
        keepers: worker processes that did so, too; every worker process has one.
    """

    mailings: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[int, Totals] = field(default_factory=dict)
    errors: float | None
    queue_age: float
    leases: int
    lapsed: int
    undecided: Mapping[int, int] = field(default_factory=dict)
    imports: int
    failing_reports: int
    beat_age: float | None
    taken_age: float | None
    dispatchers: int
    keepers: int

    @property
    def messages(self) -> Totals:
        """The messages of all mailings that are not settled, by the nine states."""
        return {state: sum(totals[state] for totals in self.totals.values()) for state in MESSAGE_STATES}


def gateways_now() -> dict[str, bool]:
    """Each gateway that is enabled, by name, and whether it takes messages now."""
    return dict(SQL.run(connection, "gateways_now"))


def live_messages_now() -> dict[str, Totals]:
    """The messages of mailings that are not over, by gateway (empty: over none) and state, of one instant."""
    return {
        name: dict(zip(MESSAGE_STATES, map(int, counts), strict=True))
        for name, *counts in SQL.run(connection, "live_by_gateway")
    }


def gateway_now() -> GatewayNow:
    """The gateway's state.

    Raises:
        django.db.DatabaseError: the ledger cannot be asked.
    """
    ((is_open, reason, since, limited, asked_until, asked_seconds),) = SQL.run(connection, "gateway_now")
    return GatewayNow(
        breaker_open=is_open,
        reason=reason,
        since=since,
        limited=bool(limited),
        asked_until=asked_until,
        asked_seconds=max(0.0, asked_seconds),
    )


def load_now() -> LoadNow:
    """The load now: two statements of a few milliseconds in all.

    Raises:
        django.db.DatabaseError: the ledger cannot be asked.
    """
    ((found,),) = SQL.run(connection, "load_now")
    values: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    mailings, good, bad = values.pop("mailings") or {}, values.pop("good") or 0, values.pop("bad") or 0
    totals = {
        int(mailing): {state: counts[state] for state in MESSAGE_STATES}
        for mailing, counts in (values.pop("totals") or {}).items()
    }
    return LoadNow(
        **{**values, "queue_age": values["queue_age"] or 0.0},
        mailings={state: mailings.get(state, 0) for state in MailingState.values},
        totals=totals,
        undecided={mailing.id: count for mailing, count in undecided_mailings(totals)},
        errors=bad / (good + bad) if good + bad else None,
    )


def note_beat() -> None:
    """Note that beat has just handed a nudge to the broker.

    Raises:
        django.db.DatabaseError: the ledger did not take it.
    """
    _note(Heartbeat.BEAT)


def note_nudge_taken() -> None:
    """Note that a worker has just got a nudge: only this shows that beat's nudges arrive.

    Raises:
        django.db.DatabaseError: the ledger did not take it.
    """
    _note(Heartbeat.NUDGES)


def note_looked_at() -> None:
    """Note that somebody looked at the facts: the ledger must accept a change within five seconds.

    Raises:
        django.db.DatabaseError: it does not.
    """
    with transaction.atomic():
        set_for_transaction(connection, statement_timeout="5s")
        _note(Heartbeat.LOOKED_AT)


def nudge_taken_age() -> float | None:
    """Seconds since a worker last got a nudge, give or take ``NOTED_SECONDS``; None: never.

    Raises:
        django.db.DatabaseError: the ledger cannot be asked.
    """
    ((age,),) = SQL.run(connection, "nudge_taken_age")
    return None if age is None else float(age)


def _note(name: str) -> None:
    SQL.change(connection, "note_heartbeat", name=name, seconds=NOTED_SECONDS)
