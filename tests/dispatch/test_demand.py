"""How much a dispatcher asks of the ledger: what flows, and no store."""

import pytest

from tests.dispatch.test_holdings import holdings, lease
from vestnik.dispatch.breaker import Breaker
from vestnik.dispatch.demand import MAX_LEASES, Demand
from vestnik.dispatch.holdings import Holdings


def demand(held: Holdings, breaker: Breaker | None = None, *, concurrency: int = 100) -> Demand:
    return Demand(held, breaker or Breaker(), concurrency=concurrency, flush_seconds=0.25)


@pytest.mark.parametrize(
    ("handed", "window", "room", "granted"),
    [
        # Nothing flows yet: the connections' fill.
        (0, 4_096, 100, 100),
        # What flows until the next flush, and in half a second.
        (400, 4_096, 200, 300),
        # Never more than the window granted, or two loaded.
        (100_000, 4_096, 2 * 4_096, 4_096),
        (400, 60, 120, 60),
    ],
)
def test_as_much_is_loaded_and_granted_as_flows(handed: int, window: int, room: int, granted: int) -> None:
    asked = demand(holdings(*(lease(batch, 1) for batch in range(9)), window=window))
    for _ in range(50):  # the estimate comes close
        asked.note(handed=handed, seconds=1.0)
    assert abs(asked.room() - room) <= 1
    assert abs(sum(asked.grants().values()) - granted) <= 1


@pytest.mark.parametrize(
    ("left", "short"), [([100], False), ([50], False), ([49], True), ([90, 0], True), ([100, 0], False), ([], True)]
)
def test_more_is_loaded_when_half_is_left_or_a_mailing_has_nothing(left: list[int], short: bool) -> None:
    held = holdings(*(lease(number, number, size=size) for number, size in enumerate(left, 1)))
    assert demand(held).runs_short() is short


def test_a_probe_is_one_message_and_an_open_breaker_wants_nothing() -> None:
    probe = lease(1, 1)
    breaker = Breaker()
    breaker.learn(is_open=True, asks_to_wait=False, ignores_waits=False)
    asked = demand(holdings(probe), breaker)
    assert (asked.batches(), asked.grants()) == (MAX_LEASES - 1, {})
    breaker.begin_probe(probe, 5.0)
    assert (asked.batches(), asked.grants()) == (0, {1: 1})
    probe.confirm(probe.update(1, closed=False))
    assert asked.grants() == {}


def test_who_stops_asks_for_nothing() -> None:
    asked = demand(holdings(lease(1, 1)))
    asked.end()
    assert (asked.batches(), asked.grants()) == (0, {})
