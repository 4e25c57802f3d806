"""Messages that must not be sent any more: taken out of what a dispatcher holds."""

from collections.abc import Sequence

from vestnik.db.connection import Connection
from vestnik.ledger.statements import run


def still_to_send(connection: Connection, *, mailing: int, first: int, last: int) -> frozenset[int]:
    """Which messages of a mailing between two ids are queued and not recalled."""
    return frozenset(row[0] for row in run(connection, "still_to_send", mailing=mailing, first=first, last=last))


def withdraw(
    connection: Connection, ids: Sequence[int], *, batch: int, mailing: int, granted: bool, code: str
) -> list[list[int]] | None:
    """Cancel messages of a leased batch that its holder has not handed over, and will not.

    Args:
        connection: in a transaction that has the batch locked.
        ids: which ones.
        batch: their batch.
        mailing: whose messages.
        granted: they are covered by the high-water mark, so they count as sending.
        code: why, where the message does not say so itself.

    Returns message, state, client and phone of each that changed.
    """
    ((changed,),) = run(connection, "withdraw", batch=batch, mailing=mailing, ids=list(ids), granted=granted, code=code)
    found: list[list[int]] | None = changed
    return found
