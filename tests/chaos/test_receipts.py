"""The chaos suite's judge of receipts sees what the ledger says otherwise than the gateway."""

from typing import Any

import pytest

from chaos.receipts import untrue
from chaos.verify import UNKNOWN, Message

SENT, DELIVERED, UNDELIVERED = 1, 2, 3


def bill(fate: str, *, contradicted: bool = False) -> dict[str, Any]:
    return {"message": 1, "fate": fate, "contradicted": contradicted}


@pytest.mark.parametrize(
    ("state", "bills", "wrong"),
    [
        (DELIVERED, [bill("delivered")], ""),
        (UNDELIVERED, [bill("undelivered")], ""),
        (UNDELIVERED, [bill("delivered", contradicted=True)], ""),
        (UNKNOWN, [], ""),
        (UNDELIVERED, [bill("delivered")], "not in the state"),
        (SENT, [bill("delivered")], "not in the state"),
        (UNKNOWN, [bill("delivered")], "unknown, though"),
        (DELIVERED, [], "though no receipt"),
        (DELIVERED, [bill("accepted")], "though no receipt"),
    ],
)
def test_each_difference_is_named(state: int, bills: list[dict[str, Any]], wrong: str) -> None:
    found = untrue([Message(id=1, state=state, answers=0)], bills)
    assert len(found) == bool(wrong)
    assert wrong in "".join(found)
