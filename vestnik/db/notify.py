"""NOTIFY: tells every worker process that something in the database changed. Unlike nudges it is not lost."""

import select
import time

from django.db import transaction

from vestnik.db.connection import Connection, HasCursor
from vestnik.db.prepared import fetch

#: The channel on which every worker process listens. Statements that notify by themselves (``pg_notify`` in a ``.sql``
#: file) name it, too.
CHANNEL = "vestnik"
#: What is said of a mailing whose start lies ahead: nothing is due, only the next due time may be an earlier one.
SCHEDULED = "scheduled"
#: Single messages were accepted: dispatchers have something to send, and there is nothing to sweep.
DIRECT = "direct"
#: Receipts were kept: who applies them has something to do, and nobody else.
RECEIPTS = "receipts"
_NOTIFY = b"SELECT pg_notify(%s, %s)"


def notify(connection: HasCursor, kind: str) -> None:
    """Notify all listeners, once the transaction commits.

    Args:
        connection: Django's or psycopg's.
        kind: what changed, for logs; :data:`SCHEDULED`, :data:`DIRECT` and :data:`RECEIPTS` mean something to those
            that hear them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOTIFY, [CHANNEL, kind])


def notify_after_commit(kind: str) -> None:
    """Notify all listeners by a statement of its own, once Django's transaction is committed.

    Transactions that notify are committed one after the other: each waits until those before it are on disk. A
    statement that only notifies waits for no disk. If the process dies in between, listeners see the change when they
    look next.
    """
    transaction.on_commit(lambda: fetch(_NOTIFY, (CHANNEL, kind)), robust=True)


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
