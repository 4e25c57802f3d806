"""Who is woken by what; and a broker that hangs holds up nobody."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from vestnik.broker import app
from vestnik.cluster.processes import wait_for
from vestnik.db.connection import Connection
from vestnik.db.notify import RECEIPTS, SCHEDULED, listen
from vestnik.mailings import wake
from vestnik.mailings.create import create_mailing
from vestnik.mailings.fields import MailingFields
from vestnik.models import Mailing
from vestnik.workers import keeper as keeper_module
from vestnik.workers.keeper import Keeper


def test_whoever_saves_a_mailing_does_not_wait_for_a_broker_that_hangs(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ledger
    hangs, answers = threading.Event(), threading.Event()

    def send(_name: str, **_: Any) -> None:
        hangs.set()
        answers.wait(20)

    monkeypatch.setattr(app, "send_task", send)
    try:
        for _ in range(2):  # also the next one, while the first still hangs
            began = time.monotonic()
            with transaction.atomic():
                wake.wake_all("mailing")
            assert time.monotonic() - began < 1
            assert hangs.wait(30), "nobody tried to nudge"
    finally:
        answers.set()


def test_a_nudge_wakes_both_queues_after_the_commit(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    del ledger
    asked: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, **_: asked.append(name))
    with transaction.atomic():
        wake.wake_all("mailing")
        assert not asked
    assert wait_for(lambda: {"vestnik.dispatch", "vestnik.sweep"} <= set(asked), seconds=30)


def test_a_mailing_whose_start_lies_ahead_wakes_nobody_and_starts_on_time_all_the_same(ledger: Any) -> None:
    del ledger
    woken: list[float] = []
    keeper = Keeper("test", builds=False, on_wake=lambda: woken.append(time.time()))
    keeper.start()
    try:
        assert wait_for(lambda: len(woken) == 1, seconds=10)  # it looks when it begins
        start = datetime.now(UTC) + timedelta(seconds=2)
        mailing = _create(start)
        # What it hears first is that the mailing has started: it slept until then, and not until its usual look.
        assert wait_for(lambda: _state(mailing) == "running", seconds=20)
        assert wait_for(lambda: len(woken) > 1, seconds=10)
        assert start.timestamp() <= woken[1] < start.timestamp() + 5
    finally:
        keeper.stop()
        keeper.join(10)


def test_a_mailing_that_is_due_wakes_at_once(ledger: Any) -> None:
    del ledger
    woken: list[float] = []
    keeper = Keeper("test", builds=False, on_wake=lambda: woken.append(time.time()))
    keeper.start()
    try:
        assert wait_for(lambda: len(woken) == 1, seconds=10)
        _create(datetime.now(UTC) - timedelta(seconds=1))
        assert wait_for(lambda: len(woken) > 1, seconds=30)
    finally:
        keeper.stop()
        keeper.join(10)


def test_receipts_wake_no_keeper(ledger: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be forty notifications of them a second, and a sweep is some twenty statements in each process."""
    said = [{RECEIPTS}, {RECEIPTS}, {"mailing"}]
    monkeypatch.setattr(keeper_module, "heard", lambda _ledger, *, seconds: said.pop(0) if seconds else set())
    woken: list[float] = []
    Keeper("test", builds=False, on_wake=lambda: woken.append(time.time()))._sleep(ledger)
    assert said == []
    assert len(woken) == 1


def heard_of(start: datetime, ledger: Connection) -> list[str]:
    """What is said when a mailing is made that starts then."""
    listen(ledger)
    _create(start)
    return [notice.payload for notice in ledger.notifies(timeout=0.2)]


def test_of_a_start_that_everybody_looks_for_in_time_anyway_nothing_is_said(ledger: Connection) -> None:
    now = datetime.now(UTC)
    assert heard_of(now + timedelta(seconds=2 * wake.LONGEST_SLEEP + 5), ledger) == []
    assert heard_of(now + timedelta(seconds=wake.LONGEST_SLEEP), ledger) == [SCHEDULED]
    assert heard_of(now - timedelta(seconds=1), ledger) == ["mailing"]


def test_nobody_sleeps_longer_than_what_is_said_counts_on(ledger: Connection) -> None:
    keeper = Keeper("test", builds=False, on_wake=lambda: None)
    _create(datetime.now(UTC) + timedelta(days=1))
    assert keeper._next_look(ledger) - time.monotonic() <= wake.LONGEST_SLEEP


def _create(start: datetime) -> int:
    fields = MailingFields(
        name="", message_text="text", filter_tags=None, filter_codes=None, start_time=start,
        end_time=start + timedelta(hours=1),
    )  # fmt: skip
    return create_mailing(fields=fields, actor=None).id


def _state(mailing: int) -> str:
    return Mailing.objects.get(id=mailing).state
