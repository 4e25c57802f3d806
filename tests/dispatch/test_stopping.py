"""A stop is prompt."""

import threading
import time
from typing import Any

import pytest

from harness.rows import add_clients, add_mailing, assert_totals_are_rows, sent_of, states_of
from harness.sending import sending, until
from harness.simulator_client import SimulatorClient
from harness.stepping import Stepped, begin, states
from vestnik.dispatch.dispatcher import DRAIN_SECONDS
from vestnik.dispatch.recorder import Recorder
from vestnik.ledger.check import check_totals
from vestnik.models import MessageState
from vestnik.upkeep.sweep import recover_lapsed


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
    assert time.monotonic() - began < DRAIN_SECONDS, "it waited as for requests in flight"


def test_a_stop_in_the_middle_waits_for_what_is_in_flight_and_gives_its_leases_back_with_nothing_in_doubt(
    ledger: Any, simulator: SimulatorClient
) -> None:
    add_clients(ledger, 5_000)
    simulator.faults(latency={"kind": "fixed", "ms": 300})
    with sending(simulator, concurrency=32, idempotent=False):
        mailing = add_mailing(ledger)
        until(lambda: sent_of(ledger, mailing) > 50)
    assert ledger.execute("SELECT FROM vestnik_batch WHERE state = 'leased'").fetchall() == []
    assert ledger.execute("SELECT FROM vestnik_message_now WHERE in_doubt").fetchall() == []
    states = states_of(ledger, mailing)
    assert states.keys() == {MessageState.QUEUED, MessageState.SENT}
    totals = simulator.totals()
    assert states[MessageState.SENT] == totals["requests"] == totals["accepted"]
    assert_totals_are_rows(ledger, mailing)


def test_when_the_time_of_a_stop_is_over_answers_are_recorded_and_only_requests_without_one_are_in_doubt(
    ledger: Any,
) -> None:
    begin(ledger, 10)
    stepped = Stepped(4, idempotent=False)
    stepped.step()
    stepped.gateway.answer(count=1)
    stepped.dispatcher.stop()
    stepped.dispatcher.step()  # takes the answer, and hands over nothing more
    assert not stepped.dispatcher.finished()
    stepped.clock.advance(DRAIN_SECONDS + 0.1)
    assert stepped.dispatcher.finished()
    stepped.dispatcher.close()
    assert len(stepped.gateway.phones) == 4
    assert [state for state, _ in states(ledger).values()].count(MessageState.SENT) == 1
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = clock_timestamp() - interval '1 second'")
    recover_lapsed(ledger, idempotent=False, stopped=lambda: False)
    found = [state for state, _ in states(ledger).values()]
    assert [found.count(state) for state in (MessageState.SENT, MessageState.UNKNOWN, MessageState.QUEUED)] == [1, 3, 6]
    assert check_totals(ledger) == []
