"""Time zones: which names are known, and which zone a phone number has.

A zone must be known to both Python and PostgreSQL. Python decides when a client may get a message, and PostgreSQL sorts
clients by their zones.
"""

from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from django.db import connection
from phonenumbers import timezone

from vestnik.db.statements import Statements

SQL = Statements("vestnik.clients")
#: Names that say nothing about a place: the machine's own zone, and placeholders.
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})
#: +7 6 and +7 7 belong to Kazakhstan, which has had one time zone since 1 March 2024.
_KAZAKHSTAN, _KAZAKH_ZONE = (6, 7), "Asia/Almaty"
_MOBILE = 9


def is_known_zone(name: str) -> bool:
    """Return whether ``name`` is an IANA time zone, in IANA's spelling, that Python and the database know."""
    return name not in _NO_ZONES and name in _python_zones() and _database_knows(name)


@cache
def known_zones() -> frozenset[str]:
    """All zones of :func:`is_known_zone`, in one query, for callers with many names."""
    names = frozenset(name for (name,) in SQL.run(connection, "zone_names"))
    return (names & _python_zones()) - _NO_ZONES


def zone_of_phone(phone: int) -> str | None:
    """Return the only time zone that a number can be in, or None if there are several or none is known.

    Numbers of Kazakhstan and Russian landlines have one zone (libphonenumber's timezone data). **A Russian mobile
    number (+7 9…) has none**: its code names an operator that works in several zones, libphonenumber gives all of them,
    and the number may have been ported. For these, the import's default or a refusal decides.

    Args:
        phone: Eleven digits, of which the first is 7.
    """
    first = phone // 10**9 % 10
    if first in _KAZAKHSTAN:
        return _KAZAKH_ZONE
    if first == _MOBILE:
        return None
    zones = timezone.time_zones_for_number(phonenumbers.PhoneNumber(country_code=7, national_number=phone % 10**10))
    return zones[0] if len(zones) == 1 and zones[0] in _python_zones() else None


@cache
def _database_knows(name: str) -> bool:
    """Asked once for each zone of Python's: what strangers make up is not kept."""
    return bool(SQL.run(connection, "zone_name", name=name))


@cache
def _python_zones() -> frozenset[str]:
    return frozenset(available_timezones())
