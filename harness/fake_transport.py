"""A transport at the border of the process: it answers when a test says so. Behind it everything is real."""

import time
from collections import defaultdict
from collections.abc import Callable

from vestnik.gateways.adapter import Prepared
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome
from vestnik.gateways.transport import Answer

REFUSED = Outcome(kind=Kind.REFUSED, code="17", detail="no such subscriber", answered=True)
THROTTLED = Outcome(kind=Kind.THROTTLED, code="http_429", detail="slowly", answered=True)
NOT_SENT = Outcome(kind=Kind.NOT_SENT, code="connect", detail="refused", transport_failure=True)
TIMEOUT = Outcome(kind=Kind.AMBIGUOUS, code="timeout", detail="no answer", transport_failure=True)
BROKEN = Outcome(kind=Kind.AMBIGUOUS, code="http_503", detail="broken", answered=True, server_error=True)
UNAUTHORIZED = Outcome(kind=Kind.UNAUTHORIZED, code="http_401", detail="no such token", answered=True)

#: With these answers the request did not arrive, or was turned away at the door.
_NOT_RECEIVED = (Kind.NOT_SENT, Kind.THROTTLED, Kind.UNAUTHORIZED)


class FakeGateway:
    """What stands behind one or several transports: how often it received each id, and how often it took it.

    An idempotent one does not refuse what it took before.
    """

    def __init__(self, *, idempotent: bool = True) -> None:
        self.idempotent = idempotent
        self.received: dict[int, int] = defaultdict(int)
        self.taken: dict[int, int] = defaultdict(int)


class FakeTransport:
    """Stands where the transport stands. Requests stay in flight until :meth:`answer` is called.

    ``phones``, ``texts``: of all requests so far, in their order. ``pending``: message ids in flight, oldest first.
    ``concurrency``: requests that it takes at once. ``allowed``: of those the ones that it may have now.
    """

    def __init__(self, concurrency: int, gateway: FakeGateway) -> None:
        self.phones: list[int] = []
        self.texts: list[Prepared] = []
        self.pending: list[int] = []
        self._gateway = gateway
        self._handed_over: dict[int, float] = {}
        self._answers: list[Answer] = []
        self.concurrency = self.allowed = concurrency

    @property
    def in_flight(self) -> int:
        """Requests without an answer that was polled."""
        return len(self.pending) + len(self._answers)

    @property
    def free(self) -> int:
        """Requests that may be handed over now."""
        return min(self.concurrency, self.allowed) - self.in_flight

    @property
    def places_used(self) -> int:
        """Requests without an answer."""
        return self.in_flight

    def allow(self, places: int) -> None:
        """Have no more in flight from now on."""
        self.allowed = places

    def prepare(self, text: str, *, expires_at: float) -> Prepared:
        """Nothing is written here: what is handed over says what was prepared."""
        return text, expires_at

    def prepare_own(self, *, expires_at: float) -> Callable[[str], Prepared]:
        """The same for texts of which each is one message's own."""
        return lambda text: (text, expires_at)

    def hand_over(self, message_id: int, phone: int, text: Prepared, timeout: float) -> None:
        """Take a request."""
        del timeout
        self._gateway.received[message_id] += 1
        self._handed_over[message_id] = time.monotonic()
        self.phones.append(phone)
        self.texts.append(text)
        self.pending.append(message_id)

    def answer(
        self,
        outcome: Outcome = SUCCESS,
        *,
        count: int | None = None,
        taken: bool | None = None,
        latency: float | None = None,
    ) -> None:
        """Answer requests in flight.

        Args:
            outcome: what the gateway says.
            count: answer so many, the oldest first; None: all.
            taken: does the gateway deliver them? None: where the outcome is a success.
            latency: seconds since the hand-over; None: as many as have passed.
        """
        count = len(self.pending) if count is None else count
        answered, self.pending = self.pending[:count], self.pending[count:]
        for message_id in answered:
            passed = time.monotonic() - self._handed_over[message_id]
            said = self._said(message_id, outcome, taken=outcome is SUCCESS if taken is None else taken)
            self._answers.append(Answer(message_id, said, passed if latency is None else latency))

    def _said(self, message_id: int, outcome: Outcome, *, taken: bool) -> Outcome:
        """Note what happens to a message; what the gateway says of it."""
        if self._gateway.idempotent and outcome is REFUSED and self._gateway.taken[message_id]:
            return SUCCESS
        self._gateway.taken[message_id] += int(taken)
        if outcome.kind in _NOT_RECEIVED:
            self._gateway.received[message_id] -= 1
        return outcome

    def poll(self, wait: float) -> list[Answer]:
        """What was answered since the last poll; does not wait."""
        del wait
        answers, self._answers = self._answers, []
        return answers

    def wake(self) -> None:
        """Nobody waits here."""

    def close(self) -> None:
        """Forget what is in flight."""
        self.pending.clear()
