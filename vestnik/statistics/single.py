"""A single message and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from vestnik.db.statements import Statements
from vestnik.errors import NotFound
from vestnik.ledger.fragments import BATCH_OF, GATEWAY_OF_ONE, LOGGED_AT, MESSAGE_NOW, PARTS_NOW
from vestnik.statistics.messages import MessageRow, row_of
from vestnik.statistics.stuck_singles import why_it_waits

SQL = Statements(
    "vestnik.statistics",
    message_now=MESSAGE_NOW, logged_at=LOGGED_AT, gateway_of_one=GATEWAY_OF_ONE, batch_of=BATCH_OF,
    parts_now=PARTS_NOW,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleView:
    """A single message. ``text`` is None when it was erased, and ``end`` may then be that of a later one.

    The code and detail of a queued message that waits for somebody say so, whatever its last attempt gave.
    """

    message: MessageRow
    mailing: int
    end: datetime
    text: str | None
    reference: str | None


def single_message(*, message_id: int) -> SingleView:
    """The single message with this id.

    Raises:
        NotFound: there is none, or it is one of a mailing.
    """
    # Once more, should its batch have become a part of another one in between (vestnik/upkeep/merging.py).
    rows = _read(message_id) or _read(message_id)
    if not rows:
        raise NotFound(_("There is no single message with this id."))
    *values, text, reference, own_end, batch, mailing, end = rows[0]
    message = row_of(*values)
    waits = why_it_waits(batch_id=batch) if message.state == "queued" else None
    if waits is not None:
        message = replace(message, code=waits[0], detail=waits[1])
    return SingleView(message=message, mailing=mailing, end=own_end or end, text=text, reference=reference)


def single_messages_among(*, ids: Collection[int]) -> set[int]:
    """Which of these ids are those of single messages that are still kept."""
    return {found for (found,) in SQL.run(connection, "single_messages_among", ids=list(ids))}


def _read(message_id: int) -> list[tuple[Any, ...]]:
    return [
        (*row, batch, mailing, end)
        for batch, mailing, end in SQL.run(connection, "batch_of_message", message=message_id)
        for row in SQL.run(connection, "single_message", message=message_id, mailing=mailing, batch=batch, own_parts=1)
    ]
