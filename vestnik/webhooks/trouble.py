"""Which endpoints work, and which need somebody: for metrics, doctor and console. A few rows; no event is counted."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from vestnik.db.clock import database_now
from vestnik.db.statements import Statements
from vestnik.models import DisabledCode
from vestnik.webhooks.targets import read_target

SQL = Statements("vestnik.webhooks")
#: An endpoint that has failed for so long needs somebody.
FAILING_FOR = timedelta(hours=1)
#: The states of endpoints, as metrics name them: disabled by an administrator, and stopped by what they answered.
STATES = WORKING, FAILING, DISABLED, STOPPED = "working", "failing", "disabled", "stopped"


class EndpointNow(NamedTuple):
    """An endpoint. ``waited``: seconds that the first event has waited for it; None: none waits, or it is disabled."""

    id: int
    url: str
    description: str
    enabled: bool
    disabled_code: str
    disabled_at: datetime | None
    failing_since: datetime | None
    waited: float | None

    @property
    def state(self) -> str:
        """One of :data:`STATES`."""
        if not self.enabled:
            return DISABLED if self.disabled_code == DisabledCode.OPERATOR else STOPPED
        return FAILING if self.failing_since is not None else WORKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An endpoint that somebody has to look at, and since when. ``name``: its description, or the host.

    ``code``: why it was disabled; empty: it fails, and is still tried.
    """

    id: int
    name: str
    code: str
    since: datetime


def endpoints_now() -> list[EndpointNow]:
    """All endpoints, the oldest first.

    Raises:
        django.db.DatabaseError: the ledger cannot be asked.
    """
    return [EndpointNow(*row) for row in SQL.run(connection, "endpoints_now")]


def by_state(endpoints: list[EndpointNow]) -> dict[str, int]:
    """How many endpoints are in each state; all states are there."""
    counts = Counter(each.state for each in endpoints)
    return {state: counts[state] for state in STATES}


def troubled_endpoints() -> list[Trouble]:
    """The endpoints that have failed for an hour, or were disabled for what they answered, the oldest first."""
    found = [each for each in endpoints_now() if each.state in {FAILING, STOPPED}]
    now = database_now() if found else None
    return [
        Trouble(id=each.id, name=_named(each), code=each.disabled_code, since=since)
        for each in found
        if (since := each.disabled_at or each.failing_since) and now
        if each.state == STOPPED or now - since >= FAILING_FOR
    ]


def _named(endpoint: EndpointNow) -> str:
    """Without the rest of the address, which may hold a token."""
    return endpoint.description or read_target(endpoint.url, allow_private=True).host
