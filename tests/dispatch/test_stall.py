"""When a gateway that answers nothing counts as hung: by what its answers usually take, once there was one."""

import pytest

from harness.fake_transport import NOT_SENT, TIMEOUT
from vestnik.dispatch.stall import StallWatch
from vestnik.gateways.channel import Answer
from vestnik.gateways.outcome import SUCCESS, Outcome


def answer(seconds: float, outcome: Outcome = SUCCESS) -> Answer:
    return Answer(1, outcome, seconds)


@pytest.mark.parametrize(
    ("timeout", "waits", "stalled"),
    [(30.0, 9.9, False), (30.0, 10.1, True), (5.0, 4.9, False), (5.0, 5.1, True), (1.0, 2.9, False), (1.0, 3.1, True)],
)
def test_until_the_first_answer_it_is_left_its_timeout_or_ten_seconds(
    timeout: float, waits: float, stalled: bool
) -> None:
    watch = StallWatch(timeout)
    watch.note(100.0, in_flight=20, answers=[])
    assert (watch.stalled(100.0 + waits) is not None) is stalled


@pytest.mark.parametrize(
    ("usual", "waits", "stalled"),
    [(0.0, 2.9, False), (0.0, 3.1, True), (0.1, 3.1, True), (3.5, 17.0, False), (3.5, 18.0, True)],
)
def test_then_it_is_left_three_seconds_and_five_times_the_usual(usual: float, waits: float, stalled: bool) -> None:
    watch = StallWatch(30.0)
    watch.note(100.0, in_flight=20, answers=[])
    watch.note(103.5, in_flight=20, answers=[answer(usual)])
    assert (watch.stalled(103.5 + waits) is not None) is stalled


@pytest.mark.parametrize("outcome", [NOT_SENT, TIMEOUT])
def test_what_was_not_answered_says_nothing_of_the_usual_time(outcome: Outcome) -> None:
    watch = StallWatch(30.0)
    watch.note(100.0, in_flight=20, answers=[answer(0.0, outcome)])
    assert watch.stalled(105.0) is None
    watch.note(106.0, in_flight=20, answers=[answer(0.1)])
    watch.note(107.0, in_flight=20, answers=[answer(30.0, outcome)])
    assert watch.stalled(110.5) is not None
