"""NOTIFY: tells every worker process that something in the database changed. Unlike nudges it is not lost."""

import select
import time

from vestnik.db.connection import Connection, HasCursor

#: The channel on which every worker process listens. Statements that notify by themselves (``pg_notify`` in a ``.sql``
#: file) name it, too.
CHANNEL = "vestnik"
#: What is said of a mailing whose start lies ahead: nothing is due, only the next due time may be an earlier one.
SCHEDULED = "scheduled"


def notify(connection: HasCursor, kind: str) -> None:
    """Notify all listeners, once the transaction commits.

    Args:
        connection: Django's or psycopg's.
        kind: what changed, for logs; :data:`SCHEDULED` alone means something to those that hear it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, kind])


def listen(connection: HasCursor) -> None:
    """Listen for notifications on this connection from now on."""
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")


def heard(connection: Connection, *, seconds: float) -> set[str]:
    """Wait for notifications; returns what changed, as soon as anything did, and nothing after ``seconds``.

    psycopg's own waiting wakes ten times a second to look for signals, which a thread does not get. So this waits for
    the socket first.

    Raises:
        psycopg.OperationalError: the connection is lost.
    """
    until = time.monotonic() + seconds
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    while not (found := _arrived(connection)) and (left := until - time.monotonic()) > 0:
        # What comes may be the server's last words: the next look finds the connection closed.
        poll.poll(left * 1_000)
    return found


def _arrived(connection: Connection) -> set[str]:
    return {notice.payload for notice in connection.notifies(timeout=0)}
