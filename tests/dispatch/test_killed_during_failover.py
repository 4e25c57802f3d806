"""``kill -9`` of a process that sends, while one gateway hangs and the other takes over: nothing is lost or sent twice.

Real worker processes, each with a dispatcher for each of two simulators; what was delivered stands in their own logs.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.gateways import add_gateway, add_route
from harness.rows import add_clients, add_mailing, is_over
from harness.sending import until
from harness.servers import redis
from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from harness.worker import running_worker
from vestnik.cluster.valkey import _binary
from vestnik.db.connection import Connection
from vestnik.ledger.check import check_totals

MESSAGES = 8_000
_LATENCY = {"kind": "fixed", "ms": 30}


@pytest.fixture
def second(tmp_path: Path) -> Iterator[SimulatorClient]:
    """Another simulator, a process of its own."""
    with running_simulator(tmp_path) as client:
        yield client


def deliveries(simulator: SimulatorClient) -> dict[int, int]:
    return {each["id"]: each["delivered"] for each in simulator.ids() if each["delivered"]}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("idempotent", [False, True], ids=["strict", "idempotent"])
def test_a_process_that_is_killed_in_a_failover_loses_nothing_and_sends_nothing_twice(
    ledger: Connection, simulator: SimulatorClient, second: SimulatorClient, tmp_path: Path, idempotent: bool
) -> None:
    gateway = add_gateway(ledger, "second", second, idempotent=idempotent)
    add_route(ledger, [1], fallbacks=[gateway])
    add_clients(ledger, MESSAGES)
    for each in (simulator, second):
        each.faults(latency=_LATENCY)
    with redis(tmp_path, _binary()) as broker:
        env = {
            "BROKER_URL": broker, "GATEWAY_URL": simulator.base_url, "GATEWAY_TOKEN": simulator.token,
            "GATEWAY_IDEMPOTENT": str(int(idempotent)), "GATEWAY_TIMEOUT": "5", "GATEWAY_CONCURRENCY": "32",
        }  # fmt: skip
        with running_worker(tmp_path, env, name="killed") as killed, running_worker(tmp_path, env, name="left"):
            mailing = add_mailing(ledger)
            until(lambda: simulator.totals()["requests"] > 1_000)
            simulator.faults(shares={"hang": 1.0}, latency=_LATENCY)
            until(lambda: second.totals()["requests"] > 100, seconds=20)
            os.kill(killed.process.pid, signal.SIGKILL)
            # The dead one's leases lapse after ten seconds.
            until(lambda: nothing_but_doubts_is_left(ledger, mailing), seconds=90)
            simulator.faults()
            ledger.execute("UPDATE vestnik_gatewaystate SET hold_seconds = 1, probe_at = now() WHERE id = 1")
            until(lambda: is_over(ledger, mailing), seconds=90)
    assert check_totals(ledger) == []
    first, other = deliveries(simulator), deliveries(second)
    assert not {*first} & {*other}, "sent over both"
    assert {*first.values(), *other.values()} == {1}
    rows = dict(ledger.execute("SELECT id, state FROM vestnik_message_now").fetchall())
    assert len(rows) == MESSAGES
    assert set(rows.values()) <= ({1} if idempotent else {1, 7})
    assert {id_ for id_, state in rows.items() if state == 1} <= {*first, *other}, "lost"


def nothing_but_doubts_is_left(ledger: Connection, mailing: int) -> bool:
    """Is everything sent, or known to be in doubt at the gateway that hangs?"""
    ((free,),) = ledger.execute(
        "SELECT coalesce(sum(queued - bound), 0) + count(*) FILTER (WHERE state = 'leased') FROM vestnik_batch"
        " WHERE mailing_id = %s",
        [mailing],
    ).fetchall()
    return bool(free == 0)
