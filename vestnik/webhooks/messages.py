"""Makes events of what became of messages: up to 1,000 messages of one mailing and one outcome in each.

The ledger's statements keep the outcomes in an outbox, in the transaction that writes them (``ledger/sql/tell.sql``).
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import orjson

from vestnik.db.connection import Connection
from vestnik.db.locks import Lock, lock
from vestnik.db.statements import Statements
from vestnik.models import MESSAGE_EVENTS, MessageState

#: Messages of one event, at most. One takes some 150 bytes, so an event stays far below 1 MiB.
MAX_MESSAGES = 1_000
#: Rows of the outbox that become events in one transaction. A flush writes one for each of its batches.
MOST_ROWS = 50

SQL = Statements("vestnik.webhooks", SENT=str(int(MessageState.SENT)))


class Outcomes(NamedTuple):
    """A row of the outbox. ``bits``: a text of zeros and ones, as PostgreSQL writes them."""

    mailing: int
    state: int
    at: datetime
    ids: list[int] | None
    first_id: int | None
    bits: str | None

    def messages(self) -> list[int]:
        """Return the ids of the messages."""
        if self.ids is not None:
            return self.ids
        first = self.first_id or 0
        return [first + place for place, bit in enumerate(self.bits or "") if bit == "1"]


def write_message_events(connection: Connection) -> int:
    """Make events of outcomes that wait. Return how many rows of the outbox that took: at most MOST_ROWS."""
    with connection.transaction():
        # From before the numbers are read until the events are committed, so that an erasure misses none of them
        # (clients/erased_events.py).
        lock(connection, Lock.WEBHOOK_EVENTS, shared=True)
        rows = [Outcomes(*row) for row in SQL.run(connection, "take_outcomes", most=MOST_ROWS)]
        together: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row in rows:
            together[row.mailing, row.state].extend(row.messages())
        for (mailing, state), ids in together.items():
            for chunk in _chunks(ids):
                _tell(connection, mailing, MessageState(state), chunk)
    return len(rows)


def _tell(connection: Connection, mailing: int, state: MessageState, ids: list[int]) -> None:
    found = SQL.run(connection, "messages_of", mailing=mailing, state=int(state), ids=ids)
    messages = [
        {"id": message, "client": client, "phone_number": phone, "code": code} for message, client, phone, code in found
    ]
    if not messages:
        return  # Retention has dropped them.
    data = {"mailing_id": mailing, "state": state.label, "messages": messages}
    SQL.run(connection, "tell", kind=MESSAGE_EVENTS[state].value, data=orjson.dumps(data).decode())


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), MAX_MESSAGES):
        yield ids[start : start + MAX_MESSAGES]
