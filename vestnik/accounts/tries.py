"""Limits on guessing passwords and on making accounts, by address and by name.

They are counted in the ledger, so they hold across all processes and machines, and no restart resets them. A refused
request writes nothing, so that nobody can fill the ledger with refusals.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import F

from vestnik.db.sql_files import sql
from vestnik.errors import TooManyTries
from vestnik.models import Tries

#: Networks of IPv6 whose addresses end with the IPv4 address of the caller: NAT64 (RFC 6052), and IPv4-compatible ones
#: (RFC 4291, 2.5.5.1). Their /64 is everybody's.
_HOLD_IPV4 = (ip_network("64:ff9b::/96"), ip_network("::/96"))
#: An address with its port, as some proxies write it into X-Forwarded-For.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](:\d+)?|(?P<four>[\d.]+):\d+")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` tries in ``stretch``."""

    name: str
    most: int
    stretch: timedelta


#: Failed logins. An office behind one address has many people who mistype.
LOGINS_OF_ADDRESS = Limit("login address", 50, timedelta(minutes=15))
#: Failed logins with one name, wherever they come from, but for places that the account is known to come from.
LOGINS_OF_ACCOUNT = Limit("login name", 10, timedelta(minutes=15))
#: Failed logins of one account from a browser that it is known to use.
LOGINS_OF_DEVICE = Limit("login device", 10, timedelta(minutes=15))
#: Wrong answers to the question for the present password, by somebody who is logged in.
PASSWORD_CHECKS = Limit("password check", 10, timedelta(minutes=15))
#: Tokens that are not good. Nobody guesses one, but a machine may send an old one without end: it has to wait.
BAD_TOKENS_OF_ADDRESS = Limit("token address", 300, timedelta(minutes=15))
REGISTRATIONS_OF_ADDRESS = Limit("registration address", 30, timedelta(hours=1))


def take_try(limit: Limit, who: str) -> None:
    """Count one try.

    Raises:
        TooManyTries: it is one too many; it was not counted.
    """
    take_tries({limit: who})


def take_tries(wanted: Mapping[Limit, str]) -> None:
    """Count one try of each limit, unless one of them is reached.

    Raises:
        TooManyTries: one is. Nothing was counted, but when others took the last try at the same moment.
    """
    refuse_if_full(wanted)
    with connection.cursor() as cursor:
        cursor.execute(sql("vestnik.accounts", "forget_tries"))
        for limit, who in wanted.items():
            seconds = limit.stretch.total_seconds()
            values: dict[str, str | float] = {"bucket": _bucket(limit, who), "most": limit.most, "seconds": seconds}
            cursor.execute(sql("vestnik.accounts", "take_try"), values)
            if cursor.fetchone() is None:
                raise TooManyTries(wait=ceil(seconds))


def refuse_if_full(wanted: Mapping[Limit, str]) -> None:
    """Look whether a limit is reached, and write nothing.

    Raises:
        TooManyTries: one is.
    """
    values: dict[str, Any] = {
        "buckets": [_bucket(limit, who) for limit, who in wanted.items()],
        "most": [limit.most for limit in wanted],
        "seconds": [limit.stretch.total_seconds() for limit in wanted],
    }
    with connection.cursor() as cursor:
        cursor.execute(sql("vestnik.accounts", "full_buckets"), values)
        row = cursor.fetchone()
    if row is not None:
        raise TooManyTries(wait=max(1, ceil(row[1])))


def give_back(limit: Limit, who: str) -> None:
    """Take back a try that did not fail."""
    Tries.objects.filter(bucket=_bucket(limit, who), count__gt=0).update(count=F("count") - 1)


def place_of(address: str) -> str:
    """What is counted for an address: of IPv4 itself, of IPv6 the /64 network that one household has all of.

    An address of IPv4 that is written as one of IPv6 is the address of IPv4: all of them share one /64.
    """
    bare = _WITH_PORT.fullmatch(address)
    try:
        known = ip_address((bare["six"] or bare["four"] if bare else address).partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        known = _ipv4_in(known) or known
    return str(ip_network(f"{known}/64", strict=False)) if isinstance(known, IPv6Address) else str(known)


def _ipv4_in(address: IPv6Address) -> IPv4Address | None:
    """The caller's address of IPv4, where one of IPv6 stands for it; ``::1`` is the machine itself."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.teredo is not None:
        return address.teredo[1]
    if int(address) > 1 and any(address in network for network in _HOLD_IPV4):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _bucket(limit: Limit, who: str) -> str:
    return f"{limit.name} {hashlib.sha256(who.encode()).hexdigest()[:32]}"
