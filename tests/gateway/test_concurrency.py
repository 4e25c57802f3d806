"""How many requests are in flight: what the gateway's latency needs, and no more than help."""

import os
import subprocess
import sys
import threading
import time

import pytest

from vestnik.gateway import concurrency
from vestnik.gateway.concurrency import MIN, ConcurrencyLimit, ProcessorQueue

MAX = 256


class Sender:
    """Sends for a while, of which it waits so much."""

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self._limit = limit
        self._now = 1_000.0

    def sends(self, seconds: float, *, waiting: float, reached: bool = True) -> int:
        """The limit after so many seconds, in turns of a millisecond of which the share ``waiting`` is waited."""
        until = self._now + seconds
        while self._now < until:
            self._now += 0.001
            self._limit.note_wait(0.001 * waiting, until=self._now, reached=reached)
        return self._limit.now


@pytest.fixture
def sender() -> Sender:
    return Sender(ConcurrencyLimit(MAX))


def test_it_begins_with_all_and_keeps_them_while_the_gateway_is_waited_for(sender: Sender) -> None:
    assert sender.sends(5, waiting=0.9) == MAX


def test_a_sender_that_never_waits_has_fewer_in_flight_but_not_less_than_the_least(sender: Sender) -> None:
    after_a_moment = sender.sends(0.12, waiting=0.01)
    assert MIN < after_a_moment < MAX
    assert sender.sends(5, waiting=0.01) == MIN


def test_a_gateway_that_becomes_slow_gets_all_back_within_a_second(sender: Sender) -> None:
    assert sender.sends(5, waiting=0.0) == MIN
    assert sender.sends(1, waiting=0.5) == MAX


def test_it_stays_where_the_sender_waits_a_little(sender: Sender) -> None:
    sender.sends(0.2, waiting=0.0)
    before = sender.sends(0.1, waiting=0.07)  # what was begun is judged
    assert MIN < before < MAX
    assert sender.sends(5, waiting=0.07) == before


def test_what_is_waited_for_while_there_is_room_for_more_says_nothing(sender: Sender) -> None:
    assert sender.sends(5, waiting=0.0) == MIN
    assert sender.sends(5, waiting=1.0, reached=False) == MIN
    for _ in range(100):  # it is not judged from bits between which nothing was to be sent
        sender.sends(0.03, waiting=1.0)
        after = sender.sends(0.001, waiting=1.0, reached=False)
    assert after == MIN


def test_a_most_below_the_least_is_kept() -> None:
    few = Sender(ConcurrencyLimit(4))
    assert few.sends(5, waiting=0.0) == 4
    assert few.sends(5, waiting=1.0) == 4


def test_the_wait_for_a_processor_is_counted() -> None:
    """Two processes on one processor: each waits while the other works."""
    processor = min(os.sched_getaffinity(0))
    work = f"import os; os.sched_setaffinity(0, {{{processor}}})\nwhile True: pass"
    other = subprocess.Popen([sys.executable, "-c", work])
    waited: list[float] = []

    def compete() -> None:
        os.sched_setaffinity(0, {processor})
        queue = ProcessorQueue()
        waited.append(queue.seconds())
        until = time.monotonic() + 30
        while queue.seconds() < waited[0] + 0.05 and time.monotonic() < until:
            pass
        waited.append(queue.seconds())
        queue.close()

    thread = threading.Thread(target=compete)
    thread.start()
    thread.join()
    other.kill()
    other.wait()
    assert waited[1] >= waited[0] + 0.05


def test_where_the_kernel_does_not_count_it_it_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "_SCHEDULED", "/nowhere")
    queue = ProcessorQueue()
    assert queue.seconds() == 0
    queue.close()
    assert ProcessorQueue().seconds() == 0
