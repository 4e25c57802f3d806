"""Calls that come at the same moment share a commit, and each is answered by what became of its own receipts."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DataError

from vestnik.cluster.processes import wait_for
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.receipts.together import Together

PATIENCE = 10.0


class Store:
    """Writes when it is let, one commit at a time. ``bad``: a message that cannot be written."""

    def __init__(self) -> None:
        self.commits: list[list[int]] = []
        self.let = threading.Event()
        self.under_way = threading.Event()
        self.bad: dict[int, Exception] = {}

    def write(self, gateway: int, receipts: Sequence[Receipt]) -> None:
        messages = [receipt.message_id or 0 for receipt in receipts]
        self.under_way.set()
        assert self.let.wait(PATIENCE)
        for message in messages:
            if message in self.bad:
                raise self.bad[message]
        self.commits.append([gateway, *messages])


@pytest.fixture
def store() -> Store:
    return Store()


Call = Callable[..., "Future[None]"]


@pytest.fixture
def together(store: Store) -> Together:
    return Together(store.write)


@pytest.fixture
def call(together: Together, store: Store) -> Any:
    """Make a call in a thread of its own; it is waiting, or at work, when this returns."""
    with ThreadPoolExecutor(8) as threads:

        def make(message: int, gateway: int = 1) -> "Future[None]":
            receipt = Receipt(fate=Fate.DELIVERED, message_id=message)
            before, has_to_wait = len(together._waiting), store.under_way.is_set()
            made = threads.submit(together.keep, [receipt], gateway=gateway)
            if has_to_wait:
                assert wait_for(lambda: len(together._waiting) > before, seconds=PATIENCE, pause=0.001)
            else:
                assert store.under_way.wait(PATIENCE)
            return made

        yield make
        store.let.set()


def test_what_comes_during_a_commit_is_committed_with_the_next_one(store: Store, call: Call) -> None:
    calls = [call(1), call(2), call(3), call(4, gateway=2)]
    assert not any(each.done() for each in calls)
    store.let.set()
    for each in calls:
        assert each.result(PATIENCE) is None
    assert store.commits == [[1, 1], [1, 2, 3], [2, 4]]


def test_who_comes_when_nobody_is_at_work_waits_for_nobody(store: Store, together: Together) -> None:
    store.let.set()
    for message in (1, 2):
        together.keep([Receipt(fate=Fate.DELIVERED, message_id=message)], gateway=1)
    assert store.commits == [[1, 1], [1, 2]]


def test_what_cannot_be_written_does_no_harm_to_others(store: Store, call: Call) -> None:
    store.bad[3] = DataError("no such text")
    calls = [call(1), call(2), call(3), call(4)]
    store.let.set()
    assert [type(each.exception(PATIENCE)) for each in calls] == [type(None), type(None), DataError, type(None)]
    assert store.commits == [[1, 1], [1, 2], [1, 4]]


def test_a_commit_that_failed_is_no_answer_to_any_of_them_and_the_next_one_goes_on(
    store: Store, together: Together, call: Call
) -> None:
    store.bad[3] = ConnectionError("the ledger is away")
    calls = [call(1), call(2), call(3)]
    store.let.set()
    assert [type(each.exception(PATIENCE)) for each in calls] == [type(None), ConnectionError, ConnectionError]
    together.keep([Receipt(fate=Fate.DELIVERED, message_id=5)], gateway=1)
    assert store.commits == [[1, 1], [1, 5]]


def test_what_one_gateway_has_committed_is_not_written_again_because_of_anothers(store: Store, call: Call) -> None:
    store.bad = {4: DataError("no such time")}
    calls = [call(1), call(2), call(3, gateway=2), call(4, gateway=2)]
    store.let.set()
    assert [each.exception(PATIENCE) for each in calls] == [None, None, None, store.bad[4]]
    assert store.commits == [[1, 1], [1, 2], [2, 3]]
