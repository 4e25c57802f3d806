"""The leases of one dispatcher, which share one window, and which mailing is next."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heapreplace
from typing import Protocol

from vestnik.dispatch.lease import Lease
from vestnik.gateways.adapter import Prepared
from vestnik.mailings.hours import LAST_SECOND

#: Ids granted to one mailing before it is looked who has the fewest now.
_GRANT = 16
#: Ids of single messages granted beyond a full window.
LANE = 64
_LAST_SECOND = LAST_SECOND.total_seconds()
#: Texts of single messages that are kept ready: many are the same.
_OWN_TEXTS = 256


class Preparing(Protocol):
    """Makes texts ready to be sent: what holdings need of a :class:`vestnik.gateways.channel.Channel`."""

    def prepare(self, text: str, *, expires_at: float) -> Prepared:
        """``expires_at``: unix seconds; it should not be delivered later."""

    def prepare_own(self, *, expires_at: float) -> Callable[[str], Prepared]:
        """For texts of which each is one message's own."""


@dataclass(slots=True)
class MailingView:
    """A mailing as a dispatcher needs it. ``prepared``: its text, ready to be sent until its ``end``.

    ``prepare_own``: makes a text that one message of it has ready. ``end``: unix seconds of the database's clock.
    """

    id: int
    text: str
    prepared: Prepared
    prepare_own: Callable[[str], Prepared]
    running: bool
    end: float


class Holdings:
    """All leases held, grouped by mailing; mailings take turns, so that ten messages do not wait behind a million.

    Args:
        window: how many ids may be granted and not yet recorded, over all leases: what is in doubt if the process dies.
        channel: makes texts ready to be sent.
    """

    def __init__(self, window: int, channel: Preparing) -> None:
        self.window = window
        self._channel = channel
        self.mailings: dict[int, MailingView] = {}
        self._leases: dict[int, Lease] = {}
        self._former: list[Lease] = []
        self._turns: deque[int] = deque()
        self._by_mailing: dict[int, deque[Lease]] = {}
        self._direct: dict[int, None] = {}
        self._own = lru_cache(_OWN_TEXTS)(lambda text, end: channel.prepare(text, expires_at=end))

    def __iter__(self) -> Iterator[Lease]:
        yield from self._leases.values()
        yield from self._former

    def __len__(self) -> int:
        return len(self._leases) + len(self._former)

    def add(self, lease: Lease) -> None:
        """Take a lease in.

        A former lease of the same batch, which was lost, stays until its requests have their answers.
        """
        former = self._leases.get(lease.batch)
        if former is not None:
            self._former.append(former)
        self._leases[lease.batch] = lease
        if lease.mailing not in self._by_mailing:
            self._by_mailing[lease.mailing] = deque()
            if lease.direct:
                self._direct[lease.mailing] = None
            else:
                self._turns.append(lease.mailing)
        self._by_mailing[lease.mailing].append(lease)

    def drop(self, lease: Lease) -> None:
        """Forget a lease that was given back or lost."""
        if self._leases.get(lease.batch) is lease:
            del self._leases[lease.batch]
        elif lease in self._former:
            self._former.remove(lease)
        of_mailing = self._by_mailing[lease.mailing]
        of_mailing.remove(lease)
        if not of_mailing:
            del self._by_mailing[lease.mailing]
            if lease.mailing in self._direct:
                del self._direct[lease.mailing]
            else:
                self._turns.remove(lease.mailing)

    def mailing_ids(self) -> frozenset[int]:
        """The mailings that leases are held of."""
        return frozenset(self._by_mailing)

    def learn(self, mailings: Mapping[int, tuple[bool, float, str | None]]) -> None:
        """Take in what the ledger says of mailings: whether they run, their end, and (when asked for) their text."""
        for mailing, (running, end, text) in mailings.items():
            known = self.mailings.get(mailing)
            if known is not None:
                known.running = running
                if known.end != end:  # somebody moved it, and it may stand in the request
                    known.end, known.prepared = end, self._channel.prepare(known.text, expires_at=end)
                    known.prepare_own = self._channel.prepare_own(expires_at=end)
            elif text is not None:
                prepared = self._channel.prepare(text, expires_at=end)
                prepare_own = self._channel.prepare_own(expires_at=end)
                self.mailings[mailing] = MailingView(mailing, text, prepared, prepare_own, running, end)
            if not running:
                self.drain(mailing)

    def forget_unheld(self) -> None:
        """Forget mailings that no lease is held of."""
        for mailing in self.mailings.keys() - self._by_mailing.keys():
            del self.mailings[mailing]

    def drain(self, mailing: int | None = None) -> None:
        """Hand over nothing more, of one mailing or of all."""
        for lease in self:
            if mailing is None or lease.mailing == mailing:
                lease.drain()

    def drain_closed(self, now: float) -> None:
        """Hand over nothing more of batches whose send window closes; ``now`` is in unix seconds."""
        for lease in self:
            if now >= lease.until:
                lease.drain()

    def turns(self) -> Iterable[tuple[MailingView, Lease]]:
        """Each mailing once, with its first lease that has granted ids to hand over. Single messages come first."""
        for mailing in list(self._direct):
            lease = next((held for held in self._by_mailing.get(mailing, ()) if held.waiting), None)
            if lease is not None:
                yield self.mailings[mailing], lease
        for _ in range(len(self._turns)):
            mailing = self._turns[0]
            self._turns.rotate(-1)
            lease = next((held for held in self._by_mailing.get(mailing, ()) if held.waiting), None)
            if lease is not None:
                yield self.mailings[mailing], lease

    def own_text(self, mailing: MailingView, lease: Lease, message: int) -> Prepared:
        """The text that only this message has, ready to be sent until its end."""
        if lease.direct:
            return self._own(lease.texts[message], lease.until + _LAST_SECOND)
        return mailing.prepare_own(lease.texts[message])

    def direct_leases(self) -> Iterator[Lease]:
        """The leases of single messages."""
        for mailing in self._direct:
            yield from self._by_mailing[mailing]

    def to_hand_over(self) -> int:
        """Granted ids that have not been handed over yet."""
        return sum(lease.waiting for lease in self)

    def in_flight(self, mailing: int) -> int:
        """Requests of one mailing that have no outcome yet."""
        return sum(lease.in_flight for lease in self._by_mailing.get(mailing, ()))

    def loaded_by_mailing(self) -> dict[int, int]:
        """Ids in memory that have not been handed over yet, granted or not, of each mailing that leases are held of."""
        return {mailing: sum(x.left for x in leases) for mailing, leases in self._by_mailing.items()}

    def plan_grants(self, allowance: int, most: int | None = None) -> dict[int, int]:
        """The number of further ids to grant, by batch, within the window. Older leases of a mailing go first.

        Single messages go before all, and a full window has still room for some of them.
        Who has the fewest granted and not recorded is given to first, so mailings share the window evenly, however
        small the room is and however long some of them have been there.

        Args:
            allowance: ids that may be granted and unrecorded now (at most the window counts).
            most: grant at most so many (a probe grants one).
        """
        room = min(allowance, self.window) - sum(lease.unrecorded for lease in self)
        if most is not None:
            room = min(room, most)
        grants: dict[int, int] = {}
        if self._direct:
            direct = deque(lease for lease in self.direct_leases() if lease.grantable)
            room -= _grant_share(direct, max(0, room) + (LANE if most is None else 0), grants)
        waiting = {m: deque(x for x in self._by_mailing[m] if x.grantable) for m in self._turns}
        poorest = [(sum(x.unrecorded for x in self._by_mailing[m]), m) for m, held in waiting.items() if held]
        heapify(poorest)
        while room > 0 and poorest:
            has, mailing = poorest[0]
            share = min(_GRANT, max(1, room // len(poorest)))
            given = _grant_share(waiting[mailing], share, grants)
            room -= given
            if waiting[mailing]:
                heapreplace(poorest, (has + given, mailing))
            else:
                heappop(poorest)
        return grants


def _grant_share(leases: deque[Lease], share: int, grants: dict[int, int]) -> int:
    given = 0
    while share > given and leases:
        lease = leases[0]
        already = grants.get(lease.batch, 0)
        more = min(share - given, lease.grantable - already)
        if more:
            grants[lease.batch] = already + more
            given += more
        if already + more == lease.grantable:
            leases.popleft()
    return given
