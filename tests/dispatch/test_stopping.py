"""A stop is prompt."""

import threading
import time
from typing import Any

import pytest

from tests.running import sending
from vestnik.dispatch.recorder import Recorder
from vestnik.gateway.simulator.client import SimulatorClient


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
