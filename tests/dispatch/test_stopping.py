"""A stop is prompt."""

import threading
import time
from typing import Any

import pytest

from harness.rows import add_clients, add_mailing, assert_books_are_rows, sent_of, states_of
from harness.sending import sending, until
from vestnik.dispatch.recorder import Recorder
from vestnik.models import MessageState
from vestnik.simulator.client import SimulatorClient


def test_an_idle_dispatcher_stops_at_once_also_in_the_middle_of_an_exchange(
    ledger: Any, simulator: SimulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ledger
    begun, go_on = threading.Event(), threading.Event()
    real = Recorder.exchange

    def slow(*values: Any, **options: Any) -> Any:
        begun.set()
        go_on.wait(5)
        return real(*values, **options)

    monkeypatch.setattr(Recorder, "exchange", slow)
    with sending(simulator) as dispatcher:
        assert begun.wait(10)
        dispatcher.stop()
        go_on.set()
        began = time.monotonic()
    assert time.monotonic() - began < 3  # the keepers take up to one


def test_a_stop_in_the_middle_waits_for_what_is_in_flight_and_gives_its_leases_back_with_nothing_in_doubt(
    ledger: Any, simulator: SimulatorClient
) -> None:
    add_clients(ledger, 5_000)
    simulator.faults(latency={"kind": "fixed", "ms": 300})
    with sending(simulator, concurrency=32, idempotent=False):
        mailing = add_mailing(ledger)
        until(lambda: sent_of(ledger, mailing) > 50)
    assert ledger.execute("SELECT FROM vestnik_batch WHERE state = 'leased'").fetchall() == []
    assert ledger.execute("SELECT FROM vestnik_message WHERE in_doubt").fetchall() == []
    states = states_of(ledger, mailing)
    assert states.keys() == {MessageState.QUEUED, MessageState.SENT}
    totals = simulator.totals()
    assert states[MessageState.SENT] == totals["requests"] == totals["accepted"]
    assert_books_are_rows(ledger, mailing)
