"""A real dispatcher on the real ledger, one step at a time, before a gateway that answers when a test says so."""

from datetime import timedelta
from typing import Any

from vestnik.audience.build import build_audiences
from vestnik.db.connection import Connection, open_connection
from vestnik.dispatch.dispatcher import Dispatcher, DispatchSettings
from vestnik.dispatch.sweep import sweep
from vestnik.gateway.outcome import SUCCESS, Kind, Outcome
from vestnik.gateway.transport import Answer
from vestnik.mailings.creation import MailingFields, create_mailing, database_now
from vestnik.models import Client, Mailing

#: The first of the phones that :func:`clients` makes; the next ones follow.
FIRST = 79110000000
THROTTLED = Outcome(kind=Kind.THROTTLED, code="http_429", detail="slowly", answered=True)
REFUSED = Outcome(kind=Kind.REFUSED, code="17", detail="no such subscriber", answered=True)
TIMEOUT = Outcome(kind=Kind.AMBIGUOUS, code="timeout", detail="no answer", transport_failure=True)


class Gateway:
    """Stands where the libcurl transport stands: requests stay in flight until the test answers them."""

    def __init__(self, concurrency: int) -> None:
        self.phones: list[int] = []
        self.pending: list[int] = []
        self._answers: list[Answer] = []
        self._concurrency = concurrency

    @property
    def in_flight(self) -> int:
        return len(self.pending) + len(self._answers)

    @property
    def free(self) -> int:
        return self._concurrency - self.in_flight

    def hand_over(self, message_id: int, phone: int, text_json: bytes, timeout: float) -> None:
        del text_json, timeout
        self.phones.append(phone)
        self.pending.append(message_id)

    def answer(self, outcome: Outcome = SUCCESS, *, most: int | None = None, latency: float = 0.0) -> None:
        """Answer what is in flight, or the ``most`` oldest of it, ``latency`` seconds after the hand-over."""
        answered = self.pending if most is None else self.pending[:most]
        self._answers += [Answer(message, outcome, latency) for message in answered]
        self.pending = self.pending[len(answered) :]

    def poll(self, wait: float) -> list[Answer]:
        del wait
        answers, self._answers = self._answers, []
        return answers

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


class Stepped:
    """A real dispatcher on the real ledger, one step at a time: each exchange is waited for."""

    def __init__(self, concurrency: int = 1, *, idempotent: bool = True) -> None:
        self.gateway = Gateway(concurrency)
        settings = DispatchSettings(
            name="test",
            gateway_url="http://127.0.0.1:9",
            gateway_token="",
            concurrency=concurrency,
            timeout=30,
            idempotent=idempotent,
            max_rate=None,
        )
        self.dispatcher = Dispatcher(settings, self.gateway)  # type: ignore[arg-type]

    def step(self, times: int = 3) -> None:
        for _ in range(times):
            self.dispatcher._woken = True
            self.dispatcher._exchanged_at = 0.0
            self.dispatcher.step()
            if self.dispatcher._exchange is not None:
                self.dispatcher._exchange.exception(timeout=10)

    def connection(self) -> Connection:
        """A connection to the ledger as its recorder has."""
        return open_connection("late")

    def until_empty(self) -> None:
        for _ in range(300):
            self.gateway.answer()
            self.step(1)


def clients(count: int) -> list[Client]:
    return Client.objects.bulk_create(
        Client(phone_number=FIRST + n, mobile_operator_code=911, tag="vip", timezone="Europe/Moscow")
        for n in range(count)
    )


def mailing(*, hours: float = 1) -> Mailing:
    now = database_now()
    fields = MailingFields(
        name="", message_text="Hello", filter_tags=["vip"], filter_codes=None,
        start_time=now, end_time=now + timedelta(hours=hours),
    )  # fmt: skip
    return create_mailing(fields=fields, actor=None)


def begin(ledger: Connection, count: int = 10) -> Mailing:
    clients(count)
    made = mailing()
    tick(ledger)
    return made


def tick(ledger: Connection) -> None:
    sweep(ledger, idempotent=True, stopped=lambda: False)
    build_audiences(ledger, stopped=lambda: False)
    sweep(ledger, idempotent=True, stopped=lambda: False)


def states(ledger: Connection) -> dict[int, tuple[int, Any]]:
    rows = ledger.execute("SELECT phone, state, code FROM vestnik_message ORDER BY phone").fetchall()
    return {phone - FIRST: (state, code) for phone, state, code in rows}
