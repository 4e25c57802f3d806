"""The facts about a cluster, in words: what it needs, whether it has that, and what to do if not.

Each fact is checked by itself and has a name, so that a failed one hides no other. ``vital`` facts are those without
which this process cannot serve a request: they alone make ``/health/ready`` a 503. Workers, beat, the broker and the
breaker are not: the REST API, the console and the ledger do without them (messages wait), and taking the web out of
service because a worker restarts would make two failures of one.
"""

import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from vestnik.broker import BEAT_SECONDS
from vestnik.broker.trial import Refusal, Step, try_broker
from vestnik.db.away import Away, Kind, why_away
from vestnik.health.now import (
    NOTED_SECONDS,
    SQL,
    GatewayNow,
    LoadNow,
    gateway_now,
    load_now,
    note_looked_at,
    nudge_taken_age,
)
from vestnik.reports.problems import overdue_report

#: The least PostgreSQL that the ledger's statements need, as server_version_num.
_MIN_SERVER = 150_000
#: Seconds without a tick after which beat counts as gone: six ticks.
BEAT_PATIENCE = 6 * BEAT_SECONDS
#: Bytes that must be free where the home, or else what this process spools, lies: PostgreSQL stops at none.
MIN_FREE = 500_000_000
#: What is said of anything that only the database knows.
UNKNOWN = "not known while the database cannot be asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One check.

    Args:
        name: a stable word, the same in ``/health/ready``, doctor and console.
        ok: nothing needs attention.
        words: what was found, for a person.
        advice: what to do if something needs attention.
        vital: without it this process cannot serve.
    """

    name: str
    ok: bool
    words: str
    advice: str = ""
    vital: bool = False


def facts() -> list[Fact]:
    """The facts of a running cluster, the most basic ones first. Never raises."""
    database = _database()
    found = [database, _migrations()]
    try:
        load, gateway = (load_now(), gateway_now()) if all(fact.ok for fact in found) else (None, None)
        overdue = overdue_report() if load is not None else None
    except DatabaseError:
        load = gateway = overdue = None
    return [*found, _broker(load), _beat(load), _report(load, overdue), _workers(load), disk(), _breaker(gateway)]


def _database() -> Fact:
    """Whether the database answers and accepts a change. A replica answers, and so does one with a full disk."""
    try:
        ((version,),) = SQL.run(connection, "server_version")
        note_looked_at()
    except DatabaseError as error:
        away = why_away(error)
        # That tables are missing is the next fact's.
        if away is None or away.kind is not Kind.NO_TABLES:
            return _ledger_away(away, error)
    words = f"PostgreSQL {version // 10_000}.{version % 10_000} answers"
    ok = version >= _MIN_SERVER
    advice = "" if ok else "Vestnik needs PostgreSQL 15 or newer."
    return Fact(name="database", ok=ok, words=words, advice=advice, vital=True)


def _ledger_away(away: Away | None, error: Exception) -> Fact:
    """The message of PostgreSQL or a pooler goes into the advice, because strangers read the words."""
    words = away.words if away is not None else "does not do what is asked of it"
    advice = f"{away.advice[0].upper()}{away.advice[1:]} " if away is not None else ""
    said = away.said if away is not None else type(error).__name__
    advice += f"Workers go on by themselves when it is back. It says: {said}"
    return Fact(name="database", ok=False, words=words, advice=advice, vital=True)


def _migrations() -> Fact:
    try:
        loader = MigrationLoader(connection)
    except DatabaseError:
        return Fact(name="migrations", ok=False, words=UNKNOWN, vital=True)
    missing = sorted(".".join(key) for key in set(loader.disk_migrations or {}) - set(loader.applied_migrations or {}))
    if missing:
        words = f"not applied: {', '.join(missing)}"
        return Fact(name="migrations", ok=False, words=words, advice="Run `vestnik migrate`.", vital=True)
    return Fact(name="migrations", ok=True, words="all are applied", vital=True)


def _broker(load: LoadNow | None) -> Fact:
    """Whether the broker accepts nudges and delivers them. Running workers take one at once and note it."""
    began = time.monotonic()

    def taken() -> bool:
        age = nudge_taken_age()
        return age is not None and age < time.monotonic() - began + NOTED_SECONDS

    refusal = try_broker(taken=taken if load is not None and _is_recent(load.taken_age) else None)
    if refusal is None:
        return Fact(name="broker", ok=True, words="takes nudges and gives them out")
    return Fact(name="broker", ok=False, words=_REFUSED[refusal.step], advice=_broker_advice(refusal))


_REFUSED = {
    Step.CONNECT: "cannot be reached: everything goes on from the ledger, a second later",
    Step.PUBLISH: "answers, but takes no nudges: mailings go on from the ledger, reports do not leave",
    Step.CONSUME: "takes nudges, but gives none out: mailings go on from the ledger, reports do not leave",
}


def _broker_advice(refusal: Refusal) -> str:
    """The broker's message goes here and not into the words: it may name a user, and strangers read the words."""
    if refusal.step is Step.CONNECT:
        return f"Start it, or check BROKER_URL. {refusal.said}"
    return f"Is it a replica, full, or does the user of BROKER_URL lack a right? It says: {refusal.said}"


def _beat(load: LoadNow | None) -> Fact:
    advice = "Start `vestnik up`, or `vestnik beat`. Mailings start and end without it, but reports do not leave."
    if load is None:
        return Fact(name="beat", ok=False, words=UNKNOWN)
    if load.beat_age is None:
        return Fact(name="beat", ok=False, words="never ticked", advice=advice)
    words = f"ticked {load.beat_age:.0f} s ago"
    if not _is_recent(load.beat_age):
        return Fact(name="beat", ok=False, words=words, advice=advice)
    if not _is_recent(load.taken_age):
        never = "no worker ever got a tick"
        words += f", but {never if load.taken_age is None else f'no worker got one for {load.taken_age:.0f} s'}"
        advice = "Check the broker and the workers on the queue `work`: reports do not leave."
        return Fact(name="beat", ok=False, words=words, advice=advice)
    return Fact(name="beat", ok=True, words=words)


def _is_recent(age: float | None) -> bool:
    return age is not None and age < BEAT_PATIENCE


def _report(load: LoadNow | None, overdue: date | None) -> Fact:
    if load is None:
        return Fact(name="report", ok=False, words=UNKNOWN)
    if overdue is None:
        return Fact(name="report", ok=True, words="no daily report is overdue")
    words = f"the daily report of {overdue} is overdue, and no process is sending it"
    advice = "Check the broker, beat and the workers on the queue `work`, or: vestnik report --send"
    return Fact(name="report", ok=False, words=words, advice=advice)


def _workers(load: LoadNow | None) -> Fact:
    if load is None:
        return Fact(name="workers", ok=False, words=UNKNOWN)
    words = f"{load.dispatchers} dispatchers and {load.keepers} keepers are at work"
    ok = bool(load.dispatchers and load.keepers)
    advice = "" if ok else "Start workers: `vestnik up`, or `vestnik worker`."
    return Fact(name="workers", ok=ok, words=words, advice=advice)


def folders() -> dict[str, Path]:
    """The folders that need free space: the cluster's home if it is on this machine, and the temporary folder."""
    home = settings.ENVIRONMENT.home
    return {**({"home": Path(home)} if home else {}), "temporary": Path(tempfile.gettempdir())}


def disk(*, least: int = MIN_FREE) -> Fact:
    """Whether space is free. ``least``: bytes in each folder. The words name no path: strangers read them."""
    found = folders()
    free = {name: shutil.disk_usage(folder).free for name, folder in found.items() if folder.is_dir()}
    short = [str(found[name]) for name, room in free.items() if room < least]
    words = ", ".join(f"{room / 1e9:.1f} GB free ({name})" for name, room in free.items())
    advice = f"Make room in {' and '.join(short)}: without any, PostgreSQL stops, and all sending." if short else ""
    return Fact(name="disk", ok=not short, words=words, advice=advice)


def _breaker(gateway: GatewayNow | None) -> Fact:
    if gateway is None:
        return Fact(name="breaker", ok=False, words=UNKNOWN)
    if gateway.asked_until is not None:
        words = f"the gateway asked us to wait until {gateway.asked_until.isoformat(timespec='seconds')}"
        advice = (
            "It is asked again every minute. To send at once all the same: `vestnik ignore-wait`, or in the console."
        )
        return Fact(name="breaker", ok=False, words=words, advice=advice)
    if not gateway.breaker_open:
        return Fact(name="breaker", ok=True, words="the breaker is closed")
    since = f" since {gateway.since.isoformat(timespec='seconds')}" if gateway.since else ""
    advice = "Messages wait; a probe closes it by itself when the gateway answers again."
    return Fact(name="breaker", ok=False, words=f"the breaker is open{since}: {gateway.reason}", advice=advice)
