"""A broker that hangs holds up nobody."""

import threading
import time
from typing import Any

import pytest
from django.db import transaction

from vestnik.broker import app
from vestnik.cluster.processes import wait_for
from vestnik.mailings import wake


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
            assert hangs.wait(5), "nobody tried to nudge"
    finally:
        answers.set()


def test_a_nudge_wakes_both_queues_after_the_commit(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    del ledger
    asked: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, **_: asked.append(name))
    with transaction.atomic():
        wake.wake_all("mailing")
        assert not asked
    assert wait_for(lambda: {"vestnik.dispatch", "vestnik.sweep"} <= set(asked), seconds=5)
