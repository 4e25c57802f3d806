"""Time zones that both Python and PostgreSQL know: Python decides, PostgreSQL sorts clients by them."""

from functools import cache
from zoneinfo import available_timezones

from django.db import connection

#: Names that say nothing about a place: the machine's own zone, and placeholders.
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})


def is_known_zone(name: str) -> bool:
    """Is ``name`` an IANA time zone, spelt as IANA spells it, that Python and the database know?"""
    return name not in _NO_ZONES and name in _python_zones() and _database_knows(name)


@cache
def known_zones() -> frozenset[str]:
    """All zones of :func:`is_known_zone`, asked for once; for those who look at many names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        names = frozenset(name for (name,) in cursor.fetchall())
    return (names & _python_zones()) - _NO_ZONES


@cache
def _database_knows(name: str) -> bool:
    """Asked once for each zone of Python's: what strangers make up is not kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = %s)", [name])
        row = cursor.fetchone()
    return bool(row and row[0])


@cache
def _python_zones() -> frozenset[str]:
    return frozenset(available_timezones())
