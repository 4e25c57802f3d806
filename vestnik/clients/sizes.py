"""How many clients each tag and each operator code has: what a mailing can be filtered by."""

from typing import Any

from django.db import connection

from vestnik.db.sql_files import sql

SQL = "vestnik.clients"


def tag_sizes() -> list[tuple[str, int]]:
    """Every tag of the directory with its clients, the greatest first. Reads an index: some 0.2 s for a million."""
    return _sizes("tag")


def operator_code_sizes() -> list[tuple[int, int]]:
    """Every operator code with its clients, in order. Reads an index: some 0.1 s for a million clients."""
    return sorted(_sizes("mobile_operator_code"))


def _sizes(column: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql(SQL, "sizes", column=column))
        rows: list[Any] = cursor.fetchall()
    return rows
