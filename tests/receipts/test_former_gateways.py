"""A receipt of a gateway that a batch has left counts for that gateway, also where it had no outcome there before."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.gateways import add_gateway, add_route
from harness.stepping import Stepped, begin
from tests.receipts.test_applying import apply, keep, states
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.ledger.bound import recount
from vestnik.ledger.check import check_totals
from vestnik.models import Mailing
from vestnik.statistics.totals import totals_by_gateway

FORMER = 1


class Left:
    """A batch of ten: one message is in doubt over the former gateway, nine were sent over the other one."""

    def __init__(self, ledger: Any) -> None:
        self.ledger = ledger
        self.other = add_gateway(ledger, "other")
        add_route(ledger, [self.other])
        self.mailing: Mailing = begin(ledger, 10)
        self.message = min(states(ledger, self.mailing))
        # As its dispatcher left it: tried once, without an answer.
        ledger.execute(
            "UPDATE vestnik_message SET in_doubt = true, gateway_id = %s, attempt = 0, tries = 1 WHERE id = %s",
            [FORMER, self.message],
        )
        self.recount()
        sender = Stepped(concurrency=20, idempotent=False, over=self.other)
        sender.until_empty()
        sender.dispatcher.close()
        assert self.batch() == ("ready", 1, 9, self.other)
        assert not ledger.execute("SELECT FROM vestnik_batchgateway WHERE sent <> 0").fetchall()

    def batch(self) -> Any:
        return self.ledger.execute("SELECT state, queued, sent, gateway_id FROM vestnik_batch").fetchone()

    def recount(self) -> None:
        batches = [id_ for (id_,) in self.ledger.execute("SELECT id FROM vestnik_batch").fetchall()]
        with self.ledger.transaction():
            recount(self.ledger, batches, mailing=self.mailing.id)

    def by_gateway(self) -> dict[tuple[int, str], int]:
        return {
            (each.gateway, state): count
            for each in totals_by_gateway(self.mailing.id)
            if each.gateway is not None
            for state, count in each.totals.items()
            if count
        }


@pytest.fixture
def left(ledger: Any) -> Iterator[Left]:
    made = Left(ledger)
    yield made
    assert check_totals(ledger) == []
    counted = made.by_gateway()
    made.recount()
    assert made.by_gateway() == counted


@pytest.mark.parametrize(
    ("fates", "state"),
    [
        ([Fate.ACCEPTED], "sent"),
        ([Fate.DELIVERED], "delivered"),
        ([Fate.UNDELIVERED], "undelivered"),
        ([Fate.ACCEPTED, Fate.DELIVERED], "delivered"),
    ],
)
@pytest.mark.parametrize("bound", [True, False])
def test_it_counts_for_the_gateway_that_had_it(left: Left, fates: list[Fate], state: str, bound: bool) -> None:
    """Bound to the former gateway, or sent again over any since that one is not in use any more (0)."""
    if not bound:
        left.ledger.execute("UPDATE vestnik_message SET gateway_id = 0 WHERE id = %s", [left.message])
        left.recount()
    for fate in fates:
        keep(left.ledger, Receipt(fate=fate, message_id=left.message), gateway=FORMER)
        apply(left.ledger)
    assert left.by_gateway() == {(FORMER, state): 1, (left.other, "sent"): 9}


def test_what_was_unknown_over_none_is_taken_from_where_it_was_counted(left: Left) -> None:
    left.ledger.execute(
        "UPDATE vestnik_message SET gateway_id = 0, state = 7, in_doubt = false WHERE id = %s", [left.message]
    )
    left.ledger.execute("UPDATE vestnik_batch SET queued = 0, unknown = 1, state = 'done'")
    left.recount()
    assert left.by_gateway() == {(left.other, "unknown"): 1, (left.other, "sent"): 9}
    keep(left.ledger, Receipt(fate=Fate.DELIVERED, message_id=left.message), gateway=FORMER)
    apply(left.ledger)
    assert left.by_gateway() == {(FORMER, "delivered"): 1, (left.other, "sent"): 9}
