"""One message on its way: its parts, and the one outcome that comes of them."""

from dataclasses import replace

from vestnik.gateways.outcome import SUCCESS, Kind, Outcome, classify_failure, clean_words
from vestnik.gateways.smpp.statuses import THROTTLED_SECONDS
from vestnik.gateways.smpp.submits import Submits


class Job:
    """A message that was handed over.

    The first part goes alone, and the others follow once it was accepted: what the SMSC refuses or throttles is not
    begun. ``open``: submits whose answer is not there. ``done``: its outcome was given. Times are monotonic seconds.
    """

    __slots__ = (
        "_accepted", "_ids", "_problem", "deadline", "done", "message_id", "open", "phone", "started", "submits"
    )  # fmt: skip

    def __init__(self, message_id: int, phone: int, submits: Submits, started: float, deadline: float) -> None:
        self.message_id, self.phone, self.submits = message_id, phone, submits
        self.started, self.deadline = started, deadline
        self.open = 0
        self.done = False
        self._accepted = 0
        self._ids: dict[int, str] = {}
        self._problem: Outcome | None = None

    @property
    def has_begun(self) -> bool:
        """Was a part accepted?"""
        return self._accepted > 0

    @property
    def has_failed(self) -> bool:
        """Is it sure that it will not be whole?"""
        return self._problem is not None

    def accepted(self, number: int, identifier: str) -> Outcome | None:
        """A part was accepted under this id; the outcome, if it was the last answer."""
        self.open -= 1
        self._accepted += 1
        if self.submits.total == 1 and not self._problem:
            parts = self.submits.parts
            if parts == 1 and not identifier:
                return SUCCESS
            ids = (identifier,) if identifier else ()
            return Outcome(
                kind=Kind.SUCCESS, code="0", detail="OK", answered=True, provider_ids=ids, parts=parts
            )  # fmt: skip
        if identifier:
            self._ids[number] = identifier
        return self._outcome()

    def failed(self, outcome: Outcome) -> Outcome | None:
        """A part was not accepted; the outcome of the message, if no answer is missing."""
        self.open -= 1
        # What leaves the message in doubt counts more than a definite no.
        if self._problem is None or outcome.kind is Kind.AMBIGUOUS:
            self._problem = outcome
        return self._outcome()

    def too_late(self, *, is_slowed: bool) -> Outcome:
        """The outcome once its time is over. ``is_slowed``: the SMSC wanted us to be slower."""
        waited = f"within {self.deadline - self.started:.3g} s"
        if self.open:
            return self.broken_off(classify_failure("timeout", f"no answer {waited}", sent=True))
        if is_slowed:
            detail = f"the gateway's rate left no room {waited}"
            return self.broken_off(
                Outcome(kind=Kind.THROTTLED, code="throttled", detail=detail, retry_after=THROTTLED_SECONDS)
            )
        return self.broken_off(classify_failure("timeout", f"not submitted {waited}", sent=False))

    def broken_off(self, outcome: Outcome) -> Outcome:
        """Nothing more is waited for: ``outcome``, unless parts of it are there."""
        self._problem = outcome
        self.open = 0
        return self._outcome() or outcome

    def _outcome(self) -> Outcome | None:
        if self.open:
            return None
        total = self.submits.total
        ids = tuple(self._ids.get(number, "") for number in range(total)) if self._ids else ()
        if self._problem is None:
            if self._accepted < total:
                return None
            return Outcome(kind=Kind.SUCCESS, code="0", detail="OK", answered=True, provider_ids=ids, parts=total)
        if not self._accepted:
            return self._problem
        words = f"{self._accepted} of {total} parts accepted; then {self._problem.detail}"
        return replace(
            self._problem, kind=Kind.AMBIGUOUS, detail=clean_words(words), retry_after=None, provider_ids=ids,
            parts=self._accepted, server_error=False,
        )  # fmt: skip
