"""Connections to the ledger for long-lived threads that run hand-written SQL."""

from typing import Any, Protocol, TypeAlias

import psycopg
from django.conf import settings
from psycopg.rows import TupleRow

from vestnik.db.address import read_address
from vestnik.db.session import begin_session
from vestnik.db.sql_files import sql

Connection: TypeAlias = psycopg.Connection[TupleRow]


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


def run(connection: Connection, package: str, name: str, **values: Any) -> list[TupleRow]:
    """Run ``<package>/sql/<name>.sql`` with named values and return its rows (none if it gives none)."""
    # As bytes: psycopg's types want a literal, and this comes from a file of ours, never from input.
    cursor = connection.execute(sql(package, name).encode(), values)
    return cursor.fetchall() if cursor.description else []


def first_line(error: BaseException) -> str:
    """The first line of what an error says, for a log; its class when it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]
