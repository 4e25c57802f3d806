"""A segment is counted in slices: the sum is the exact number, wherever it begins, and the sample are clients of it."""

from random import Random
from typing import Any

import pytest

from harness.rows import FIRST, add_clients
from vestnik.audience import segment_count
from vestnik.audience.preview import count_audience
from vestnik.audience.segment_count import SegmentCount, count_further, count_of, recipients_of, token_of
from vestnik.clients.segments.conditions import Conditions, Rule
from vestnik.clients.stop_list import stop_phones

VIP = Rule(include=Conditions(tags=["vip"]), exclude=Conditions(codes=[904]))


@pytest.fixture
def directory(ledger: Any) -> Any:
    """100 clients, of which every third one is gone."""
    add_clients(ledger, 100, tag=["vip", "old"], codes=(903, 904, 905))
    ledger.execute("DELETE FROM vestnik_client WHERE id % 3 = 0")
    stop_phones(phones=[FIRST + number for number in range(0, 100, 7)], reason="", actor=None)
    return ledger


@pytest.mark.parametrize("seed", range(8))
def test_slices_add_up_to_the_exact_number(directory: Any, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(segment_count, "FIRST_SLICE", 1 + seed)
    monkeypatch.setattr(segment_count, "MAX_SLICE", 2 + seed)
    exact = count_audience(tags=None, codes=None, segment=VIP)
    count: SegmentCount | None = None
    totals = [0]
    while count is None or not count.complete:
        count = count_further(VIP, count, seconds=0, most=5, draw=Random(seed))
        totals.append(count.total)
        count = count_of(VIP, token_of(VIP, count))
        assert count is not None
    assert (count.total, count.stopped) == (exact.total, exact.stopped)
    assert exact.total > 0 < exact.stopped
    assert totals == sorted(totals)
    assert len(totals) > 5
    sample = recipients_of(count)
    assert len({each.phone for each in sample}) == 5
    assert {(each.tag, each.operator_code == 904) for each in sample} == {("vip", False)}
    stopped = directory.execute("SELECT phone_number FROM vestnik_stoppedphone").fetchall()
    assert not {each.phone for each in sample} & {phone for (phone,) in stopped}


def test_it_ends_where_the_directory_ended_when_it_began_and_an_empty_one_has_nobody(ledger: Any) -> None:
    assert (count_further(VIP, seconds=0).complete, count_further(VIP, seconds=0).total) == (True, 0)
    add_clients(ledger, 10, codes=(903,))
    begun = count_further(VIP, seconds=0, draw=Random(1))
    while not begun.complete:
        add_clients(ledger, 1, codes=(903,))
        begun = count_further(VIP, begun, seconds=0)
    assert begun.total == 10


def test_no_slice_begins_after_the_time_and_slices_grow_while_they_are_quick(
    directory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    del directory
    monkeypatch.setattr(segment_count, "FIRST_SLICE", 1)
    slow = iter(range(1_000))
    count = count_further(VIP, seconds=2, clock=lambda: float(next(slow)))
    assert count.spent == 2.0
    assert count.slice == 1  # a slice of one id took a second
    quick = iter(range(1_000))
    count = count_further(VIP, seconds=3e-3, clock=lambda: next(quick) / 1_000)
    assert count.slice == 4**3


def test_a_text_that_is_not_ours_or_of_other_conditions_is_no_count(directory: Any) -> None:
    del directory
    token = token_of(VIP, count_further(VIP, seconds=0))
    assert count_of(VIP, token) is not None
    assert count_of(Rule(include=Conditions(tags=["vip"])), token) is None
    assert count_of(VIP, token[:-1]) is None
    assert count_of(VIP, "") is None
