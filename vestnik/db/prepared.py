"""Prepared statements for requests: PostgreSQL parses and plans each once for each connection.

Django binds values on its side, so each statement has a different text and is planned again. Statements here use the
same connection, and so the same transaction. Only this package calls it: others have
:meth:`vestnik.db.statements.Statements.run_prepared`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


def fetch(statement: bytes, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement with values as psycopg writes them (``%s``, ``%(name)s``); its rows.

    The text must be the same each time. Columns come as psycopg reads PostgreSQL's binary format, which takes half the
    time of its texts: JSON is read already, and a field's ``from_db_value`` was not asked.

    Raises:
        django.db.Error: as Django's own cursors do.
    """
    # Not Django's ``connection``, which looks this up again for each attribute.
    django = connections[DEFAULT_DB_ALIAS]
    django.close_if_health_check_failed()
    django.ensure_connection()
    django.validate_no_broken_transaction()
    if django.queries_logged:
        django.queries_log.append({"sql": statement.decode(), "time": "0"})
    kept = django.connection
    with django.wrap_database_errors:
        # Django forbids it for the whole connection, and psycopg then prepares nothing, even when it is asked to.
        kept.prepare_threshold = 0
        try:
            cursor = psycopg.Cursor(kept).execute(statement, values, prepare=True, binary=True)
        finally:
            kept.prepare_threshold = None
        # A result without rows has no row number. Its description says so as well, but psycopg makes it for each call.
        return [] if cursor.rownumber is None else cursor.fetchall()
