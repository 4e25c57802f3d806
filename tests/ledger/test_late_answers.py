"""A late answer settles its message in the batch that the message is in now."""

import time
from typing import Any

import pytest

from harness.fake_transport import TIMEOUT
from harness.rows import insert
from harness.stepping import Stepped, begin
from vestnik.ledger.check import check_totals
from vestnik.ledger.outcomes import Late, settle_late
from vestnik.models import DEFAULT_GATEWAY, MessageState


def split_after(ledger: Any, mark: int) -> None:
    """As a holder splits its batch: what follows ``mark`` is a batch of its own. All messages are unknown."""
    columns = ("mailing_id", "due_at", "state", "attempt", "retries", "first_id", "last_id")
    (row,) = ledger.execute(f"SELECT {', '.join(columns)} FROM vestnik_batch").fetchall()  # noqa: S608 - ours
    old = dict(zip(columns, row, strict=True))
    moved = old["last_id"] - mark
    ledger.execute("UPDATE vestnik_batch SET last_id = %s, unknown = unknown - %s", [mark, moved])
    insert(ledger, "vestnik_batch", {**old, "first_id": mark + 1, "unknown": moved})


@pytest.mark.parametrize("state", [MessageState.SENT, MessageState.FAILED])
def test_a_late_answer_finds_its_message_after_a_split(ledger: Any, state: MessageState) -> None:
    mailing = begin(ledger, 4)
    stepped = Stepped(concurrency=4, idempotent=False)
    stepped.step()
    stepped.gateway.answer(TIMEOUT)
    stepped.step(4)
    stepped.dispatcher.close()
    ids = [row[0] for row in ledger.execute("SELECT id FROM vestnik_message ORDER BY id").fetchall()]
    split_after(ledger, ids[1])
    assert check_totals(ledger) == []
    answers = [Late(message, int(state), "0", "", time.time()) for message in ids]
    with ledger.transaction():
        settle_late(ledger, answers, mailing=mailing.id, attempt=2, gateway=DEFAULT_GATEWAY)
    assert check_totals(ledger) == []
    assert ledger.execute("SELECT DISTINCT state FROM vestnik_message").fetchall() == [(int(state),)]
