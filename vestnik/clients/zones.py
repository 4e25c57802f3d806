"""Time zones that both Python and PostgreSQL know: Python decides, PostgreSQL sorts clients by them."""

from functools import cache
from zoneinfo import available_timezones

from django.db import connection

from vestnik.db.statements import Statements

SQL = Statements("vestnik.clients")
#: Names that say nothing about a place: the machine's own zone, and placeholders.
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})


def is_known_zone(name: str) -> bool:
    """Is ``name`` an IANA time zone, spelt as IANA spells it, that Python and the database know?"""
    return name not in _NO_ZONES and name in _python_zones() and _database_knows(name)


@cache
def known_zones() -> frozenset[str]:
    """All zones of :func:`is_known_zone`, asked for once; for those who look at many names."""
    names = frozenset(name for (name,) in SQL.run(connection, "zone_names"))
    return (names & _python_zones()) - _NO_ZONES


@cache
def _database_knows(name: str) -> bool:
    """Asked once for each zone of Python's: what strangers make up is not kept."""
    return bool(SQL.run(connection, "zone_name", name=name))


@cache
def _python_zones() -> frozenset[str]:
    return frozenset(available_timezones())
