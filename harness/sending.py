"""The parts of a cluster that send, in threads of this process, against a real simulator and ledger."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from harness.probe import probe
from harness.simulator_client import SimulatorClient
from vestnik.cluster.processes import wait_for
from vestnik.db.connection import open_connection
from vestnik.db.notify import CHANNEL
from vestnik.dispatch.dispatcher import Dispatcher
from vestnik.dispatch.settings import DispatchSettings
from vestnik.upkeep.restored import hold_if_restored
from vestnik.workers.keeper import Keeper


class _Sender(threading.Thread):
    """Runs a dispatcher and keeps what it fell over."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(daemon=True)
        self._dispatcher = dispatcher
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            self._dispatcher.run()
        except BaseException as fault:  # noqa: BLE001 - the test's thread raises it
            self.fault = fault


@contextmanager
def sending(
    simulator: SimulatorClient, *, concurrency: int = 64, max_rate: int | None = None, idempotent: bool = True
) -> Iterator[Dispatcher]:
    """A dispatcher with its keeper, and a keeper that builds audiences, as long as the block lasts.

    Like two worker processes: one sends and sweeps, one builds and sweeps.
    """
    dispatcher = Dispatcher(
        DispatchSettings(
            name="test", adapter=probe(simulator.base_url, simulator.token), concurrency=concurrency,
            timeout=10.0, idempotent=idempotent, max_rate=max_rate,
        ),
        on_connect=hold_if_restored,
    )  # fmt: skip
    sender = _Sender(dispatcher)
    keepers = [
        Keeper("sends", builds=False, on_wake=dispatcher.wake), Keeper("builds", builds=True, on_wake=lambda: None),
    ]  # fmt: skip
    threads: list[threading.Thread] = [sender, *keepers]
    for thread in threads:
        thread.start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        for keeper in keepers:
            keeper.stop()
        _wake_keepers()
        for thread in threads:
            thread.join(20)
    assert not any(thread.is_alive() for thread in threads), "a thread did not stop"
    if sender.fault is not None:
        raise sender.fault


@contextmanager
def sending_over(
    gateway: int, simulator: SimulatorClient, *, concurrency: int = 64, idempotent: bool = False
) -> Iterator[Dispatcher]:
    """A dispatcher of another gateway beside :func:`sending`, woken by what is notified as in a worker process."""
    settings = DispatchSettings(
        name=f"over {gateway}", adapter=probe(simulator.base_url, simulator.token), concurrency=concurrency,
        timeout=10.0, idempotent=idempotent, max_rate=None, gateway=gateway,
    )  # fmt: skip
    with running(settings) as dispatcher:
        yield dispatcher


@contextmanager
def running(settings: DispatchSettings) -> Iterator[Dispatcher]:
    """A dispatcher with these settings and a keeper beside it. Nothing builds audiences."""
    dispatcher = Dispatcher(settings, on_connect=hold_if_restored)
    sender = _Sender(dispatcher)
    keeper = Keeper("beside", builds=False, on_wake=dispatcher.wake)
    for thread in (sender, keeper):
        thread.start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        keeper.stop()
        _wake_keepers()
        for each in (sender, keeper):
            each.join(20)
    assert not sender.is_alive(), "a thread did not stop"
    if sender.fault is not None:
        raise sender.fault


def _wake_keepers() -> None:
    """A keeper that sleeps looks at its stop once a second, and at once when the ledger says that something changed."""
    with contextlib.suppress(psycopg.Error), open_connection("test") as ledger:
        ledger.execute("SELECT pg_notify(%s, 'mailing')", [CHANNEL])


def until(condition: Callable[[], Any], *, seconds: float = 60.0) -> None:
    """Wait for ``condition``.

    Raises:
        AssertionError: it did not come true in time.
    """
    assert wait_for(lambda: bool(condition()), seconds=seconds), "what was waited for did not happen"
