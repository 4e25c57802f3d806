"""A gateway at the border of the process: answers when a test says so. Behind it everything is real."""

import threading
import time
from collections import defaultdict

from vestnik.dispatch.dispatcher import Dispatcher, DispatchSettings
from vestnik.gateway.outcome import SUCCESS, Kind, Outcome
from vestnik.gateway.transport import Answer

REFUSED = Outcome(kind=Kind.REFUSED, code="17", detail="no such subscriber", answered=True)
THROTTLED = Outcome(kind=Kind.THROTTLED, code="http_429", detail="slowly", answered=True)
NOT_SENT = Outcome(kind=Kind.NOT_SENT, code="connect", detail="refused", transport_failure=True)
TIMEOUT = Outcome(kind=Kind.AMBIGUOUS, code="timeout", detail="no answer", transport_failure=True)
BROKEN = Outcome(kind=Kind.AMBIGUOUS, code="http_500", detail="oops", answered=True, server_error=True)
UNAUTHORIZED = Outcome(kind=Kind.UNAUTHORIZED, code="http_401", detail="token", answered=True)


class FakeGateway:
    """Remembers for each id how often it was handed over and how often it was taken for delivery.

    An idempotent one does not refuse what it took before.
    """

    def __init__(self, *, idempotent: bool = False) -> None:
        self.idempotent = idempotent
        self.received: dict[int, int] = defaultdict(int)
        self.taken: dict[int, int] = defaultdict(int)
        self.started_at: dict[int, list[float]] = defaultdict(list)


class FakeTransport:
    """Stands where the libcurl transport stands. Requests stay in flight until :meth:`answer` is called."""

    def __init__(self, gateway: FakeGateway, concurrency: int) -> None:
        self.gateway = gateway
        self.pending: list[tuple[int, float]] = []
        self._answers: list[Answer] = []
        self._concurrency = concurrency
        self._woken = threading.Event()

    @property
    def in_flight(self) -> int:
        return len(self.pending) + len(self._answers)

    @property
    def free(self) -> int:
        return self._concurrency - self.in_flight

    def hand_over(self, message_id: int, phone: int, text_json: bytes, timeout: float) -> None:
        del phone, text_json, timeout
        self.gateway.received[message_id] += 1
        self.gateway.started_at[message_id].append(time.time())
        self.pending.append((message_id, time.monotonic()))

    def answer(self, outcome: Outcome, *, taken: bool, count: int | None = None) -> None:
        """Answer the oldest ``count`` requests (all, when None); ``taken``: the gateway delivers them."""
        count = len(self.pending) if count is None else count
        answered, self.pending = self.pending[:count], self.pending[count:]
        for message_id, started in answered:
            if self.gateway.idempotent and outcome is REFUSED and self.gateway.taken[message_id]:
                self._answers.append(Answer(message_id, SUCCESS, time.monotonic() - started))
                continue
            self.gateway.taken[message_id] += int(taken)
            if outcome.kind in (Kind.NOT_SENT, Kind.THROTTLED, Kind.UNAUTHORIZED):
                self.gateway.received[message_id] -= 1  # it did not arrive, or was turned away at the door
            self._answers.append(Answer(message_id, outcome, time.monotonic() - started))

    def poll(self, wait: float) -> list[Answer]:
        if not self._answers:
            self._woken.wait(min(wait, 0.5))
        self._woken.clear()
        answers, self._answers = self._answers, []
        return answers

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        self.pending.clear()


def settings(*, name: str = "test", idempotent: bool = False, concurrency: int = 64) -> DispatchSettings:
    return DispatchSettings(
        name=name,
        gateway_url="http://127.0.0.1:9",
        gateway_token="",
        concurrency=concurrency,
        timeout=30,
        idempotent=idempotent,
        max_rate=None,
    )


class SteppedDispatcher:
    """A real dispatcher, one step at a time: each exchange with the ledger is waited for."""

    def __init__(self, gateway: FakeGateway, *, name: str, idempotent: bool) -> None:
        self.transport = FakeTransport(gateway, 64)
        self.dispatcher = Dispatcher(settings(name=name, idempotent=idempotent), self.transport)  # type: ignore[arg-type]
        self.name = name

    def step(self, times: int = 2) -> None:
        for _ in range(times):
            self.dispatcher._woken = True
            self.dispatcher._exchanged_at = 0.0
            self.dispatcher.step()
            if self.dispatcher._exchange is not None:
                self.dispatcher._exchange.exception(timeout=10)

    def crash(self) -> None:
        """Die without a word: what was not recorded is lost with the process."""
        if self.dispatcher._exchange is not None:
            self.dispatcher._exchange.exception(timeout=10)
        self.dispatcher.close()
