"""Django's engine for PostgreSQL, with a cheaper look at kept connections before each request.

Django asks ``SELECT 1``, which costs each request a round trip to PostgreSQL.
"""

import time
from typing import Any

import psycopg
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper

from vestnik.db.session import begin_session, is_silent

#: Seconds after which a connection is tested anyway: a network that dropped it sends nothing to its socket.
QUIET = 10.0


class DatabaseWrapper(PostgresWrapper):
    """Checks the socket: on an idle connection PostgreSQL sends only the message that it ends it."""

    _asked_at = float("-inf")

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and set what each session needs: after connecting, since poolers refuse or drop it before."""
        connection = super().get_new_connection(conn_params)
        try:
            connection.autocommit = True  # Django sets its own mode next
            begin_session(connection, self.settings_dict.get("SESSION", {}), conn_params)
            connection.autocommit = False
        except BaseException:
            connection.close()
            raise
        return connection

    def is_usable(self) -> bool:
        """Return whether the next statement can use this connection. PostgreSQL is asked only in doubt.

        After an error it must accept changes: the primary may be elsewhere by now.
        """
        if self.errors_occurred and self._is_read_only():
            return False
        now = time.monotonic()
        if now - self._asked_at < QUIET and self.connection is not None and is_silent(self.connection):
            self._asked_at = now
            return True
        self._asked_at = now
        return super().is_usable()

    def _is_read_only(self) -> bool:
        try:
            ((read_only,),) = self.connection.execute("SHOW transaction_read_only").fetchall()
        except psycopg.Error:
            return True
        return bool(read_only == "on")
