"""The stop list against real dispatchers, a real gateway process and the real ledger, while messages leave."""

import time

from harness.rows import FIRST
from harness.sending import sending
from harness.simulator_client import SimulatorClient
from harness.stepping import begin
from vestnik.clients.stop_list import stop_phones
from vestnik.cluster.processes import wait_for
from vestnik.db.connection import Connection
from vestnik.ledger.check import check_totals
from vestnik.models import Mailing

#: Seconds after a recall has returned until nothing of its phones is handed over any more.
PROMISED = 0.5


def test_half_a_second_after_a_phone_was_stopped_nothing_is_handed_over_to_it(
    ledger: Connection, simulator: SimulatorClient
) -> None:
    """Two hundred messages at 100 a second; the last hundred phones are stopped in the middle, ten at a time."""
    begin(ledger, 200)
    stopped_at: dict[int, float] = {}
    with sending(simulator, max_rate=100):
        assert wait_for(lambda: simulator.totals()["accepted"] > 20, seconds=20)
        for first in range(100, 200, 10):
            phones = [FIRST + n for n in range(first, first + 10)]
            stop_phones(phones=phones, reason="", actor=None)
            stopped_at |= dict.fromkeys(phones, time.time())
            assert check_totals(ledger) == []
        assert wait_for(lambda: Mailing.objects.get().state == "completed", seconds=30)
    assert check_totals(ledger) == []
    rows = ledger.execute("SELECT id, phone, state FROM vestnik_message_now").fetchall()
    received = {entry["id"]: entry for entry in simulator.ids()}
    assert {message for message, _, state in rows if state == 1} == set(received)
    assert {state for _, _, state in rows} == {1, 6}
    for message, phone, _ in rows:
        if message in received and phone in stopped_at:
            assert received[message]["first_at"] <= stopped_at[phone] + PROMISED
    assert sum(state == 6 for _, _, state in rows) > 50
