"""The request of a dispatcher to the ledger, and its answer."""

from dataclasses import dataclass
from typing import TypeAlias

from vestnik.dispatch.brake import BrakeReport
from vestnik.dispatch.breaker_state import BreakerReport
from vestnik.dispatch.lease import Lease, LeaseUpdate, Recall, Stamp
from vestnik.gateway.outcome import Outcome
from vestnik.models import MessageState

#: A request and what came of it: message, its lease, outcome, latency in seconds, when (unix seconds of the database's
#: clock), and the state that was decided on. A plain tuple: one is made for each message, and a named one costs 8 times
#: as much.
Landing: TypeAlias = tuple[int, Lease, Outcome, float, float, MessageState]


@dataclass(slots=True, frozen=True)
class Exchange:
    """The report of a dispatcher to the ledger, and its requests, at one time.

    ``loaded``: of each mailing that leases are held of, how many ids are not handed over yet. ``want``: batches to
    lease, at most; ``room``: ids to have loaded then, over all mailings. ``landed`` (requests with their outcomes),
    ``handed`` (since the last exchange) and ``in_flight`` are for metrics and logs.
    """

    updates: list[LeaseUpdate]
    late: list[tuple[Lease, list[Stamp]]]
    refused: dict[int, tuple[float, str]]
    known: frozenset[int]
    loaded: dict[int, int]
    want: int
    room: int
    slots: int
    brake: BrakeReport
    breaker: BreakerReport
    landed: list[Landing]
    handed: int
    in_flight: int


@dataclass(slots=True)
class Reply:
    """The ledger's answer. Local times are monotonic seconds; ``database_now`` is unix seconds.

    ``careful_since``: everybody sends carefully from then on (unix seconds). ``dispatchers``: how many there are; None
    when that was not asked.
    ``asks_to_wait``: the gateway has asked to wait for long. ``ignores_waits``: that is ignored.
    ``probe_timeout``: the breaker is open and this dispatcher may send one message, waiting that long for the answer.
    """

    sent: float
    received: float
    database_now: float
    kept: frozenset[int]
    recalls: dict[int, Recall]
    mailings: dict[int, tuple[bool, float, str | None]]
    leases: list[Lease]
    careful_since: float | None
    dispatchers: int | None
    breaker_open: bool
    probe_in: float | None
    asks_to_wait: bool
    ignores_waits: bool
    probe_timeout: float | None
    slots_in: float | None
    next_due: float | None

    def idle_seconds(self, most: float) -> float:
        """Seconds until there may be a batch to lease, when there was none: ``most`` at most."""
        due = most if self.next_due is None else min(most, max(0.0, self.next_due))
        if self.breaker_open and self.probe_in is not None:
            due = max(due, min(most, self.probe_in))
        return due
