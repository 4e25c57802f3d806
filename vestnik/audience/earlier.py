"""The phones of an earlier mailing whose messages had some outcomes, as a part of an audience."""

from typing import Any

from vestnik.db.statements import Statements
from vestnik.ledger.fragments import LOGGED_AT_IN_ANY, STATE_NOW
from vestnik.ledger.state_filters import counters_of, in_rows, numbers_of
from vestnik.mailings.fields import Earlier

SQL = Statements("vestnik.audience", logged_at_in_any=LOGGED_AT_IN_ANY, state_now=STATE_NOW)


def fragments_of(earlier: Earlier) -> dict[str, str]:
    """What the files that look at an earlier mailing name in braces."""
    return {"earlier_counters": counters_of(earlier.states)}


def values_of(earlier: Earlier) -> dict[str, Any]:
    """The values that they need, but for ``after``."""
    return {
        "earlier": earlier.mailing, "earlier_states": numbers_of(earlier.states),
        "earlier_in_rows": in_rows(earlier.states), "earlier_codes": earlier.codes,
    }  # fmt: skip


def messages_of(earlier: Earlier) -> str:
    """SQL: the messages, after the id ``after``."""
    return SQL.text("of_earlier", **fragments_of(earlier))
