"""Mailings share the gateway: a small one does not wait behind a big one, and equal ones advance together."""

from datetime import datetime
from typing import Any

import pytest

from harness.rows import add_clients, add_mailing, ledger_now, sent_of
from harness.sending import sending, until
from harness.simulator_client import SimulatorClient
from vestnik.audience.build import build_audiences
from vestnik.mailings.start import start_due

#: What one dispatcher of a machine that does nothing else hands over in two seconds, at the least.
IN_TWO_SECONDS = 10_000


def before_the_first(ledger: Any, simulator: SimulatorClient, mailing: int, since: datetime) -> tuple[float, int]:
    """Seconds from ``since`` until the mailing's first message came, and the messages of others that came meanwhile."""
    own = {row[0] for row in ledger.execute("SELECT id FROM vestnik_message WHERE mailing_id = %s", [mailing])}
    came = simulator.ids()
    first, began = min(row["first_at"] for row in came if row["id"] in own), since.timestamp()
    return first - began, sum(1 for row in came if row["id"] not in own and began < row["first_at"] < first)


@pytest.mark.parametrize("big_sent", [1, 20_000])
def test_a_mailing_of_ten_started_during_one_of_100_000_has_its_first_message_out_within_two_seconds(
    ledger: Any, simulator: SimulatorClient, big_sent: int
) -> None:
    """Once while the audience of the big one is still being built, once in the middle of its sending.

    Where the machine is busy with other things, seconds say how busy it is. The messages of the big one tell the time
    then: no more of them go before than a free machine hands over in two seconds.
    """
    add_clients(ledger, 100_000, tag="everybody")
    add_clients(ledger, 10, tag="few")
    big = add_mailing(ledger, tag="everybody")
    with sending(simulator, concurrency=256):
        until(lambda: sent_of(ledger, big) >= big_sent)
        started = ledger_now(ledger)
        small = add_mailing(ledger, tag="few")
        until(lambda: sent_of(ledger, small) == 10, seconds=20)
        assert sent_of(ledger, big) < 100_000, "the big one was over: nothing was shown"
    waited, others = before_the_first(ledger, simulator, small, started)
    assert waited < 2 or others < IN_TWO_SECONDS, f"{others} messages of the big one went before, in {waited:.1f} s"


def test_ten_equal_mailings_progress_within_20_percent_of_each_other(ledger: Any, simulator: SimulatorClient) -> None:
    simulator.faults(latency={"kind": "fixed", "ms": 20})
    for number in range(10):
        add_clients(ledger, 3_000, tag=f"tag {number}")
    mailings = [add_mailing(ledger, tag=f"tag {number}") for number in range(10)]
    start_due(ledger)
    build_audiences(ledger, stopped=lambda: False)  # all ten are ready at once: the race is the dispatcher's alone
    samples: list[list[int]] = []
    with sending(simulator, concurrency=100):
        for part in (0.4, 0.6, 0.8):
            until(lambda part=part: sum(progress(ledger, mailings)) >= part * 30_000)
            samples.append(progress(ledger, mailings))
    for sample in samples:
        assert max(sample) - min(sample) <= 0.2 * max(sample), sample


def progress(ledger: Any, mailings: list[int]) -> list[int]:
    """What the totals say was sent of each, at one instant."""
    sums = dict(
        ledger.execute(
            "SELECT mailing_id, sum(sent)::int FROM vestnik_batch WHERE mailing_id = ANY (%s) GROUP BY 1", [mailings]
        ).fetchall()
    )
    return [sums.get(mailing, 0) for mailing in mailings]
