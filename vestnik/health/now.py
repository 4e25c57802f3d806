"""What the ledger says about this instant, as values: for the console, the metrics and the facts in words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from vestnik.models import MESSAGE_STATES, MailingState
from vestnik.sqlfiles import sql

SQL = "vestnik.health"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayNow:
    """The gateway as the whole cluster sees it.

    ``simulator``: nothing is delivered. ``since``: when the breaker last changed. ``limited``: the rate limit holds
    messages back just now. ``errors``: the share (0 to 1) of messages of the running mailings that ended in an error,
    of those that have an outcome; None when none has.
    """

    simulator: bool
    breaker_open: bool
    reason: str
    since: datetime | None
    limited: bool
    errors: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadNow:
    """What is to be done, and who is there to do it.

    Args:
        mailings: mailings that are not settled, by state (all states are there).
        messages: their messages, by the nine states.
        queue_age: seconds since the oldest batch that nobody has leased is due; 0 when none waits.
        leases: batches that dispatchers hold.
        lapsed: those of them whose holder has not renewed in time.
        undecided: unknown messages that wait for an operator's decision.
        imports: imports that are not over.
        failing_reports: daily reports of the last days that the mail server did not take.
        beat_age: seconds since beat last ticked; None: never.
        dispatchers: sending processes that asked the ledger something within a minute.
        keepers: worker processes likewise; every worker process has one.
    """

    mailings: Mapping[str, int] = field(default_factory=dict)
    messages: Mapping[str, int] = field(default_factory=dict)
    queue_age: float
    leases: int
    lapsed: int
    undecided: int
    imports: int
    failing_reports: int
    beat_age: float | None
    dispatchers: int
    keepers: int


def gateway_now() -> GatewayNow:
    """The gateway's state.

    Raises:
        django.db.DatabaseError: the ledger cannot be asked.
    """
    is_open, reason, since, limited, good, bad = _row("gateway_now")
    return GatewayNow(
        simulator=settings.ENVIRONMENT.gateway_is_simulator,
        breaker_open=is_open,
        reason=reason,
        since=since,
        limited=bool(limited),
        errors=bad / (good + bad) if good + bad else None,
    )


def load_now() -> LoadNow:
    """What is to be done now: one statement of a few milliseconds.

    Raises:
        django.db.DatabaseError: the ledger cannot be asked.
    """
    (found,) = _row("load_now")
    values: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    mailings, messages = values.pop("mailings") or {}, values.pop("messages")
    return LoadNow(
        **{**values, "queue_age": values["queue_age"] or 0.0},
        mailings={state: mailings.get(state, 0) for state in MailingState.values},
        messages={state: messages[state] or 0 for state in MESSAGE_STATES},
    )


def note_beat() -> None:
    """Write down that beat has just ticked.

    Raises:
        django.db.DatabaseError: the ledger did not take it.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql(SQL, "beat_heartbeat"))


def _row(name: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql(SQL, name), {})
        row: tuple[Any, ...] = cursor.fetchone()
    return row
