"""Changes a ledger restored from a backup: its queued messages may have been delivered since."""

from collections.abc import Sequence

from vestnik.db.connection import Connection
from vestnik.ledger.fragments import SQL


def end_leases(connection: Connection, *, mailings: Sequence[int]) -> None:
    """Take all leases of mailings from their holders, which belong to the time before the backup."""
    SQL.run(connection, "end_leases_of_held", mailings=list(mailings))


def doubt_queued(connection: Connection, *, mailings: Sequence[int]) -> int:
    """Mark all queued messages of mailings as in doubt. Returns how many."""
    ((messages,),) = SQL.run(connection, "doubt_queued", mailings=list(mailings))
    return int(messages)
