"""The doctor tells of receipts that came to nothing, while they come."""

from datetime import timedelta
from typing import Any

from vestnik.receipts.counts import strange_receipts
from vestnik.receipts.inbox import count

DAY = timedelta(days=1)


def test_what_was_refused_or_fits_nothing_is_told_for_a_day(ledger: Any) -> None:
    count(ledger, {(1, "applied"): 5, (1, "same"): 2, (1, "forged"): 3, (1, "orphan"): 1})
    assert [(each.name, each.kind, each.count) for each in strange_receipts(within=DAY)] == [
        ("default", "forged", 3), ("default", "orphan", 1),
    ]  # fmt: skip
    ledger.execute("UPDATE vestnik_receiptcount SET last_at = now() - interval '2 days' WHERE kind = 'forged'")
    assert [each.kind for each in strange_receipts(within=DAY)] == ["orphan"]
