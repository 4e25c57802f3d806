"""Takes a person out of webhook events, those that wait and those that are kept for a replay.

An event is written once, with up to 1,000 numbers, and kept for a week. No index leads from a number to its events: it
would cost each of them more than the event itself, for what is done a few times a year. So all events are looked
through, before the transaction of the erasure and without its locks (docs/decisions/retention-and-erasure.md).

What writes events of messages shares :attr:`Lock.WEBHOOK_EVENTS`, from before the numbers are read until the events
are committed. The erasure takes it alone, once to know which events are all there, and once when the numbers are gone
from the messages. So an event that it does not see is written later, and finds no number.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson
from django.db import connection, transaction

from vestnik.db.locks import Lock, lock
from vestnik.db.statements import Statements

SQL = Statements("vestnik.clients")
#: Events that one statement looks through: a fraction of a second.
_PIECE = 500


class NamingEvents(NamedTuple):
    """The events of messages that name a person, of those up to the id ``last``. ``client``: the id, or None."""

    phones: Sequence[int]
    client: int | None
    last: int
    found: Sequence[int]


def look_through_events(*, phones: Sequence[int], client: int | None) -> NamingEvents:
    """Find the events of messages that name a person. Call it before the transaction of the erasure.

    Two seconds for a million messages that were told of in the last week, half a second a statement.
    """
    with transaction.atomic():
        lock(connection, Lock.WEBHOOK_EVENTS)
        ((last,),) = SQL.run(connection, "last_event")
    return NamingEvents(phones, client, last, list(_found(last, _entries(phones, client))))


def erase_from_events(naming: NamingEvents) -> int:
    """Take the person out of all events. Return how many were changed or deleted.

    Call it last in the transaction of the erasure: the numbers are gone from the messages, and the client is deleted.
    """
    phones = [str(phone) for phone in naming.phones]
    lock(connection, Lock.WEBHOOK_EVENTS)
    changed = SQL.change(
        connection, "erase_message_events", phones=phones, client=naming.client, found=list(naming.found),
        last=naming.last, entries=_entries(naming.phones, naming.client),
    )  # fmt: skip
    ((deleted,),) = SQL.run(connection, "erase_inbound_events", phones=phones)
    SQL.change(connection, "erase_webhook_answers", phones=list(naming.phones))
    return changed + int(deleted)


def _found(last: int, entries: list[str]) -> Iterator[int]:
    after: int | None = 0
    while after is not None:
        ((after, found),) = SQL.run(
            connection, "find_message_events", after=after, last=last, most=_PIECE, entries=entries
        )  # fmt: skip
        yield from found or []


def _entries(phones: Sequence[int], client: int | None) -> list[str]:
    """What an event has in it that names the person, as ``@>`` of PostgreSQL takes it."""
    by_phone = [{"phone_number": str(phone)} for phone in phones]
    by_client = [] if client is None else [{"client": client}]
    return [orjson.dumps({"messages": [each]}).decode() for each in (*by_phone, *by_client)]
