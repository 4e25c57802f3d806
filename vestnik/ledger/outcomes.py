"""Writes outcomes on messages: by the holder of their batch, or late, by a holder that lost its lease."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from psycopg.rows import TupleRow

from vestnik.db.arrays import number_array
from vestnik.db.connection import Connection
from vestnik.ledger.bound import recount
from vestnik.ledger.fragments import SQL, columns
from vestnik.ledger.outcome_log import fold
from vestnik.ledger.packing import Packed, Sent, pack
from vestnik.models import MessageState


class Recorded(NamedTuple):
    """So many rows of a batch got this state. ``code``: of their outcome; empty: they were sent."""

    batch: int
    state: MessageState
    rows: int
    code: str = ""


class Stamped(NamedTuple):
    """An outcome other than the usual success, as it is written.

    ``state`` ``QUEUED``: to be tried again, after ``retry_after`` seconds if the gateway said so. ``burns``: 1 when it
    counts against the budget of answers, else 0. ``in_doubt``: the message may have been delivered. ``gateway``: over
    which; None: over none, and an earlier attempt left the doubt.
    """

    id: int
    batch: int
    attempt: int
    state: int
    burns: int
    in_doubt: bool
    code: str
    detail: str
    retry_after: float | None
    gateway: int | None


class Late(NamedTuple):
    """A definite answer that came after the lease was lost. ``at``: when, in unix seconds of the database's clock."""

    id: int
    state: int
    code: str
    detail: str
    at: float


def record_sent(
    connection: Connection, sent: Sequence[Sent], *, mailing: int, log: bool, gateway: int
) -> list[Recorded]:
    """Write the usual success on messages of one mailing; what has its outcome already is not changed.

    Args:
        connection: in the transaction of :func:`vestnik.ledger.leases.lock_held`.
        sent: which ones, by batch; each batch once, and none without a message.
        mailing: whose messages.
        gateway: over which they went.
        log: into the log, a row for each batch; else, and where that cannot be, into the rows of the messages.
    """
    packed = [row for row in map(pack, sent) if row is not None] if log else []
    rows = (
        SQL.run(connection, "log_sent", mailing=mailing, gateway=gateway, **columns(Packed, packed)) if packed else []
    )
    logged = {row[0] for row in rows}
    rest = [each for each in sent if each.batch not in logged]
    return _recorded(rows) + (_write_rows(connection, rest, mailing=mailing, gateway=gateway) if rest else [])


def _write_rows(connection: Connection, sent: Sequence[Sent], *, mailing: int, gateway: int) -> list[Recorded]:
    """By columns, not by rows: there is one of each for every message that is sent."""
    rows = SQL.run(
        connection, "record_sent", mailing=mailing, gateway=gateway,
        ids=number_array(message for each in sent for message in each.ids),
        batches=number_array(each.batch for each in sent for _ in each.ids),
        attempts=number_array(each.attempt for each in sent for _ in each.ids),
        # Whole numbers: a float takes Python five times as long to write.
        microseconds=number_array(int(seconds * 1e6) for each in sent for seconds in each.at),
    )  # fmt: skip
    return _recorded(rows)


def record_others(connection: Connection, outcomes: Sequence[Stamped], *, mailing: int) -> list[Recorded]:
    """Write all other outcomes of messages of one mailing. A recalled message is not queued again."""
    return _recorded(SQL.run(connection, "record_others", mailing=mailing, **columns(Stamped, outcomes)))


def note_minute(connection: Connection, rows: Mapping[tuple[MessageState, str], int], *, gateway: int) -> None:
    """Add rows that got an outcome to the counts of this minute, which say what a gateway did in the last hour.

    Args:
        connection: in the transaction that wrote the outcomes.
        rows: by state and code; none: nothing is done.
        gateway: over which they went.
    """
    if rows:
        SQL.run_repeated(
            connection, "note_minute", gateway=gateway, state=[int(state) for state, _ in rows],
            code=[code for _, code in rows], rows=list(rows.values()),
        )  # fmt: skip


class Named(NamedTuple):
    """A part of a message by the name that its gateway gave it.

    ``part``: from 1. ``provider_id``: empty where the part has no name: a message is whole only with all of its parts.
    ``operator``: of the phone.
    """

    mailing: int
    message: int
    part: int
    provider_id: str
    operator: str | None


def name_messages(connection: Connection, named: Sequence[Named], *, gateway: int) -> None:
    """Keep what a gateway calls messages, so that its receipts find them. All parts of a message, each once."""
    SQL.run(connection, "name_messages", gateway=gateway, **columns(Named, named))


def set_parts(connection: Connection, parts: Mapping[int, int], *, mailing: int, own_parts: int) -> None:
    """Keep in how many parts a provider says that messages were sent, where that is not what is known.

    Args:
        connection: in the transaction that wrote the outcomes.
        parts: by message.
        mailing: whose messages.
        own_parts: those of its own text.
    """
    SQL.run(connection, "set_parts", mailing=mailing, ids=list(parts), parts=list(parts.values()), own_parts=own_parts)


def settle_late(connection: Connection, answers: Sequence[Late], *, mailing: int, attempt: int, gateway: int) -> None:
    """Let late definite answers settle messages that are unknown or in doubt; frozen totals move along.

    Args:
        connection: in a transaction of its own.
        answers: which ones.
        mailing: whose messages.
        attempt: of the lease that was lost.
        gateway: over which its messages went.
    """
    # Not the batch that was leased: its next holder may have split it.
    found = SQL.run(connection, "batches_of_messages", mailing=mailing, ids=[answer.id for answer in answers])
    now_in: dict[int, int] = dict(found)
    for batch in sorted(set(now_in.values())):
        of_batch = [answer for answer in answers if now_in[answer.id] == batch]
        _settle_late(connection, of_batch, mailing=mailing, batch=batch, attempt=attempt, gateway=gateway)


def _settle_late(
    connection: Connection, answers: Sequence[Late], *, mailing: int, batch: int, attempt: int, gateway: int
) -> None:
    # Locked before, in the order in which a flush locks: settling sees whether the totals are frozen by now.
    SQL.run(connection, "lock_to_settle_late", batch=batch)
    values = {**columns(Late, answers), "gateway": gateway}
    rows = SQL.run(connection, "settle_late", batch=batch, mailing=mailing, attempt=attempt, **values)
    recount(connection, [batch], mailing=mailing)
    if rows == [(True,)]:
        fold(connection, mailing=mailing, batches=[batch])


def _recorded(rows: Iterable[TupleRow]) -> list[Recorded]:
    return [Recorded(batch, MessageState(state), *rest) for batch, state, *rest in rows]
