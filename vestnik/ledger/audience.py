"""Makes the messages and batches of an audience, a chunk at a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from vestnik.db.connection import Connection, HasCursor
from vestnik.ledger.recalls import ON_STOP_LIST
from vestnik.ledger.statements import SQL


class Chunk(NamedTuple):
    """The result of a chunk: clients that matched (``picked``), the ``last`` of them, and messages (``made``)."""

    last: int | None
    picked: int
    made: int


def build_chunk(
    connection: Connection,
    *,
    mailing: int,
    matches: str,
    values: Mapping[str, Any],
    zones: Mapping[str, datetime] | None,
    after: int,
    limit: int,
    chunk: int,
    batch: int,
) -> Chunk:
    """Make the messages of the next clients by id, and batches of them.

    Args:
        connection: in a transaction that holds the mailing's row, and :func:`vestnik.ledger.recalls.share_stop_list`.
        mailing: whose audience.
        matches: SQL: does client ``c`` belong to it?
        values: what stands in ``matches``.
        zones: when messages are due, by the client's time zone; a batch then holds one zone only. None: now.
        after: the id of the last client of the chunk before.
        limit: the greatest id of the audience.
        chunk: clients, at most.
        batch: messages in a batch, at most.
    """
    given: dict[str, Any] = {
        **values, "mailing": mailing, "after": after, "limit": limit, "chunk": chunk, "batch": batch,
        "stop_code": ON_STOP_LIST.code, "stop_detail": ON_STOP_LIST.detail,
    }  # fmt: skip
    name = "build_chunk"
    if zones is not None:
        name = "build_chunk_by_zone"
        given |= {"zones": list(zones), "due": list(zones.values())}
    try:
        with connection.transaction():  # a savepoint: the chunk's own transaction goes on
            return _build(connection, name, matches, "", given)
    except psycopg.errors.UniqueViolation:
        return _build(connection, name, matches, "ON CONFLICT DO NOTHING", given)


def _build(connection: Connection, name: str, matches: str, on_conflict: str, values: Mapping[str, Any]) -> Chunk:
    fragments = {"matches": matches, "on_conflict": on_conflict}
    (row,) = SQL.run(connection, name, fragments, **values)
    return Chunk(*row)


def next_message_id(connection: HasCursor) -> int:
    """An id that no message has or will have: for a request to the gateway that belongs to no message."""
    ((number,),) = SQL.run(connection, "next_message_id")
    return int(number)
