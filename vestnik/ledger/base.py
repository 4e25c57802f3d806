"""Django's engine for PostgreSQL, with a cheaper look at kept connections before each request.

Django asks ``SELECT 1``: a way to a process of PostgreSQL and back, for each request.
"""

import select
import time

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from psycopg.pq import ConnStatus, TransactionStatus

#: Seconds after which a connection is asked all the same: a network that forgot it says nothing to its socket.
QUIET = 10.0


class DatabaseWrapper(PostgresWrapper):
    """Looks at the socket: PostgreSQL says nothing on an idle connection, but that it ends it."""

    _asked_at = float("-inf")

    def is_usable(self) -> bool:
        """Can the next statement go through this connection? Only one of which that is not plain is asked."""
        now = time.monotonic()
        if now - self._asked_at < QUIET and self._is_silent():
            self._asked_at = now
            return True
        self._asked_at = now
        return super().is_usable()

    def _is_silent(self) -> bool:
        """Is it open, outside of a transaction, and is there nothing to read: no last words, and no end?"""
        if self.connection is None:
            return False
        pgconn = self.connection.pgconn
        if pgconn.status != ConnStatus.OK or pgconn.transaction_status != TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(pgconn.socket, select.POLLIN)
        return not poll.poll(0)
