"""Two real gateways under one mailing, one of which fails in the middle: nothing is lost, and nothing is sent twice.

What each gateway received stands in its own log. The dispatchers, the keepers and the ledger are real.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from harness.gateways import add_gateway, add_route
from harness.rows import add_clients, add_mailing, is_over
from harness.sending import sending, sending_over, until
from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from vestnik.db.connection import Connection
from vestnik.ledger.check import check_totals

MESSAGES = 6_000


@pytest.fixture
def second(tmp_path: Path) -> Iterator[SimulatorClient]:
    """Another simulator, a process of its own."""
    with running_simulator(tmp_path) as client:
        yield client


def deliveries(simulator: SimulatorClient) -> dict[int, int]:
    """How often each message was delivered; an answer that says nothing hides that it was (``taken``)."""
    return {each["id"]: each["delivered"] for each in simulator.ids() if each["delivered"]}


@contextmanager
def failing(simulator: SimulatorClient, fault: str) -> Iterator[None]:
    """Every message meets this fault, as long as the block lasts."""
    simulator.faults(shares={fault: 1.0})
    yield
    simulator.faults()


FAILURES: dict[str, Callable[[SimulatorClient], AbstractContextManager[None]]] = {
    "refuses connections": lambda simulator: simulator.refusing(),
    "hangs": lambda simulator: failing(simulator, "hang"),
    "answers 500": lambda simulator: failing(simulator, "500"),
    "rejects our account": lambda simulator: failing(simulator, "401"),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("idempotent", [False, True], ids=["strict", "idempotent"])
def test_the_rest_goes_over_the_other_gateway(
    ledger: Connection, simulator: SimulatorClient, second: SimulatorClient, failure: str, idempotent: bool
) -> None:
    gateway = add_gateway(ledger, "second", second, idempotent=idempotent)
    add_route(ledger, [1], fallbacks=[gateway])
    add_clients(ledger, MESSAGES)
    with (
        sending(simulator, idempotent=idempotent, max_rate=2_000),
        sending_over(gateway, second, idempotent=idempotent),
    ):
        mailing = add_mailing(ledger)
        until(lambda: simulator.totals()["requests"] > 1_000)
        with FAILURES[failure](simulator):
            until(lambda: second.totals()["requests"] > 0, seconds=15)
            until(lambda: only_doubts_are_left(ledger, mailing), seconds=60)
        ledger.execute("UPDATE vestnik_gatewaystate SET out_at = NULL, hold_seconds = 1, probe_at = now() WHERE id = 1")
        until(lambda: is_over(ledger, mailing), seconds=90)
    assert check_totals(ledger) == []
    first, other = deliveries(simulator), deliveries(second)
    assert not {*first} & {*other}, "sent over both"
    assert {*first.values(), *other.values()} == {1}
    rows = dict(ledger.execute("SELECT id, state FROM vestnik_message_now").fetchall())
    assert len(rows) == MESSAGES
    assert set(rows.values()) <= ({1} if idempotent else {1, 7})
    assert {id_ for id_, state in rows.items() if state == 1} <= {*first, *other}, "lost"


def only_doubts_are_left(ledger: Connection, mailing: int) -> bool:
    """Is everything sent but what is in doubt at the gateway that failed?"""
    ((ready, free),) = ledger.execute(
        "SELECT prepared_at IS NOT NULL,"
        " (SELECT coalesce(sum(queued - bound), 0) + count(*) FILTER (WHERE state = 'leased')"
        " FROM vestnik_batch WHERE mailing_id = m.id) FROM vestnik_mailing m WHERE id = %s",
        [mailing],
    ).fetchall()
    return bool(ready) and free == 0
