"""Statements that requests repeat: each connection has PostgreSQL parse and plan them once.

Django binds values on its side and makes each statement anew, for its text differs each time. What stands here goes
through the same connection, and so through the same transaction.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection


def fetch(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement with values as psycopg writes them (``%s``, ``%(name)s``); its rows.

    The text must be the same each time. Columns come as psycopg reads them: a field's ``from_db_value`` was not asked.

    Raises:
        django.db.Error: as Django's own cursors do.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": "0"})
    kept = connection.connection
    with connection.wrap_database_errors:
        # Django forbids it for the whole connection, and psycopg then prepares nothing, even when it is told to.
        kept.prepare_threshold = 0
        try:
            # As bytes: psycopg's types want a literal, and these come from files and models of ours, never from input.
            cursor = psycopg.Cursor(kept).execute(statement.encode(), values, prepare=True)
        finally:
            kept.prepare_threshold = None
        return cursor.fetchall() if cursor.description else []
