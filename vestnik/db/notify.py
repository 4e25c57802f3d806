"""NOTIFY: tells every worker process that something in the database changed. Unlike nudges it is not lost."""

from vestnik.db.connection import HasCursor

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
