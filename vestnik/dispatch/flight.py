"""Requests without an outcome, the lease of each, and what an outcome means for its lease."""

from collections.abc import Iterable, Sequence

from vestnik.dispatch.brake import Brake
from vestnik.dispatch.breaker import Breaker
from vestnik.dispatch.decide import Doubt, decide, was_cut
from vestnik.dispatch.exchange import Landing, Refusal
from vestnik.dispatch.lease import Lease, Stamp
from vestnik.dispatch.long_texts import TOO_LONG
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome
from vestnik.gateways.transport import Answer
from vestnik.models import MessageState

#: Of a message that was never tried: no answers, and no doubt.
_NO_DOUBT = (0, Doubt.NONE)
_SENT = MessageState.SENT  # an attribute of an enum is looked up in 40 ns, a global in 4


class Flight:
    """The requests of one dispatcher between hand-over and outcome.

    Args:
        idempotent: the gateway recognises a repeated id.
        timeout: seconds that a request may take when nothing cuts it short.
    """

    def __init__(self, breaker: Breaker, brake: Brake, *, idempotent: bool, timeout: float) -> None:
        self._breaker = breaker
        self._brake = brake
        self._idempotent = idempotent
        self._timeout = timeout
        self._owners: dict[int, Lease] = {}
        self._refused: dict[int, Refusal] = {}
        self._landed: list[Landing] = []

    def takes_off(self, message: int, lease: Lease) -> bool:
        """Note that ``lease`` wants ``message`` sent. False: it is in flight already.

        That is so when a lease was lost and the batch leased again before the answer came: one request is enough, and
        its answer counts for the new lease.
        """
        former = self._owners.get(message)
        self._owners[message] = lease
        if former is not None:
            former.pass_on()
        return former is None

    def land(self, answers: Iterable[Answer], at: float) -> None:
        """Note outcomes on their leases, in their order; ``at`` is the database's time.

        Successes of one lease that follow each other are noted together: there is one for nearly every message.
        """
        owners = self._owners
        lease: Lease | None = None
        sent: list[tuple[int, float]] = []
        for message, outcome, latency in answers:
            owner = owners.pop(message)
            if outcome is SUCCESS and owner is lease:
                sent.append((message, latency))
                continue
            if outcome.provider_ids or outcome.parts:
                owner.name(message, outcome)
            succeeded = outcome.kind is Kind.SUCCESS
            if succeeded and owner is lease:
                sent.append((message, latency))
                continue
            if lease is not None:
                self._succeed(lease, sent, at)
                lease, sent = None, []
            if succeeded:
                lease, sent = owner, [(message, latency)]
            else:
                self._fail(owner, message, outcome, latency=latency, at=at)
        if lease is not None:
            self._succeed(lease, sent, at)

    def _succeed(self, lease: Lease, sent: Sequence[tuple[int, float]], at: float) -> None:
        self._breaker.succeeded(lease, len(sent))
        self._brake.succeeded(lease.mailing, at, len(sent))
        lease.record_sent([message for message, _ in sent], at)
        self._landed += [(message, lease, SUCCESS, latency, at, _SENT) for message, latency in sent]

    def _fail(self, lease: Lease, message: int, outcome: Outcome, *, latency: float, at: float) -> None:
        self._breaker.failed(lease, outcome, says_nothing=was_cut(outcome, latency, timeout=self._timeout))
        self._brake.failed(lease.mailing, outcome, handed_over=at - latency)
        if outcome.kind is Kind.UNAUTHORIZED:
            self._note_refusal(lease.mailing, outcome, handed_over=at - latency)
        answers, doubt = lease.doubtful.get(message, _NO_DOUBT)
        verdict = decide(outcome, idempotent=self._idempotent, doubt=doubt, answers=answers)
        self._landed.append((message, lease, outcome, latency, at, verdict.state))
        lease.record(Stamp(message, verdict.state, verdict.in_doubt, verdict.burns, outcome, at))

    def leave(self, messages: Iterable[int], lease: Lease, at: float) -> None:
        """Note messages that another gateway must send. This one was not asked, so nothing is known of it.

        Args:
            messages: that have taken off.
            lease: theirs.
            at: unix seconds of the database's clock.
        """
        verdict = decide(TOO_LONG, idempotent=self._idempotent, doubt=Doubt.NONE, answers=0)
        for message in messages:
            del self._owners[message]
            self._landed.append((message, lease, TOO_LONG, 0.0, at, verdict.state))
            lease.record(Stamp(message, verdict.state, verdict.in_doubt, verdict.burns, TOO_LONG, at))

    def _note_refusal(self, mailing: int, outcome: Outcome, *, handed_over: float) -> None:
        refusal = Refusal(handed_over, outcome.code, outcome.detail)
        self._refused[mailing] = max(self._refused.get(mailing, refusal), refusal)

    def landed(self) -> list[Landing]:
        """The requests that have ended since the last call."""
        landed, self._landed = self._landed, []
        return landed

    @property
    def was_refused(self) -> bool:
        """Did the gateway refuse our token since the last :meth:`refusals`?"""
        return bool(self._refused)

    def refusals(self) -> dict[int, Refusal]:
        """The mailings whose requests were refused, with the latest of them; once."""
        refused, self._refused = self._refused, {}
        return refused
