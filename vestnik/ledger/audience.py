"""Makes the messages and batches of an audience, a chunk at a time."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from vestnik.db.connection import Connection, HasCursor
from vestnik.ledger.fragments import SQL
from vestnik.ledger.personal import PERSONAL, PLAIN, Next, Personal, Seen, Wanted, read_next, see, with_texts
from vestnik.ledger.recalls import ON_STOP_LIST

#: There are so many operator codes.
_CODES = 1_000
#: Clients of a personal mailing whose texts are made while PostgreSQL is busy with as many others; whole batches.
PART = 5_000


class Chunk(NamedTuple):
    """The result of a chunk: clients that matched (``picked``), the ``last`` of them, and messages (``made``).

    Where an earlier mailing limits the audience, its messages that were looked at, and the last of them.
    """

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
    route: int | None,
    route_of_code: Sequence[int] | None = None,
    after: int,
    limit: int,
    chunk: int,
    batch: int,
    earlier: str = "",
    personal: Personal | None = None,
) -> Chunk:
    """Make the messages of the next clients by id, and batches of them.

    Args:
        connection: in a transaction that holds the mailing's row, and :func:`vestnik.ledger.recalls.share_stop_list`.
        mailing: whose audience.
        matches: SQL: does client ``c`` belong to it?
        values: what stands in ``matches``.
        zones: when messages are due, by the client's time zone; a batch then holds one zone only. None: now.
        route: the rule that all of them go by; None: none, so they go over the gateway ``default``.
        route_of_code: instead of it, the rule of each operator code, from 000 on (0: none), where there are several. A
            batch then holds one rule only.
        after: the ``last`` of the chunk before.
        limit: the greatest id of the audience.
        chunk: clients, at most.
        batch: messages in a batch, at most.
        earlier: SQL: the messages of an earlier mailing to whose phones it goes; empty: it goes to all that match.
        personal: makes each message's own of a personal text; None: all get the same.
    """
    given: dict[str, Any] = {
        **values, "mailing": mailing, "after": after, "limit": limit, "chunk": chunk, "batch": batch,
        "stop_code": ON_STOP_LIST.code, "stop_detail": ON_STOP_LIST.detail,
    }  # fmt: skip
    if zones is None and route_of_code is None:
        name = "build_chunk"
        given["route"] = route
    else:
        name = "build_chunk_in_groups"
        due = zones or {}
        given |= {
            "zoned": zones is not None, "zones": list(due), "due": list(due.values()),
            "route_of_code": list(route_of_code) if route_of_code is not None else [route or 0] * _CODES,
        }  # fmt: skip
    if personal is None:
        return _build(connection, name, {**_clients(matches, earlier), **PLAIN}, given)
    wanted = Wanted.of(personal.names)
    fragments = _clients(matches, earlier, wanted.expressions)
    # Batches of groups are small enough as it is.
    part = PART if name == "build_chunk" else chunk

    def read(after: int | None, count: int) -> Next:
        return read_next(connection, wanted, fragments, {**given, "after": after, "chunk": count})

    def write(values: Mapping[str, Any]) -> int:
        return _build(connection, name, PERSONAL, {**given, **values}).made

    return _in_parts(personal, read, write, after=after, part=part, chunk=chunk)


def _in_parts(
    personal: Personal,
    read: Callable[[int | None, int], Next],
    write: Callable[[Mapping[str, Any]], int],
    *,
    after: int,
    part: int,
    chunk: int,
) -> Chunk:
    """A chunk of a personal mailing: while texts of a part are made, PostgreSQL writes one part and reads another.

    All of it is in the chunk's transaction and on its connection, which one thread uses at a time.
    """
    picked, made = 0, 0
    written: Mapping[str, Any] | None = None

    def write_and_read(after: int | None, count: int) -> tuple[int, Next | None]:
        return (0 if written is None else write(written)), (read(after, count) if count else None)

    count = min(part, chunk)
    clients = read(after, count)
    with ThreadPoolExecutor(1, thread_name_prefix="audience") as database:
        while True:
            picked += clients.looked_at
            is_last = clients.looked_at < count or picked == chunk
            count = 0 if is_last else min(part, chunk - picked)
            beside = database.submit(write_and_read, clients.last, count)
            texts = with_texts(clients, personal)
            so_far, following = beside.result()
            made, written = made + so_far, texts
            if following is None:
                break
            clients = following
    return Chunk(clients.last, picked, made + write(written))


def see_next(
    connection: HasCursor, names: Sequence[str], *, matches: str, values: Mapping[str, Any], earlier: str = ""
) -> Seen:
    """Read the next clients that :func:`build_chunk` would take, with the values that a text names. Changes nothing.

    Args:
        connection: any.
        names: what the text names.
        matches: as :func:`build_chunk` says.
        values: what stands in ``matches``, and ``after``, ``limit`` and ``chunk``.
        earlier: as :func:`build_chunk` says.
    """
    wanted = Wanted.of(names)
    return see(connection, wanted, _clients(matches, earlier, wanted.expressions), values)


def _clients(matches: str, earlier: str, values_wanted: str = "") -> dict[str, str]:
    """The fragments that say which clients are next, how many were looked at, and where the last one is."""
    if earlier:
        clients = SQL.text("next_of_earlier", matches=matches, earlier=earlier, values_wanted=values_wanted)
        return {"clients": clients, "looked_at": "looked", "position": "looked.id"}
    clients = SQL.text("next_clients", matches=matches, values_wanted=values_wanted)
    return {"clients": clients, "looked_at": "picked", "position": "id"}


def _build(connection: Connection, name: str, fragments: Mapping[str, str], values: Mapping[str, Any]) -> Chunk:
    try:
        with connection.transaction():  # a savepoint: the chunk's own transaction goes on
            return _run(connection, name, {**fragments, "on_conflict": ""}, values)
    except psycopg.errors.UniqueViolation:
        return _run(connection, name, {**fragments, "on_conflict": "ON CONFLICT DO NOTHING"}, values)


def _run(connection: Connection, name: str, fragments: Mapping[str, str], values: Mapping[str, Any]) -> Chunk:
    (row,) = SQL.run(connection, name, fragments, **values)
    return Chunk(*row)


def next_message_id(connection: HasCursor) -> int:
    """An id that no message has or will have: for a request to the gateway that belongs to no message."""
    ((number,),) = SQL.run(connection, "next_message_id")
    return int(number)
