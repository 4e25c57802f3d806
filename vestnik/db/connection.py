"""Connections to the ledger for long-lived threads that run hand-written SQL."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

import psycopg
from django.conf import settings
from psycopg.rows import TupleRow

from vestnik.db.address import read_address
from vestnik.db.session import begin_session, is_silent

Connection: TypeAlias = psycopg.Connection[TupleRow]
#: Repetitions after which psycopg keeps a statement that did not ask for it. Without a number it keeps none at all.
_NEVER_BY_ITSELF = 2**62


class HasCursor(Protocol):
    """A connection of psycopg, or Django's."""

    def cursor(self) -> Any:
        """A cursor, to be closed as a context."""


def open_connection(name: str, *, statement_timeout: float = 30.0) -> Connection:
    """Open an autocommit connection; transactions are explicit (``with connection.transaction()``).

    A transaction left idle for 15 s (a stopped process) is ended by the server, so its locks do not stay.
    Statements are planned with their values each time: a plan for "any mailing" would not leave out the partitions.

    Args:
        name: shown in pg_stat_activity after "vestnik ".
        statement_timeout: seconds after which the server cancels a statement.

    Raises:
        psycopg.OperationalError: the ledger cannot be reached, or only through a pooler that keeps no sessions.
    """
    address = read_address(settings.ENVIRONMENT.database_url)
    application = f"vestnik {name}"
    # psycopg's types want each parameter by its name; these are libpq's own names.
    libpq: dict[str, Any] = dict(address.libpq)
    connection = psycopg.connect(**libpq, application_name=application, autocommit=True, prepare_threshold=None)
    limits = {
        "statement_timeout": str(int(statement_timeout * 1000)), "idle_in_transaction_session_timeout": "15000"
    }  # fmt: skip
    try:
        begin_session(connection, {**address.session, **limits}, libpq)
    except BaseException:
        connection.close()
        raise
    return connection


def keep_statements(connection: Connection) -> None:
    """Let PostgreSQL keep the statements that are run by :meth:`vestnik.db.statements.Statements.run_repeated`.

    All others are planned with their values each time, as before.
    """
    connection.prepare_threshold = _NEVER_BY_ITSELF


class KeptConnection(threading.local):
    """A connection that each thread keeps for work that it repeats, and opens again when it is lost.

    A new one costs the processors some 10 ms: a process of PostgreSQL starts, and both sides compute the password's
    proof 4,096 times.

    Args:
        name: as for :func:`open_connection`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._connection: Connection | None = None

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """Give the connection to a block of work. After an error of the database it is closed.

        Raises:
            psycopg.OperationalError: the ledger cannot be reached, or only through a pooler that keeps no sessions.
        """
        if self._connection is None or not is_silent(self._connection):
            self.close()
            self._connection = open_connection(self._name)
        try:
            yield self._connection
        except psycopg.Error:
            self.close()
            raise

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def set_for_session(connection: HasCursor, **settings: str) -> None:
    """Set settings of PostgreSQL, by their names, until the connection is closed."""
    _set(connection, settings, local=False)


def set_for_transaction(connection: HasCursor, **settings: str) -> None:
    """Set settings of PostgreSQL, by their names, until the transaction ends."""
    _set(connection, settings, local=True)


def _set(connection: HasCursor, settings: Mapping[str, str], *, local: bool) -> None:
    columns = ", ".join("set_config(%s, %s, %s)" for _ in settings)
    values = [value for name, setting in settings.items() for value in (name, setting, local)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", values)


def first_line(error: BaseException) -> str:
    """The first line of an error's message, for a log; its class if there is none."""
    return (str(error).splitlines() or [type(error).__name__])[0]
