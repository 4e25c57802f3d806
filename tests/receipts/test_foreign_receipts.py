"""What a gateway says of a message that it never had moves nothing and gives no name, to whatever end that came."""

from dataclasses import dataclass
from typing import Any

import pytest

from harness.gateways import add_gateway
from harness.stepping import begin
from tests.receipts.test_applying import apply, counts, keep, names_of, states
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.ledger.check import check_totals
from vestnik.models import DEFAULT_GATEWAY, MessageState


@dataclass(frozen=True, slots=True)
class Case:
    """How a message ended, and what comes of a receipt ``delivered`` for it.

    ``tries``: how often it was handed over. ``over``: its gateway as the row has it, ``other`` or None. ``says``: who
    sends the receipt, ``default`` or ``other``.
    """

    state: MessageState
    tries: int
    over: str | None
    says: str
    verdict: str


S = MessageState
CASES = [
    Case(S.FAILED, 1, None, "other", "foreign"), Case(S.FAILED, 1, None, "default", "contradiction"),
    Case(S.FAILED, 1, "other", "default", "foreign"), Case(S.FAILED, 1, "other", "other", "contradiction"),
    Case(S.EXPIRED, 1, None, "other", "foreign"), Case(S.EXPIRED, 2, "other", "default", "foreign"),
    Case(S.EXPIRED, 2, "other", "other", "contradiction"), Case(S.CANCELLED, 1, None, "other", "foreign"),
    Case(S.CANCELLED, 1, "other", "default", "foreign"), Case(S.CANCELLED, 1, None, "default", "contradiction"),
    Case(S.SENT, 1, "other", "default", "foreign"), Case(S.UNKNOWN, 1, "other", "default", "foreign"),
    Case(S.DELIVERED, 1, "other", "default", "foreign"), Case(S.UNDELIVERED, 1, None, "other", "foreign"),
    Case(S.SENT, 1, None, "default", "applied"), Case(S.UNKNOWN, 1, "other", "other", "applied"),
    Case(S.DELIVERED, 1, None, "default", "same"), Case(S.UNDELIVERED, 1, "other", "other", "contradiction"),
    # Nobody had it: whoever says that it was delivered contradicts its end.
    Case(S.EXPIRED, 0, None, "other", "contradiction"), Case(S.EXPIRED, 0, None, "default", "contradiction"),
    Case(S.CANCELLED, 0, None, "other", "contradiction"), Case(S.FAILED, 0, None, "other", "contradiction"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.state.label}-{case.tries}-{case.over}-{case.says}")
def test_only_the_gateway_that_had_a_message_moves_it_or_gives_it_a_name(ledger: Any, case: Case) -> None:
    gateways = {"default": DEFAULT_GATEWAY, "other": add_gateway(ledger, "other"), None: None}
    mailing = begin(ledger, 1)
    (message,) = states(ledger, mailing)
    ledger.execute(
        "UPDATE vestnik_message SET state = %s, tries = %s, attempt = %s, gateway_id = %s, outcome_at = now(),"
        " sent_at = CASE WHEN %s THEN now() END WHERE id = %s",
        [case.state, case.tries, case.tries, gateways[case.over], case.state in {1, 2, 3}, message],
    )
    word = case.state.label
    ledger.execute(
        f"UPDATE vestnik_batch SET state = 'done', queued = 0, {word} = 1, gateway_id = %s",  # noqa: S608
        [gateways[case.over]],
    )
    assert check_totals(ledger) == []
    receipt = Receipt(fate=Fate.DELIVERED, message_id=message, provider_id="77")
    keep(ledger, receipt, gateway=gateways[case.says] or DEFAULT_GATEWAY)
    apply(ledger)
    assert counts() == {case.verdict: 1}
    assert states(ledger, mailing) == {message: "delivered" if case.verdict == "applied" else word}
    assert names_of(ledger) == ([(1, "77")] if case.verdict in {"applied", "same"} else [])
    assert check_totals(ledger) == []
