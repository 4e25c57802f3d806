"""The request of a dispatcher to the ledger, and its answer."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from vestnik.dispatch.brake import BrakeReport
from vestnik.dispatch.breaker_state import BreakerReport
from vestnik.dispatch.granted import Granted
from vestnik.dispatch.lease import Lease, LeaseUpdate, Recall, Stamp
from vestnik.gateways.outcome import Outcome
from vestnik.models import MessageState

#: A request and what came of it: message, its lease, outcome, latency in seconds, when (unix seconds of the database's
#: clock), and the state that was decided on. A plain tuple: one is made for each message, and a named one costs 8 times
#: as much.
Landing: TypeAlias = tuple[int, Lease, Outcome, float, float, MessageState]


class Refusal(NamedTuple):
    """The gateway refused us, not the message. ``handed_over``: when the request was (unix seconds).

    ``code``, ``words``: of its answer.
    """

    handed_over: float
    code: str
    words: str


@dataclass(slots=True, frozen=True)
class Exchange:
    """The report of a dispatcher to the ledger, and its requests, at one time.

    ``loaded``: of each mailing that leases are held of, how many ids are not handed over yet. ``want``: batches to
    lease, at most; ``room``: ids to have loaded then, over all mailings. ``landed`` (requests with their outcomes),
    ``handed`` (since the last exchange) and ``in_flight`` are for metrics and logs. ``places``: that are used until the
    answer, at most, where the provider limits them.
    """

    updates: list[LeaseUpdate]
    late: list[tuple[Lease, list[Stamp]]]
    refused: dict[int, Refusal]
    known: frozenset[int]
    loaded: dict[int, int]
    want: int
    lane: int
    room: int
    slots: int
    brake: BrakeReport
    breaker: BreakerReport
    landed: list[Landing]
    handed: int
    in_flight: int
    places: int = 0


@dataclass(slots=True)
class Reply:
    """The ledger's answer. Local times are monotonic seconds; ``database_now`` is unix seconds.

    ``careful_since``: everybody sends carefully from then on (unix seconds). ``dispatchers``: how many there are; None
    when that was not asked.
    ``asks_to_wait``: the gateway has asked to wait for long. ``ignores_waits``: that is ignored.
    ``split``: batches of which only what was handed over is left.
    ``out``: the gateway refuses us and gets nothing. ``others``: another one can take over.
    ``known``: another number when any gateway's settings change. ``places``: None: the provider does not limit them.
    ``probe_timeout``: the breaker is open and this dispatcher may send one message, waiting that long for the answer.
    """

    sent: float
    received: float
    database_now: float
    kept: frozenset[int]
    recalls: dict[int, Recall]
    split: frozenset[int]
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
    known: int
    out: bool
    others: bool
    places: Granted | None = None

    def idle_seconds(self, most: float) -> float:
        """Seconds until there may be a batch to lease, when there was none: ``most`` at most."""
        due = most if self.next_due is None else min(most, max(0.0, self.next_due))
        if self.breaker_open and self.probe_in is not None:
            due = max(due, min(most, self.probe_in))
        return due
