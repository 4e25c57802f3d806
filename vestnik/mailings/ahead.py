"""What is scheduled to start in each of several periods, such as the next days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from vestnik.db.statements import Statements
from vestnik.mailings.find import mailings_with
from vestnik.models import Mailing, MailingKind, MailingState

#: The same that :func:`vestnik.mailings.find.next_mailings` finds.
_IS_NEXT = (
    f"m.state = '{MailingState.SCHEDULED}' AND m.kind = '{MailingKind.BULK}' AND m.frozen_at IS NULL"
    " AND m.hidden_at IS NULL"
)
SQL = Statements("vestnik.mailings", is_next=_IS_NEXT)


@dataclass(slots=True)
class Starting:
    """What starts in one period: ``mailings`` in all, and the ``first`` ones of them, the next one first."""

    mailings: int = 0
    first: list[Mailing] = field(default_factory=list)


def starting_in(periods: Sequence[tuple[datetime, datetime]], *, most: int) -> list[Starting]:
    """The scheduled mailings that start in each of these periods, which have their begin and not their end.

    Args:
        periods: begin and end of each.
        most: mailings of a period that are named; all are counted.
    """
    begins, ends = [begin for begin, _end in periods], [end for _begin, end in periods]
    rows = SQL.run(connection, "starting_in", begins=begins, ends=ends, most=most)
    named = mailings_with(ids=[row[2] for row in rows if row[2] is not None])
    found = [Starting() for _period in periods]
    for place, count, mailing in rows:
        starting = found[place - 1]
        starting.mailings = count
        if mailing in named:  # else deleted just now
            starting.first.append(named[mailing])
    return found
