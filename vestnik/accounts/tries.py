"""Limits on guessing passwords and on making accounts, by address and by account.

They are counted in the ledger: they hold across all processes and machines, and no restart resets them.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from django.db import connection
from django.db.models import F

from vestnik.errors import TooManyTries
from vestnik.models import Tries
from vestnik.sqlfiles import sql


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` tries in ``stretch``."""

    name: str
    most: int
    stretch: timedelta


#: Failed logins. An office behind one address has many people who mistype.
LOGINS_OF_ADDRESS = Limit("login address", 50, timedelta(minutes=15))
LOGINS_OF_ACCOUNT = Limit("login account", 10, timedelta(minutes=15))
#: Tokens that are not good. Nobody guesses one; but a machine that asks with an old one without end is told to wait.
BAD_TOKENS_OF_ADDRESS = Limit("token address", 300, timedelta(minutes=15))
REGISTRATIONS_OF_ADDRESS = Limit("registration address", 30, timedelta(hours=1))


def take_try(limit: Limit, who: str) -> None:
    """Count one try.

    Raises:
        TooManyTries: it is one too many.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql("vestnik.accounts", "forget_tries"))
        seconds = limit.stretch.total_seconds()
        values: dict[str, str | float] = {"bucket": _bucket(limit, who), "most": limit.most, "seconds": seconds}
        cursor.execute(sql("vestnik.accounts", "take_try"), values)
        row = cursor.fetchone()
    if row is not None and row[0] > limit.most:
        raise TooManyTries(wait=max(1, ceil(row[1])))


def give_back(limit: Limit, who: str) -> None:
    """Take a try back that was not a failed one."""
    Tries.objects.filter(bucket=_bucket(limit, who), count__gt=0).update(count=F("count") - 1)


def place_of(address: str) -> str:
    """What is counted for an address: itself, or the /64 network that one household of IPv6 has all of."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{known}/64", strict=False)) if isinstance(known, IPv6Address) else str(known)


def _bucket(limit: Limit, who: str) -> str:
    return f"{limit.name} {hashlib.sha256(who.encode()).hexdigest()[:32]}"
