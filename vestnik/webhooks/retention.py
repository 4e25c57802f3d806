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


def forget_old(connection: Connection, *, stopped: Callable[[], bool]) -> None:
    """Delete events that were kept long enough, and all attempts but the last of each endpoint, in small pieces.

    Args:
        connection: in autocommit mode. Each piece is a transaction, and holds up nobody.
        stopped: asked after each piece.
    """
    # Events that nothing waits for are known once the deliveries are gone.
    _in_pieces(connection, "forget_deliveries", "vestnik_webhook_delivery", stopped, days=EVENT_DAYS)
    _in_pieces(connection, "forget_events", "vestnik_webhook_event", stopped, days=EVENT_DAYS)
    _in_pieces(connection, "forget_attempts", "vestnik_webhook_attempt", stopped, kept=KEPT_ATTEMPTS)


def _in_pieces(connection: Connection, name: str, table: str, stopped: Callable[[], bool], **values: Any) -> None:
    while not stopped():
        if SQL.change(connection, name, {"table": table}, most=PIECE_ROWS, **values) < PIECE_ROWS:
            return
