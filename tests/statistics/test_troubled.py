"""A mailing of which a fifth failed or is unknown stands in "needs attention": console, doctor, daily report."""

from typing import Any

import pytest

from harness.fake_transport import REFUSED
from harness.stepping import Stepped, begin
from vestnik.cli.doctor import examine
from vestnik.console.waiting import waiting_things
from vestnik.health import load_now
from vestnik.models import Role
from vestnik.statistics.waiting import TROUBLE, bad_share, troubled_mailings


@pytest.mark.parametrize(
    ("totals", "troubled"),
    [
        ({}, False),
        ({"queued": 100}, False),
        ({"sent": 80, "failed": 20}, True),
        ({"sent": 81, "failed": 19}, False),
        ({"delivered": 40, "sent": 40, "unknown": 20}, True),
        ({"sent": 4, "failed": 1, "queued": 5_000}, True),
        ({"failed": 600, "expired": 4_400}, True),
        ({"sent": 1, "expired": 4_400, "cancelled": 9, "undelivered": 50}, False),
    ],
)
def test_a_fifth_of_what_was_sent_is_trouble(totals: dict[str, int], troubled: bool) -> None:
    assert (bad_share(totals, left=0) >= TROUBLE) is troubled


def test_unknown_ones_that_somebody_left_are_no_trouble_any_more() -> None:
    assert bad_share({"sent": 1, "unknown": 3}, left=3) == 0.0
    assert bad_share({"sent": 1, "unknown": 3, "failed": 1}, left=2) == 2 / 3


@pytest.mark.parametrize("over", [False, True])
def test_it_stands_in_the_console_and_the_doctor_while_it_runs_and_when_it_is_over(ledger: Any, over: bool) -> None:
    made = begin(ledger, 10)
    stepped = Stepped(10)
    stepped.step()
    stepped.gateway.answer(REFUSED, count=2)
    stepped.gateway.answer(count=8 if over else 3)
    stepped.step(6)
    stepped.dispatcher.close()
    made.refresh_from_db()
    assert (made.frozen_at is not None) is over
    live = load_now().totals
    assert troubled_mailings(live) == [(made, 0.2 if over else 0.4)]
    words = "20 %" if over else "40 %"
    assert any(words in thing.words for thing in waiting_things(undecided={}, live=live, role=Role.OPERATOR))
    found = [each for each in examine(repair=False, everything=False) if each.about == "mailings"]
    assert any(words in each.words and each.needs_a_hand for each in found)
