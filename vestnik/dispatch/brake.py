"""The brake pauses mailings before a gateway that answers everything wrongly uses up an audience.

A wrong base address (404), a login page, a redirect, a refused text: each is an answer, so the breaker does not open,
and each uses up a message. So a dispatcher sends carefully (few requests at once) until it has seen a success, and when
nothing but bad answers comes, the mailings are paused with the reason, until somebody resumes them.

Pure decisions, tested as tables; nothing here touches the ledger or the network.
"""

from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass
from itertools import repeat

from vestnik.gateways.outcome import Kind, Outcome

#: Answers without a success before them after which the gateway, or one mailing, is stopped.
TRIAL = 50
#: The number of last answers, and how many of one bad kind among them stop a gateway that has shown successes.
LAST, UNIFORM = 200, 180
#: Bad answers in a row from which a gateway that has shown successes is sent to carefully.
DOUBT = 20
#: Seconds for which a success counts.
LATELY = 60.0
#: Requests in flight while one sends carefully: of all dispatchers together, and of one at most and at least.
CAREFUL, MAX_CAREFUL, MIN_CAREFUL = 400, 100, 4


def bad_kind(outcome: Outcome) -> str | None:
    """The kind of a bad answer; None if there is no answer, or if another part deals with it.

    Those are: 429 (waits), 401 and 403 (pause at once), 5xx and requests without an answer (the breaker).
    """
    if outcome.kind is Kind.REFUSED or (outcome.kind is Kind.AMBIGUOUS and outcome.answered):
        return None if outcome.server_error else outcome.code
    return outcome.code if is_nonsense(outcome) else None


def is_nonsense(outcome: Outcome) -> bool:
    """Return whether the answer is no HTTP, or too large: another server listens there, so the gateway is not down."""
    return outcome.kind is Kind.AMBIGUOUS and outcome.code == "garbage"


def careful_share(dispatchers: int) -> int:
    """The requests that each of ``dispatchers`` may have in flight while it sends carefully."""
    return max(MIN_CAREFUL, min(MAX_CAREFUL, CAREFUL // max(1, dispatchers)))


class AnswerWatch:
    """Watches the answers of a gateway: whether it can be trusted, and whether there are too many bad answers."""

    __slots__ = ("_last", "_proved_at", "bad", "stopped")

    def __init__(self) -> None:
        self._proved_at: float | None = None
        self._last: deque[str | None] = deque(maxlen=LAST)
        #: Bad answers since the last success.
        self.bad = 0
        #: There were too many; it stays so until :meth:`reset`.
        self.stopped = False

    @property
    def proved(self) -> bool:
        """Whether it has shown a success."""
        return self._proved_at is not None

    def reset(self) -> None:
        """Start again, trusting nothing."""
        self._proved_at, self.bad, self.stopped = None, 0, False
        self._last.clear()

    def succeeded(self, at: float, number: int = 1) -> None:
        """So many successes: the usual, cheap case. ``at``: unix seconds."""
        self._proved_at = at
        self.bad = 0
        self._last.extend(repeat(None, number))

    def observe(self, kind: str) -> bool:
        """Note a bad answer. Return whether it is one too many."""
        self._last.append(kind)
        self.bad += 1
        if self.stopped:
            return False
        if not self.proved:
            self.stopped = self.bad >= TRIAL
        elif len(self._last) == LAST:
            self.stopped = self.bad >= LAST or self._last.count(kind) >= UNIFORM
        return self.stopped

    def usual_kind(self) -> str:
        """The most frequent kind of the last bad answers; empty when there was none."""
        kinds = Counter(kind for kind in self._last if kind is not None)
        return kinds.most_common(1)[0][0] if kinds else ""

    def room(self, now: float, *, in_flight: int, untold: int, share: int) -> int | None:
        """How many more requests may be in flight; None: as many as the connections take.

        Args:
            now: unix seconds.
            in_flight: requests in flight.
            untold: bad answers that the ledger has not heard of yet; others may have as many.
            share: of :func:`careful_share`.
        """
        if self.stopped:
            return 0
        if self._proved_at is not None and now - self._proved_at > LATELY:
            self.reset()
        if self._proved_at is None:
            return max(0, min(share - untold, MAX_CAREFUL - self.bad) - in_flight)
        return max(0, share - in_flight) if self.bad >= DOUBT else None


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of sending.

    - ``mailing``: of this one only; None: of all.
    - ``outcome``: the last of the answers that are the reason; ``kind``: the usual one of them.
    - ``handed_over``: when its request was, in unix seconds of the database's clock.
    """

    mailing: int | None
    kind: str
    outcome: Outcome
    handed_over: float


@dataclass(frozen=True, slots=True)
class BrakeReport:
    """The brake's report of a dispatcher to the ledger.

    - ``stops``: what is to be paused.
    - ``bad``: further bad answers of a gateway that has shown this dispatcher no success; ``last``: the last of them.
    - ``proved``: it has just shown one. ``careful``: tell how many dispatchers there are.
    """

    stops: tuple[Stop, ...] = ()
    bad: int = 0
    last: Stop | None = None
    proved: bool = False
    careful: bool = False


class Brake:
    """The brake of one dispatcher: the gateway's, and one for each mailing that has not shown a success here."""

    def __init__(self) -> None:
        self._gateway = AnswerWatch()
        self._mailings: dict[int, int] = {}
        self._since: float | None = None
        self._share = careful_share(1)
        self._stops: list[Stop] = []
        self._last: Stop | None = None
        self._untold = self._telling = 0
        self._has_proved = False

    @property
    def has_news(self) -> bool:
        """Is there something that the ledger should hear at once?"""
        return bool(self._stops) or self._untold >= min(self._share, TRIAL)

    def succeeded(self, mailing: int, at: float, number: int = 1) -> None:
        """So many successes: the usual, cheap case. ``at``: unix seconds of the database's clock."""
        if not self._gateway.proved:
            self._has_proved, self._untold = True, 0
        self._gateway.succeeded(at, number)
        if mailing in self._mailings:
            del self._mailings[mailing]

    def failed(self, mailing: int, outcome: Outcome, *, handed_over: float) -> None:
        """Note any other outcome of a request that was handed over then (unix seconds of the database's clock)."""
        kind = bad_kind(outcome)
        if kind is None or (self._since is not None and handed_over < self._since):
            return
        stopped = self._gateway.observe(kind)
        self._last = Stop(None, self._gateway.usual_kind() if stopped else kind, outcome, handed_over)
        if not self._gateway.proved:
            self._untold += 1
        of_mailing = self._mailings.get(mailing)
        if of_mailing is not None:
            self._mailings[mailing] = of_mailing + 1
        if stopped:
            self._stops.append(self._last)
        elif of_mailing == TRIAL - 1 and not self._gateway.stopped:
            self._stops.append(Stop(mailing, kind, outcome, handed_over))

    def room(self, now: float, *, in_flight: int) -> int | None:
        """How many more requests may be in flight; None: as many as the connections take. ``now``: unix seconds."""
        untold = self._untold + self._telling
        return self._gateway.room(now, in_flight=in_flight, untold=untold, share=self._share)

    def is_tried(self, mailing: int) -> bool:
        """Return whether this mailing has shown no success yet."""
        return mailing in self._mailings

    def room_of(self, mailing: int, *, in_flight: int) -> int:
        """The number of further requests that may be in flight for a mailing without a success."""
        return max(0, min(self._share, MAX_CAREFUL - self._mailings[mailing]) - in_flight)

    def report(self) -> BrakeReport:
        """Return the report, and forget it."""
        bad, last = (0, None) if self._has_proved else (self._untold, self._last)
        report = BrakeReport(tuple(self._stops), bad, last, self._has_proved, careful=not self._gateway.proved)
        self._telling, self._untold, self._has_proved = self._untold, 0, False
        self._stops = []
        return report

    def learn(self, since: float | None, dispatchers: int | None) -> None:
        """Take in the ledger's answer.

        Args:
            since: everybody sends carefully from then on, and forgets what was before (unix seconds).
            dispatchers: how many there are; None: not asked.
        """
        self._telling = 0
        if dispatchers is not None:
            self._share = careful_share(dispatchers)
        if since != self._since:
            self._since = since
            self._begin_anew()

    def distrust(self) -> None:
        """Distrust the gateway after it was down: it has to show a success first."""
        self._begin_anew()

    def hold(self, mailings: Collection[int], new: Collection[int]) -> None:
        """Note the mailings with leases here; ``new`` ones have to show a success first."""
        self._mailings = {**{m: n for m, n in self._mailings.items() if m in mailings}, **dict.fromkeys(new, 0)}

    def _begin_anew(self) -> None:
        self._gateway.reset()
        self._mailings = dict.fromkeys(self._mailings, 0)
        self._stops, self._last = [], None
        self._untold = 0
        self._has_proved = False
