"""Weights decide who takes the next fresh batch: whoever has taken least for its weight, of those that want some."""

import random

import pytest

from vestnik.audience.build import DIVIDED_BATCH, FIRST_BATCH, FIRST_CHUNK
from vestnik.ledger.routes import UNLIMITED, WANTS_SECONDS, Share, allowance


def share(gateway: int, taken: int, wanted: float | None = 0.0) -> Share:
    return Share(1, 1, gateway, taken, wanted)


WEIGHTS = {1: 70, 2: 20, 3: 10}


@pytest.mark.parametrize(
    ("gateway", "shares", "allowed"),
    [
        (1, [share(1, 0), share(2, 0), share(3, 0)], 1),
        (1, [share(1, 1_000), share(2, 0), share(3, 0)], 0),
        (1, [share(1, 1_000), share(2, 1_000), share(3, 1_000)], 2_501),
        (2, [share(1, 0), share(2, 1_000), share(3, 1_000)], 0),
        (3, [share(1, 7_000), share(2, 2_000), share(3, 1_000)], 1),
        # Nobody waits for one that has not wanted any for a while, that never did, or that is not up.
        (1, [share(1, 9_000), share(2, 0, WANTS_SECONDS), share(3, 0, None)], UNLIMITED),
        (1, [share(1, 9_000), share(2, 0, WANTS_SECONDS + 1), share(3, 2_000)], 5_001),
        (1, [share(1, 9_000), share(4, 0)], UNLIMITED),
    ],
)
def test_what_a_gateway_may_take(gateway: int, shares: list[Share], allowed: int) -> None:
    assert allowance(gateway, WEIGHTS, shares) == allowed


@pytest.mark.parametrize("messages", range(95_000, 105_001, 1_250))
def test_a_hundred_thousand_messages_are_divided_by_the_weights_within_one_in_a_hundred(messages: int) -> None:
    """Whoever asks first and in whichever order, with batches as an audience is made of."""
    chance = random.Random(messages)
    small, rest = [FIRST_BATCH] * (FIRST_CHUNK // FIRST_BATCH), messages - FIRST_CHUNK
    batches = [*small, *[DIVIDED_BATCH] * (rest // DIVIDED_BATCH), rest % DIVIDED_BATCH]
    taken = {1: chance.randint(0, 60), 2: chance.randint(0, 60), 3: chance.randint(0, 60)}
    while batches:
        gateway = chance.choice((1, 2, 3))
        shares = [share(each, count) for each, count in taken.items()]
        allowed = allowance(gateway, WEIGHTS, shares)
        before = 0
        while before < allowed and batches:
            before += batches.pop(0)
        taken[gateway] += before
    found = {gateway: count / messages for gateway, count in taken.items()}
    assert found == pytest.approx({1: 0.70, 2: 0.20, 3: 0.10}, abs=0.01)
