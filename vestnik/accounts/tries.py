"""Limits on guessing passwords, on making accounts and on test messages, by address and by name.

They are counted in the ledger, so they hold across all processes and machines, and no restart resets them. A refused
request writes nothing, so that nobody can fill the ledger with refusals.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import F

from vestnik.db.statements import Statements
from vestnik.errors import TooManyTries
from vestnik.models import Tries

SQL = Statements("vestnik.accounts")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` tries in ``period``."""

    name: str
    most: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Taken:
    """Tries that were counted. ``began_at``: the beginning of the period in which they count."""

    bucket: str
    some: int
    began_at: datetime


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
#: Test messages of one account: each costs money, and somebody's phone rings.
TEST_MESSAGES = Limit("test message", 60, timedelta(hours=1))
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
        TooManyTries: one is. Nothing was counted, unless others took the last try at the same moment.
    """
    refuse_if_full(wanted)
    SQL.run(connection, "forget_tries")
    for limit, who in wanted.items():
        seconds = limit.period.total_seconds()
        if not SQL.run(connection, "take_try", bucket=_bucket(limit, who), most=limit.most, seconds=seconds):
            raise TooManyTries(wait=ceil(seconds))


def direct_limit(most: int) -> Limit:
    """The limit on single messages of one API key or account, in a minute."""
    return Limit("message", most, timedelta(minutes=1))


def take_some(limit: Limit, who: str, *, some: int) -> Taken:
    """Count several tries at once, all or none. The result is for :func:`give_back_some`, if nothing comes of them.

    Raises:
        TooManyTries: they do not fit; none was counted.
    """
    seconds = limit.period.total_seconds()
    bucket = _bucket(limit, who)
    taken = SQL.run_prepared("take_some", bucket=bucket, some=some, most=limit.most, seconds=seconds)
    if taken:
        return Taken(bucket, some, taken[0][0])
    rows = SQL.run(connection, "full_buckets", buckets=[bucket], most=[limit.most - some + 1], seconds=[seconds])
    raise TooManyTries(wait=max(1, ceil(rows[0][1])) if rows else 1)


def take_or_refuse(limit: Limit, who: str, *, some: int) -> Taken | TooManyTries:
    """Count several tries at once, as :func:`take_some`; or return why they do not fit."""
    try:
        return take_some(limit, who, some=some)
    except TooManyTries as error:
        return error


def give_back_some(taken: Taken) -> None:
    """Take back tries of which nothing came. What was counted in a period that is over is not taken from the next one.

    So no more come through in a period than the limit allows, whatever is given back at the same moment.
    """
    SQL.run_prepared("give_back_some", bucket=taken.bucket, some=taken.some, began_at=taken.began_at)


def refuse_if_full(wanted: Mapping[Limit, str]) -> None:
    """Refuse if a limit is reached. Writes nothing.

    Raises:
        TooManyTries: one is.
    """
    values: dict[str, Any] = {
        "buckets": [_bucket(limit, who) for limit, who in wanted.items()],
        "most": [limit.most for limit in wanted],
        "seconds": [limit.period.total_seconds() for limit in wanted],
    }
    rows = SQL.run(connection, "full_buckets", **values)
    if rows:
        raise TooManyTries(wait=max(1, ceil(rows[0][1])))


def give_back(limit: Limit, who: str, *, some: int = 1) -> None:
    """Take back tries that did not fail, or that turned out to be none, in whichever period they were counted."""
    Tries.objects.filter(bucket=_bucket(limit, who), count__gte=some).update(count=F("count") - some)


def _bucket(limit: Limit, who: str) -> str:
    return f"{limit.name} {hashlib.sha256(who.encode()).hexdigest()[:32]}"
