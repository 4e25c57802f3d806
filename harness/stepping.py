"""A real dispatcher on the real ledger, one step at a time, before a gateway that answers when a test says so."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import timedelta
from typing import Any

from harness.fake_transport import FakeGateway, FakeTransport
from harness.probe import probe
from harness.rows import FIRST, add_clients
from vestnik.audience.build import build_audiences
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.dispatch.dispatcher import Dispatcher
from vestnik.dispatch.exchange import Exchange, Reply
from vestnik.dispatch.recorder import Recorder
from vestnik.dispatch.settings import DispatchSettings
from vestnik.gateways.adapter import Adapter
from vestnik.gateways.adapters.probe import Probe
from vestnik.gateways.outcome import Outcome
from vestnik.mailings.create import create_mailing
from vestnik.mailings.fields import MailingFields
from vestnik.models import Mailing
from vestnik.upkeep.restored import hold_if_restored
from vestnik.upkeep.sweep import sweep


class AtOnce(Executor):
    """Runs what it is given at once, in the caller's thread: each exchange is over when its step is."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn``; what it returns or raises is in the future already."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future hands it on
            future.set_exception(error)
        return future


class Clock:
    """Monotonic seconds that a test can set forward. Time passes by itself as well, until the clock is stopped."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped_at: float | None = None

    def __call__(self) -> float:
        """The time."""
        now = time.monotonic() if self._stopped_at is None else self._stopped_at
        return now + self._ahead

    def advance(self, seconds: float) -> None:
        """Set it forward."""
        self._ahead += seconds

    def stop(self) -> None:
        """From now on time passes by :meth:`advance` alone."""
        self._stopped_at = time.monotonic()


class Losing(Recorder):
    """Its ``lose`` next exchanges are committed, but their answers are lost, so that it repeats them."""

    lose = 0

    def __init__(self, name: str, *, over: int = 1) -> None:
        super().__init__(name, gateway=over, max_rate=None, timeout=30, facts=Probe.facts, on_connect=hold_if_restored)

    def tell_time_by(self, clock: Callable[[], float]) -> None:
        """Use the dispatcher's own clock, which a test may set forward."""
        self._now = clock

    def exchange(self, request: Exchange, *, give_up: Callable[[], bool]) -> Reply | None:
        """Do it, and do it once more if the answer of the first is lost."""
        if self.lose and request.updates:
            self.lose -= 1
            # Without a new lease: nobody would hold it.
            super().exchange(replace(request, want=0, lane=0), give_up=give_up)
        return super().exchange(request, give_up=give_up)


class Stepped:
    """A real dispatcher, one step at a time, each with a whole exchange with the ledger.

    Args:
        concurrency: requests that may be in flight.
        idempotent: does the gateway know a repeated id?
        name: of the dispatcher.
        gateway: behind the transport, where several dispatchers share one; None: one of its own.
        max_rate: messages per second over all dispatchers; None: no limit.
        over: the id of the gateway in the ledger.
        max_at_once: requests of all dispatchers that the provider takes at once; None: no limit.
        adapter: of its protocol, which says how long texts may be; None: of kind ``probe``.
        others: whatever else the dispatcher takes.
    """

    def __init__(
        self,
        concurrency: int = 1,
        *,
        idempotent: bool = True,
        name: str = "test",
        gateway: FakeGateway | None = None,
        max_rate: int | None = None,
        over: int = 1,
        max_at_once: int | None = None,
        adapter: Adapter | None = None,
        **others: Any,
    ) -> None:
        self.name = name
        self.clock = Clock()
        self.gateway = FakeTransport(concurrency, gateway or FakeGateway(idempotent=idempotent))
        settings = DispatchSettings(
            name=name, adapter=adapter or probe("http://127.0.0.1:9"), concurrency=concurrency,
            timeout=30, idempotent=idempotent, max_rate=max_rate, gateway=over,
            max_at_once=max_at_once,
        )  # fmt: skip
        transport: Any = self.gateway
        self.dispatcher = Dispatcher(
            settings, transport, on_connect=hold_if_restored, clock=self.clock, executor=AtOnce(), **others
        )

    def step(self, times: int = 3) -> None:
        """Turn so often, each time with an exchange."""
        for _ in range(times):
            self.dispatcher.ask_ledger()
            self.dispatcher.step()

    def crash(self) -> None:
        """Die without a word: what was not recorded is lost with the process."""
        self.dispatcher.close()

    def until_empty(self) -> None:
        """Send everything that is due, with success."""
        for _ in range(300):
            self.gateway.answer()
            self.step(1)


def mailing(*, hours: float = 1) -> Mailing:
    """A mailing to the tag ``vip`` that starts now."""
    now = database_now()
    fields = MailingFields(
        name="", message_text="Hello", filter_tags=["vip"], filter_codes=None,
        start_time=now, end_time=now + timedelta(hours=hours),
    )  # fmt: skip
    return create_mailing(fields=fields, actor=None)


def begin(ledger: Connection, count: int = 10) -> Mailing:
    """A mailing to so many clients, whose messages are made."""
    add_clients(ledger, count)
    made = mailing()
    tick(ledger)
    return made


def tick(ledger: Connection) -> None:
    """What the keepers of a cluster do by themselves."""
    sweep(ledger, idempotent=True, stopped=lambda: False)
    build_audiences(ledger, stopped=lambda: False)
    sweep(ledger, idempotent=True, stopped=lambda: False)


def states(ledger: Connection) -> dict[int, tuple[int, Any]]:
    """State and code of all messages, by the distance of their phone to :data:`harness.rows.FIRST`."""
    rows = ledger.execute("SELECT phone, state, code FROM vestnik_message_now ORDER BY phone").fetchall()
    return {phone - FIRST: (state, code) for phone, state, code in rows}


def answered(ledger: Connection, answers: Mapping[Outcome, int]) -> Mailing:
    """A mailing with as many messages as there are answers; each got one of them, and the dispatcher has ended."""
    made = begin(ledger, sum(answers.values()))
    stepped = Stepped(concurrency=sum(answers.values()), idempotent=False)
    stepped.step()
    waiting = stepped.gateway.pending
    for outcome, count in answers.items():
        stepped.gateway.pending, waiting = waiting[:count], waiting[count:]
        stepped.gateway.answer(outcome)
    stepped.step(4)
    stepped.dispatcher.close()
    made.refresh_from_db()
    return made
