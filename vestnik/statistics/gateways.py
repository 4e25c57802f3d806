"""What each gateway has done in the last hour, as its outcomes were written."""

from collections import Counter
from dataclasses import dataclass, field

from django.db import connection

from vestnik.db.statements import Statements
from vestnik.models import MessageState

SQL = Statements("vestnik.statistics")
#: Errors that are shown, the most frequent first.
MAX_ERRORS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCount:
    """Outcomes with one ``code`` that were no success, those after which a message is tried again included."""

    code: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHour:
    """What a gateway did in the last 60 to 61 minutes.

    ``sent``, ``failed``, ``unknown``: messages that got this state over it. What receipts or people said later changes
    nothing here. ``rate``: messages a second that it took, over the last one to two minutes.
    """

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    rate: float = 0.0
    errors: list[ErrorCount] = field(default_factory=list)


def last_hour_of(gateway_id: int) -> LastHour:
    """What one gateway did in the last hour."""
    states: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    rate = 0.0
    for state, code, count, lately, seconds in SQL.run(connection, "last_hour", gateway=gateway_id):
        states[state] += count
        if code:
            codes[code] += count
        if state == MessageState.SENT:
            rate += lately / seconds
    return LastHour(
        sent=states[MessageState.SENT], failed=states[MessageState.FAILED], unknown=states[MessageState.UNKNOWN],
        rate=round(rate, 2),
        errors=[
            ErrorCount(code=code, count=count)
            for code, count in sorted(codes.items(), key=lambda item: (-item[1], item[0]))[:MAX_ERRORS]
        ],
    )  # fmt: skip


def forget_minutes() -> None:
    """Delete counts of minutes that no page shows any more."""
    SQL.change(connection, "forget_minutes")
