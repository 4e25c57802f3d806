"""A ledger out of a backup: what it believes to be queued or under way may have been delivered since."""

from collections.abc import Sequence

from vestnik.db.connection import Connection
from vestnik.ledger.statements import run


def end_leases(connection: Connection, *, mailings: Sequence[int]) -> None:
    """Take all leases of mailings from whoever held them: it lives in another time."""
    run(connection, "end_leases_of_held", mailings=list(mailings))


def doubt_queued(connection: Connection, *, mailings: Sequence[int]) -> int:
    """Put whatever is queued of mailings in doubt. Returns messages."""
    ((messages,),) = run(connection, "doubt_queued", mailings=list(mailings))
    return int(messages)
