"""What depends on the gateways that messages of a batch went over: who may send them again, and who did what."""

from collections.abc import Sequence

from vestnik.db.connection import HasCursor
from vestnik.ledger.fragments import SQL


def recount_bound(connection: HasCursor, batches: Sequence[int], *, mailing: int, known: bool = False) -> None:
    """Count again which messages of batches are in doubt at a gateway, so that only that one sends them again.

    Args:
        connection: in a transaction that has the batches locked.
        batches: of one mailing.
        mailing: whose.
        known: only of those where it was so before; else also where there was none.
    """
    SQL.run(connection, "recount_bound", batches=list(batches), mailing=mailing, any=not known)


def recount_by_gateway(connection: HasCursor, batches: Sequence[int], *, mailing: int) -> None:
    """Count again what other gateways than the present one did of batches. As :func:`recount_bound`.

    Called where messages change that may have gone over another gateway than the one that their batch names now.
    """
    SQL.run(connection, "recount_by_gateway", batches=list(batches), mailing=mailing)


def recount(connection: HasCursor, batches: Sequence[int], *, mailing: int) -> None:
    """Do both."""
    recount_bound(connection, batches, mailing=mailing)
    recount_by_gateway(connection, batches, mailing=mailing)
