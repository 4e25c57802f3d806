"""A batch that a dispatcher holds: the progress of its messages, and what the next flush writes about them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from vestnik.dispatch.decide import Doubt, backoff
from vestnik.dispatch.long_texts import LeavesText
from vestnik.gateways.outcome import SUCCESS, Outcome
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


class LeaseBroken(RuntimeError):
    """The marks of a lease are out of order, which is a bug. The dispatcher ends, and its leases lapse."""


@dataclass(slots=True, eq=False)
class Lease:
    """A batch held under a fencing token, with the messages still to be sent, in the order of their ids.

    Four marks divide its ids, and only the methods move them: ``stamped <= handed <= granted <= len(ids)``.
    ``ids[:granted]`` are covered by the committed high-water mark ``mark`` and may be handed over; ``ids[:handed]``
    were; ``stamped`` of them have an outcome in the ledger. An id that is recalled before it is handed over leaves.

    ``lost``: somebody else has taken it over; nothing of ours is written for it but late definite answers.
    ``until``: nothing is handed over from this instant on (unix seconds of the database's clock), because the clients'
    send window closes; it opens again at ``reopens``.
    ``who``: phone and client of each message, for its line in the log; empty when messages are not logged.
    ``doubtful``: of messages tried before, the answers that burnt a try, and where they may have been delivered.
    ``recalls``: the batch's number of recalls that we know of.
    ``direct``: it holds single messages, which go before all others. ``personal``: its mailing has a personal text.
    ``texts``: of each of these messages, its own text. ``leaves``: which of them another gateway must send; None: none.
    """

    batch: int
    mailing: int
    attempt: int
    retries: int
    token: int
    ids: Sequence[int]
    phones: Sequence[int]
    doubtful: dict[int, tuple[int, Doubt]]
    who: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    until: float = float("inf")
    reopens: float | None = None
    recalls: int = 0
    direct: bool = False
    personal: bool = False
    texts: Mapping[int, str] = field(default_factory=dict)
    leaves: LeavesText | None = None
    _stamped: int = field(default=0, init=False)
    _handed: int = field(default=0, init=False)
    _granted: int = field(default=0, init=False)
    _mark: int | None = field(default=None, init=False)
    _in_flight: int = field(default=0, init=False)
    _retry: bool = field(default=False, init=False)
    _doubts: bool = field(default=False, init=False)
    _draining: bool = field(default=False, init=False)
    _lost: bool = field(default=False, init=False)
    _sent_ids: list[int] = field(default_factory=list, init=False)
    _sent_at: list[float] = field(default_factory=list, init=False)
    _stamps: list[Stamp] = field(default_factory=list, init=False)
    _withdrawn: list[int] = field(default_factory=list, init=False)
    _named: dict[int, Outcome] = field(default_factory=dict, init=False)
    _flushes: int = field(default=0, init=False)

    # -- requests

    def hand_over(self, count: int) -> Iterable[tuple[int, int]]:
        """The next ``count`` messages and their phones; they are in flight from now on.

        Raises:
            LeaseBroken: fewer are granted and not handed over.
        """
        first, last = self._handed, self._handed + count
        self._handed = last
        self._in_flight += count
        self._check()
        return zip(self.ids[first:last], self.phones[first:last], strict=True)

    def pass_on(self) -> None:
        """One request less: another lease of the same batch waits for its answer now."""
        self._in_flight -= 1

    def record_sent(self, messages: Sequence[int], at: float) -> None:
        """Requests succeeded: the usual, cheap case. ``at``: unix seconds of the database's clock."""
        self._in_flight -= len(messages)
        self._sent_ids += messages
        self._sent_at += repeat(at, len(messages))

    def record(self, stamp: Stamp) -> None:
        """A request had any other outcome."""
        self._in_flight -= 1
        self._stamps.append(stamp)
        if stamp.state is MessageState.QUEUED:
            self._retry = True
            self._doubts = self._doubts or stamp.in_doubt

    def doubt_of(self, message: int) -> Doubt:
        """What earlier attempts left of a message."""
        return self.doubtful[message][1] if message in self.doubtful else Doubt.NONE

    def is_left(self, message: int) -> bool:
        """Is its own text one that another gateway must send? What may have been delivered over this one stays here."""
        return self.leaves is not None and message not in self.doubtful and self.leaves(self.texts[message])

    def name(self, message: int, outcome: Outcome) -> None:
        """The gateway said what it calls a message."""
        self._named[message] = outcome

    def drain(self) -> None:
        """Hand over nothing more; the lease is given back when its requests have their answers."""
        self._draining = True

    # -- flushes

    def update(self, granted: int, *, closed: bool, splits: bool = False) -> "LeaseUpdate":
        """Take out what the next flush has to write, and ask for ``granted`` more ids.

        Args:
            granted: how many; none are asked for when the lease is given back.
            closed: its send window closes, so that it is due when that opens again.
            splits: another gateway can take over what was not handed over.

        Raises:
            LeaseBroken: so many are not loaded.
        """
        if granted > len(self.ids) - self._granted:
            raise LeaseBroken(f"{granted} more of {self._granted} of {len(self.ids)} ids cannot be granted")
        release = self.over
        self._flushes += 1
        update = LeaseUpdate(
            lease=self, number=self._flushes, sent_ids=self._sent_ids, sent_at=self._sent_at,
            stamps=self._stamps, withdrawn=self._withdrawn,
            granted=0 if release else granted, mark=self._mark_of(self._granted + granted), release=release,
            backoff=backoff(self.retries) if self._retry else None, reopens=self.reopens if closed else None,
            doubts=self._doubts or not self._handed, split_at=self._split_at(granted) if splits else None,
            named=self._named,
        )  # fmt: skip
        self._sent_ids, self._sent_at, self._stamps, self._withdrawn, self._named = [], [], [], [], {}
        return update

    def confirm(self, update: "LeaseUpdate", recall: "Recall | None" = None, *, split: bool = False) -> None:
        """``update`` is committed; ``recall`` is what it noticed, and then says what was granted.

        ``split``: what was not handed over is in another batch now.

        Raises:
            LeaseBroken: more is granted than loaded, or more is stamped than was handed over.
        """
        written = recall or update
        self._stamped += len(update.sent_ids) + len(update.stamps)
        self._granted += written.granted
        self._mark = written.mark
        if split:  # first: what a recall says of the rest is another holder's
            self.ids, self.phones = self.ids[: self._handed], self.phones[: self._handed]
            self._granted, self._mark = self._handed, update.split_at
        if recall is not None:
            self._heed(recall)
        self._check()

    def lose(self, update: "LeaseUpdate") -> None:
        """It was taken over before ``update`` was written: keep what we know for sure, hand over nothing more."""
        self._lost = True
        self._sent_ids = update.sent_ids + self._sent_ids
        self._sent_at = update.sent_at + self._sent_at
        self._stamps = update.stamps + self._stamps
        self._named = {**update.named, **self._named}

    def definite_answers(self) -> list[Stamp]:
        """Of what is not written yet, the answers that leave no doubt: they count even when the lease is lost."""
        sent = [
            Stamp(message, MessageState.SENT, in_doubt=False, burns=False, outcome=SUCCESS, at=at)
            for message, at in zip(self._sent_ids, self._sent_at, strict=True)
        ]
        return sent + [stamp for stamp in self._stamps if stamp.state is MessageState.FAILED]

    def _split_at(self, granted: int) -> int | None:
        """The last id that was handed over, if the rest is not going to be while its answers are waited for."""
        left = len(self.ids) - self._handed
        stays = self._draining or (granted == 0 and self._granted == self._handed)
        return self.ids[self._handed - 1] if left and stays and self._in_flight and not self._lost else None

    def _mark_of(self, granted: int) -> int | None:
        """The mark that covers ``ids[:granted]``. Never below the present one, whose id may have been recalled."""
        return max(self.ids[granted - 1], self._mark or 0) if granted else self._mark

    def _heed(self, recall: "Recall") -> None:
        """Forget recalled ids that were not handed over; those that are granted are withdrawn by the next flush."""
        self.recalls = recall.number
        withdrawn = [message for message in self.ids[self._handed : self._granted] if message not in recall.kept]
        kept = [n for n, message in enumerate(self.ids) if n < self._handed or message in recall.kept]
        self.phones = [self.phones[n] for n in kept]
        self.ids = [self.ids[n] for n in kept]
        self._granted -= len(withdrawn)
        self._withdrawn += withdrawn

    def _check(self) -> None:
        if not self._stamped <= self._handed <= self._granted <= len(self.ids):
            marks = (self._stamped, self._handed, self._granted, len(self.ids))
            raise LeaseBroken(f"stamped, handed, granted and loaded are out of order: {marks}")

    # -- what there is to see

    @property
    def stamped(self) -> int:
        """Ids that have an outcome in the ledger."""
        return self._stamped

    @property
    def handed(self) -> int:
        """Ids that were handed over."""
        return self._handed

    @property
    def granted(self) -> int:
        """Ids that may be handed over, or were."""
        return self._granted

    @property
    def mark(self) -> int | None:
        """The committed high-water mark; None: nothing was granted yet."""
        return self._mark

    @property
    def in_flight(self) -> int:
        """Requests without an outcome."""
        return self._in_flight

    @property
    def lost(self) -> bool:
        """Has somebody else taken it over?"""
        return self._lost

    @property
    def waiting(self) -> int:
        """Ids that are granted and may be handed over now."""
        return 0 if self._draining or self._lost else self._granted - self._handed

    @property
    def left(self) -> int:
        """Ids that are still to be handed over, granted or not."""
        return 0 if self._draining or self._lost else len(self.ids) - self._handed

    @property
    def grantable(self) -> int:
        """Ids that may still be granted."""
        return 0 if self._draining or self._lost else len(self.ids) - self._granted

    @property
    def named(self) -> Mapping[int, Outcome]:
        """Messages whose outcome says what the gateway calls them, as far as no flush has taken them out."""
        return self._named

    @property
    def unwritten(self) -> int:
        """Outcomes that the next flush writes."""
        return len(self._sent_ids) + len(self._stamps)

    @property
    def over(self) -> bool:
        """Nothing is left to hand over or to wait for."""
        return self._in_flight == 0 and (self._draining or self._handed == len(self.ids))

    @property
    def unrecorded(self) -> int:
        """Ids that may be in doubt if this process dies now."""
        return self._granted - self._stamped


@dataclass(slots=True, frozen=True)
class LeaseUpdate:
    """One lease's part of a flush: outcomes, the next mark, and whether it is given back.

    ``number``: of the flush in this lease; it stays the same when the flush is repeated because its answer was lost.
    ``backoff``: it is due again after so many seconds. ``reopens``: not before this instant (unix seconds).
    ``withdrawn``: granted ids that were recalled and not handed over. ``doubts``: some are queued again in doubt, or
    nothing was handed over. ``split_at``: what follows this id is to be a batch of its own; None: nothing is.
    ``named``: messages whose outcome says what the gateway calls them.
    """

    lease: Lease
    number: int
    sent_ids: list[int]
    sent_at: list[float]
    stamps: list[Stamp]
    withdrawn: list[int]
    granted: int
    mark: int | None
    release: bool
    backoff: float | None
    reopens: float | None
    doubts: bool
    split_at: int | None = None
    named: Mapping[int, Outcome] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Recall:
    """Messages of a lease were recalled: what is still to be sent, and what the flush that noticed it granted."""

    number: int
    kept: frozenset[int]
    granted: int
    mark: int | None
