"""What a dispatcher holds in memory: leases, the mailings they belong to, and what it asks of the ledger."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from vestnik.dispatch.brake import BrakeReport
from vestnik.dispatch.decide import backoff
from vestnik.gateway.outcome import Outcome
from vestnik.models import MessageState


@dataclass(slots=True, frozen=True)
class Stamp:
    """An outcome other than the usual success, to be written on one message."""

    message_id: int
    state: MessageState
    in_doubt: bool
    burns: bool
    outcome: Outcome
    at: float


@dataclass(slots=True, eq=False)
class Lease:
    """A batch held under a fencing token, with the messages still to be sent, in the order of their ids.

    ``ids[:granted]`` are covered by the committed high-water mark ``mark`` and may be handed over; ``ids[:handed]``
    were; ``stamped`` of them have an outcome in the ledger. ``draining``: hand over nothing more and give it back.
    ``lost``: somebody else has taken it over; nothing of ours is written for it but late definite answers.
    ``until``: nothing is handed over from this instant on (unix seconds of the database's clock), because the clients'
    send window closes; it opens again at ``reopens``.
    ``who``: phone and client of each message, for its line in the log; empty when messages are not logged.
    ``recalls``: the batch's number of recalls that we know of. ``withdrawn``: granted ids that were recalled before
    they were handed over; the next flush cancels them.
    """

    batch: int
    mailing: int
    attempt: int
    retries: int
    token: int
    ids: Sequence[int]
    phones: Sequence[int]
    doubtful: dict[int, tuple[int, bool]]
    who: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    until: float = float("inf")
    reopens: float | None = None
    granted: int = 0
    handed: int = 0
    in_flight: int = 0
    stamped: int = 0
    mark: int | None = None
    recalls: int = 0
    retry: bool = False
    draining: bool = False
    lost: bool = False
    sent_ids: list[int] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    stamps: list[Stamp] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)

    def mark_of(self, granted: int) -> int | None:
        """The mark that covers ``ids[:granted]``. Never below the present one, whose id may have been recalled."""
        return max(self.ids[granted - 1], self.mark or 0) if granted else self.mark

    def heed(self, recalls: int, still_to_send: Collection[int]) -> None:
        """Forget recalled ids that were not handed over; those that are granted are withdrawn by the next flush."""
        self.recalls = recalls
        withdrawn = [message for message in self.ids[self.handed : self.granted] if message not in still_to_send]
        kept = [n for n, message in enumerate(self.ids) if n < self.handed or message in still_to_send]
        self.phones = [self.phones[n] for n in kept]
        self.ids = [self.ids[n] for n in kept]
        self.granted -= len(withdrawn)
        self.withdrawn += withdrawn

    def update(self, granted: int, *, closed: bool) -> "LeaseUpdate":
        """Take out what the next flush has to write, and ask for ``granted`` more ids.

        Args:
            granted: how many; none are asked for when the lease is given back.
            closed: its send window closes, so that it is due when that opens again.
        """
        release = self.over
        update = LeaseUpdate(
            lease=self, sent_ids=self.sent_ids, sent_at=self.sent_at, stamps=self.stamps, withdrawn=self.withdrawn,
            granted=0 if release else granted, mark=self.mark_of(self.granted + granted), release=release,
            backoff=backoff(self.retries) if self.retry else None, reopens=self.reopens if closed else None,
        )  # fmt: skip
        self.sent_ids, self.sent_at, self.stamps, self.withdrawn = [], [], [], []
        return update

    def lose(self, update: "LeaseUpdate") -> None:
        """It was taken over before ``update`` was written: keep what we know for sure, hand over nothing more."""
        self.lost = True
        self.sent_ids = update.sent_ids + self.sent_ids
        self.sent_at = update.sent_at + self.sent_at
        self.stamps = update.stamps + self.stamps

    @property
    def over(self) -> bool:
        """Nothing is left to hand over or to wait for."""
        return self.in_flight == 0 and (self.draining or self.handed == len(self.ids))

    @property
    def unrecorded(self) -> int:
        """Ids that may be in doubt if this process dies now."""
        return self.granted - self.stamped


@dataclass(slots=True)
class MailingView:
    """What a dispatcher knows of a mailing: its text as JSON, its end (unix seconds of the database's clock)."""

    id: int
    text_json: bytes
    running: bool
    end: float


@dataclass(slots=True, frozen=True)
class LeaseUpdate:
    """One lease's part of a flush: outcomes, the next mark, and whether it is given back.

    ``backoff``: it is due again after so many seconds. ``reopens``: not before this instant (unix seconds).
    ``withdrawn``: granted ids that were recalled and not handed over.
    """

    lease: Lease
    sent_ids: list[int]
    sent_at: list[float]
    stamps: list[Stamp]
    withdrawn: list[int]
    granted: int
    mark: int | None
    release: bool
    backoff: float | None
    reopens: float | None


#: A request and what came of it: message, its lease, outcome, latency in seconds, when (unix seconds of the database's
#: clock), and the state that was decided on. A plain tuple: one is made for each message, and a named one costs 8 times
#: as much.
Landing: TypeAlias = tuple[int, Lease, Outcome, float, float, MessageState]


@dataclass(slots=True, frozen=True)
class Recall:
    """Messages of a lease were recalled: what is still to be sent, and what the flush that noticed it granted."""

    number: int
    kept: frozenset[int]
    granted: int
    mark: int | None


@dataclass(frozen=True, slots=True)
class BreakerReport:
    """What a dispatcher tells the ledger.

    - ``reason``: it should open. ``probe_answered``: None when none was.
    - ``wait``: seconds until the first or the next probe, at least, because the gateway asked for it.
    - ``asked``: seconds that the gateway has asked to wait, when that is longer than is believed; 0: it has not.
    - ``wait_over``: it has taken a message since.
    """

    reason: str | None = None
    probe_answered: bool | None = None
    probe_reason: str = ""
    wait: float = 0.0
    asked: float = 0.0
    wait_over: bool = False


@dataclass(slots=True, frozen=True)
class Exchange:
    """What a dispatcher says to, and asks of, the ledger in one go.

    ``loaded``: of each mailing that leases are held of, how many ids are not handed over yet. ``want``: batches to
    lease, at most; ``room``: ids to have loaded then, over all mailings. ``landed`` (requests with their outcomes),
    ``handed`` (since the last exchange) and ``in_flight`` are for whoever watches.
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
    """What the ledger answered. Local times are monotonic seconds; ``database_now`` unix seconds.

    ``careful_since``: everybody sends carefully from then on (unix seconds). ``dispatchers``: how many there are; None
    when that was not asked.
    ``asks_to_wait``: the gateway has asked to wait for long. ``ignores_waits``: that is not heeded.
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
