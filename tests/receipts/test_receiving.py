"""The worker's thread applies receipts soon, also those that notify nobody because others have just done so."""

import time
from typing import Any

import pytest

from harness.stepping import Stepped, begin
from tests.receipts.test_applying import keep, send_all, states
from vestnik.cluster.processes import wait_for
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.receipts import inbox
from vestnik.workers.receiving import MAX_SLEEP, Receiving


@pytest.fixture
def receiving(ledger: Any) -> Any:
    del ledger
    thread = Receiving()
    thread.start()
    yield thread
    thread.stop()
    thread.join(10)


def test_a_receipt_that_comes_right_behind_another_is_applied_soon(
    ledger: Any, receiving: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = begin(ledger, 2)
    sender = Stepped(concurrency=20, idempotent=False)
    send_all(sender)
    sender.dispatcher.close()
    first, second = sorted(states(ledger, mailing))
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=first))
    assert wait_for(lambda: states(ledger, mailing)[first] == "delivered", seconds=MAX_SLEEP)
    monkeypatch.setattr(inbox._told, "_at", time.monotonic())
    monkeypatch.setattr(inbox, "_NOTIFY_SECONDS", 60)
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=second))
    assert wait_for(lambda: states(ledger, mailing)[second] == "delivered", seconds=MAX_SLEEP / 2)
    assert receiving.is_alive()
