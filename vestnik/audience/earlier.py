"""The phones of an earlier mailing whose messages had some outcomes, as a part of an audience."""

from typing import Any

from vestnik.db.statements import Fragment, Macro, Statements
from vestnik.ledger.fragments import LOGGED_AT_IN_ANY, STATE_NOW
from vestnik.ledger.state_filters import counters_of, in_rows, numbers_of
from vestnik.mailings.fields import Earlier

SQL = Statements("vestnik.audience", logged_at_in_any=LOGGED_AT_IN_ANY, state_now=STATE_NOW)

#: Where a look at its messages ends: nowhere, or at the id ``up_to``.
_NO_END, _UP_TO = Macro(lambda _id: ""), Macro(lambda number: f" AND {number} <= %(up_to)s")


def fragments_of(earlier: Earlier) -> dict[str, Fragment]:
    """What the files that look at an earlier mailing name in braces."""
    return {"earlier_counters": counters_of(earlier.states), "up_to": _NO_END}


def values_of(earlier: Earlier) -> dict[str, Any]:
    """The values that they need, but for ``after``."""
    return {
        "earlier": earlier.mailing, "earlier_states": numbers_of(earlier.states),
        "earlier_in_rows": in_rows(earlier.states), "earlier_codes": earlier.codes,
    }  # fmt: skip


def messages_of(earlier: Earlier) -> str:
    """SQL: the messages, after the id ``after``."""
    return SQL.text("of_earlier", **fragments_of(earlier))


def clients_of(earlier: Earlier) -> tuple[str, dict[str, Any]]:
    """SQL for the clients ``c`` who have its messages ``e``, and the values that it needs."""
    return SQL.text("clients_of_earlier", **fragments_of(earlier)), {**values_of(earlier), "after": 0}


def clients_between(earlier: Earlier, first: int, beyond: int) -> tuple[str, dict[str, Any]]:
    """As :func:`clients_of`, but only of the messages from an id on, up to another one that is not among them."""
    fragments = {**fragments_of(earlier), "up_to": _UP_TO}
    values = {**values_of(earlier), "after": first - 1, "up_to": beyond - 1}
    return SQL.text("clients_of_earlier", **fragments), values
