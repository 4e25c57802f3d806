"""How long webhooks' events and attempts are kept."""

from collections.abc import Callable
from typing import Any

from vestnik.db.connection import Connection
from vestnik.db.statements import Statements

#: Days that events are kept for a replay.
EVENT_DAYS = 7
#: Attempts of an endpoint that are kept.
KEPT_ATTEMPTS = 200
#: Rows that one statement deletes, at most: some milliseconds, whatever has piled up.
PIECE_ROWS = 1_000

SQL = Statements("vestnik.webhooks")
_TABLES = {"attempts": "vestnik_webhook_attempt", "deliveries": "vestnik_webhook_delivery"}


def forget_old(connection: Connection, *, stopped: Callable[[], bool]) -> None:
    """Delete events that were kept long enough, and all attempts but the last of each endpoint, in small pieces.

    Args:
        connection: in autocommit mode. Each piece is a transaction, and holds up nobody.
        stopped: asked after each piece.
    """
    # Events that nothing waits for are known once the deliveries are gone.
    _in_pieces(connection, "deliveries", stopped, days=EVENT_DAYS)
    _in_pieces(connection, "events", stopped, days=EVENT_DAYS)
    _in_pieces(connection, "attempts", stopped, kept=KEPT_ATTEMPTS)


def _in_pieces(connection: Connection, what: str, stopped: Callable[[], bool], **values: Any) -> None:
    fragments = {"table": _TABLES.get(what, "")}
    while not stopped():
        if SQL.change(connection, f"forget_{what}", fragments, most=PIECE_ROWS, **values) < PIECE_ROWS:
            return
