"""Writes outcomes on messages: by the holder of their batch, or late, by a holder that lost its lease."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from psycopg.rows import TupleRow

from vestnik.db.connection import Connection
from vestnik.ledger.packing import Packed, Sent, pack
from vestnik.ledger.statements import SQL, columns
from vestnik.models import MessageState


class Recorded(NamedTuple):
    """So many rows of a batch got this state."""

    batch: int
    state: MessageState
    rows: int


class Stamped(NamedTuple):
    """An outcome other than the usual success, as it is written.

    ``state`` ``QUEUED``: to be tried again, after ``retry_after`` seconds if the gateway said so. ``burns``: 1 when it
    counts against the budget of answers, else 0. ``in_doubt``: the message may have been delivered.
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


class Late(NamedTuple):
    """A definite answer that came after the lease was lost. ``at``: when, in unix seconds of the database's clock."""

    id: int
    state: int
    code: str
    detail: str
    at: float


def record_sent(connection: Connection, sent: Sequence[Sent], *, mailing: int, log: bool) -> list[Recorded]:
    """Write the usual success on messages of one mailing; what has its outcome already is not changed.

    Args:
        connection: in the transaction of :func:`vestnik.ledger.leases.lock_held`.
        sent: which ones, by batch; each batch once, and none without a message.
        mailing: whose messages.
        log: into the log, a row for each batch; else, and where that cannot be, into the rows of the messages.
    """
    packed = [row for row in map(pack, sent) if row is not None] if log else []
    rows = SQL.run(connection, "log_sent", mailing=mailing, **columns(Packed, packed)) if packed else []
    logged = {row[0] for row in rows}
    rest = [each for each in sent if each.batch not in logged]
    return _recorded(rows) + (_write_rows(connection, rest, mailing=mailing) if rest else [])


def _write_rows(connection: Connection, sent: Sequence[Sent], *, mailing: int) -> list[Recorded]:
    """By columns, not by rows: there is one of each for every message that is sent."""
    rows = SQL.run(
        connection, "record_sent", mailing=mailing,
        ids=_array(message for each in sent for message in each.ids),
        batches=_array(each.batch for each in sent for _ in each.ids),
        attempts=_array(each.attempt for each in sent for _ in each.ids),
        # Whole numbers: a float takes Python five times as long to write.
        microseconds=_array(int(seconds * 1e6) for each in sent for seconds in each.at),
    )  # fmt: skip
    return _recorded(rows)


def record_others(connection: Connection, outcomes: Sequence[Stamped], *, mailing: int) -> list[Recorded]:
    """Write all other outcomes of messages of one mailing. A recalled message is not queued again."""
    return _recorded(SQL.run(connection, "record_others", mailing=mailing, **columns(Stamped, outcomes)))


def settle_late(connection: Connection, answers: Sequence[Late], *, mailing: int, batch: int, attempt: int) -> None:
    """Let late definite answers settle messages that are unknown or in doubt; frozen totals move along.

    Args:
        connection: in a transaction of its own.
        answers: which ones.
        mailing: whose messages.
        batch: their batch.
        attempt: of the lease that was lost.
    """
    # Locked before, in the order in which a flush locks: settling sees whether the totals are frozen by now.
    SQL.run(connection, "lock_to_settle_late", batch=batch)
    values = columns(Late, answers)
    SQL.run(connection, "settle_late", batch=batch, mailing=mailing, attempt=attempt, **values)


def _recorded(rows: Iterable[TupleRow]) -> list[Recorded]:
    return [Recorded(batch, MessageState(state), count) for batch, state, count in rows]


def _array(numbers: Iterable[int]) -> str:
    """An array as PostgreSQL's text: joined in C, a list parameter would be dumped number by number in Python."""
    return "{" + ",".join(map(repr, numbers)) + "}"
