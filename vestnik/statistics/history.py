"""The messages to one phone in all mailings, the newest mailing first."""

from dataclasses import dataclass

from django.db import connection

from vestnik.db.statements import Statements
from vestnik.ledger.fragments import GATEWAY_OF_ANY, LOGGED_AT_IN_ANY, MESSAGE_NOW
from vestnik.statistics.messages import MessageRow, row_of

SQL = Statements(
    "vestnik.statistics",
    message_now=MESSAGE_NOW, logged_at_in_any=LOGGED_AT_IN_ANY, gateway_of_any=GATEWAY_OF_ANY,
)  # fmt: skip
#: Mailings that one page looks through, and messages that it shows. A mailing costs one look-up, some 3 µs from memory.
MAILINGS, MESSAGES = 1_000, 25
#: Greater than every id.
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneHistory:
    """Messages to a phone with the ids of their mailings.

    - ``older``: look before this mailing for the next page; None: there is nothing older.
    - ``mailings``: the number of mailings that were looked through.
    """

    messages: list[tuple[int, MessageRow]]
    older: int | None
    mailings: int


def history_of_phone(*, phone: int, before: int | None = None) -> PhoneHistory:
    """The messages to ``phone`` in the mailings before the id ``before``, the newest first.

    A page has 25 messages at most, and looks through 1,000 mailings at most: it may have few messages, or none, and an
    ``older`` page all the same. Messages whose numbers were erased cannot be found.

    Args:
        phone: the number.
        before: an id of a mailing, not included; None: the newest page.
    """
    given = {"phone": phone, "before": _NEWEST if before is None else before}
    (edge, *rows) = SQL.run(connection, "history_of_phone", **given, looked=MAILINGS, most=MESSAGES + 1)
    lowest, looked = edge[:2]
    messages = [(mailing, row_of(*columns[:-2], None, *columns[-2:], None)) for mailing, *columns in rows[:MESSAGES]]
    if len(rows) > MESSAGES:
        return PhoneHistory(messages=messages, older=messages[-1][0], mailings=looked)
    return PhoneHistory(messages=messages, older=lowest if looked == MAILINGS else None, mailings=looked)
