"""What there is in the directory to choose from: tags, operator codes, time zones; quick at a million clients."""

from typing import Any

from django.db import connection

from vestnik.db.sql_files import sql

SQL = "vestnik.clients"
#: Values that are offered at most: a list of more helps nobody, and each costs a probe of the index (15 µs).
MOST_VALUES = 500


def existing_tags(*, most: int = MOST_VALUES) -> list[str]:
    """The tags of clients, in order."""
    return _existing("tag", most)


def existing_codes(*, most: int = MOST_VALUES) -> list[int]:
    """The operator codes of clients, in order."""
    return _existing("mobile_operator_code", most)


def existing_zones(*, most: int = MOST_VALUES) -> list[str]:
    """The time zones of clients, in order."""
    return _existing("timezone", most)


def _existing(column: str, most: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql(SQL, "existing_values", column=column), {"most": most})
        return [value for (value,) in cursor.fetchall()]
