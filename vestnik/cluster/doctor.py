"""What is wrong with a cluster, in words, and what to do about it. Looks; changes nothing but books, when told to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import connection as django_connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError as BrokerError

from vestnik.audience.build import CHUNK_LOCK
from vestnik.broker import app
from vestnik.models.connection import Connection, first_line, open_connection, run
from vestnik.reports.sending import reports_problem, settings_problem
from vestnik.statistics.check import check_books
from vestnik.statistics.repair import repair_books

SQL = "vestnik.cluster"
#: The least PostgreSQL that the ledger's statements need, as server_version_num.
_LEAST_SERVER = 150_000
#: Seconds that the broker may take to answer.
_BROKER_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: what about, what was found, whether somebody has to act, and how."""

    about: str
    words: str
    needs_a_hand: bool = False
    advice: str = ""


def examine(*, repair: bool, everything: bool) -> Iterator[Finding]:
    """Look at all parts, the ones that others stand on first.

    Args:
        repair: write books that differ from their rows anew.
        everything: check the books of all mailings; else of those that are not over, or ended within a day.
    """
    yield _settings()
    yield _broker()
    try:
        with open_connection("doctor", statement_timeout=600) as connection:
            yield _database(connection)
            missing = _migrations()
            yield missing
            if missing.needs_a_hand:
                return
            for look in (_gateway, _workers, _mailings):
                yield from look(connection)
            yield _report()
            yield from _books(connection, repair=repair, everything=everything)
    except psycopg.OperationalError as error:
        advice = "Start the cluster, or look at DATABASE_URL."
        yield Finding(about="database", words=first_line(error), needs_a_hand=True, advice=advice)


def _settings() -> Finding:
    environment = settings.ENVIRONMENT
    if environment.gateway_is_simulator:
        return Finding(about="settings", words="all are right; TEST GATEWAY: nothing is delivered")
    if not environment.gateway_token:
        words, advice = "GATEWAY_TOKEN is empty", "Set it to the token of the gateway; without one it refuses."
        return Finding(about="settings", words=words, needs_a_hand=True, advice=advice)
    knows = "knows" if environment.gateway_idempotent else "is taken not to know"
    return Finding(about="settings", words=f"all are right; the gateway {knows} a repeated id")


def _broker() -> Finding:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=_BROKER_SECONDS)
    except (BrokerError, OSError):
        words = "cannot be reached: everything goes on from the ledger, a second later"
        return Finding(about="broker", words=words, needs_a_hand=True, advice="Start it, or look at BROKER_URL.")
    return Finding(about="broker", words="answers")


def _database(connection: Connection) -> Finding:
    version = connection.info.server_version
    words = f"PostgreSQL {version // 10_000}.{version % 10_000} answers"
    if version < _LEAST_SERVER:
        return Finding(about="database", words=words, needs_a_hand=True, advice="Vestnik needs PostgreSQL 15 or newer.")
    return Finding(about="database", words=words)


def _migrations() -> Finding:
    executor = MigrationExecutor(django_connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(migration.name for migration, _ in plan)
        return Finding(
            about="migrations", words=f"not applied: {names}", needs_a_hand=True, advice="Run `vestnik migrate`."
        )
    return Finding(about="migrations", words="all are applied")


def _gateway(connection: Connection) -> Iterator[Finding]:
    ((breaker, reason, since),) = connection.execute(
        "SELECT breaker, breaker_reason, breaker_changed_at FROM vestnik_gatewaystate"
    ).fetchall()
    if breaker == "open":
        words = f"the breaker is open since {since.isoformat(timespec='seconds')}: {reason}"
        advice = "Messages wait; a probe closes it by itself when the gateway answers again."
        yield Finding(about="gateway", words=words, needs_a_hand=True, advice=advice)
    else:
        yield Finding(about="gateway", words="the breaker is closed")


def _workers(connection: Connection) -> Iterator[Finding]:
    ((dispatchers, keepers),) = run(connection, SQL, "workers_seen")
    words = f"{dispatchers} dispatchers and {keepers} keepers are connected to the ledger"
    missing = not keepers or not dispatchers
    advice = "Start workers: `vestnik up`, or `vestnik worker`." if missing else ""
    yield Finding(about="workers", words=words, needs_a_hand=missing, advice=advice)


_ADVICE: dict[str, Callable[[int], str]] = {
    "paused": lambda mailing: f"vestnik mailing resume {mailing}",
    "restored": lambda mailing: f"If it may reach people twice: vestnik mailing resume {mailing}; else: cancel",
    "refused": lambda mailing: f"Set GATEWAY_TOKEN right, restart, then: vestnik mailing resume {mailing}",
    "unknown": lambda mailing: f"vestnik mailing unknown {mailing} resend, or leave",
    "late": lambda _: "No worker starts it: look at the workers above.",
    "unbuilt": lambda _: "No worker builds its audience: is one on the queue `work`?",
    "lapsed": lambda _: "No worker takes its lapsed leases over: look at the workers above.",
    "unsettled": lambda _: "No worker settles it: look at the workers above.",
}


def _mailings(connection: Connection) -> Iterator[Finding]:
    """Mailings that wait for somebody. A pause by an operator is told, but needs no hand: it was wanted."""
    found = run(connection, SQL, "waiting_mailings", chunk_lock=CHUNK_LOCK)
    for mailing, what, words in found:
        advice = _ADVICE[what](mailing)
        wanted = what == "paused"
        yield Finding(about="mailings", words=f"mailing {mailing}: {words}", needs_a_hand=not wanted, advice=advice)
    if not found:
        yield Finding(about="mailings", words="none waits for a hand")


def _report() -> Finding:
    """That nobody gets the report is told, but needs no hand: it may be wanted. That it does not leave, does."""
    problem = reports_problem()
    if problem is None:
        return Finding(about="report", words="the daily report leaves, or waits for its time")
    failing = settings_problem() is None
    advice = "Look at EMAIL_URL and the mail server, then: vestnik report --send" if failing else ""
    return Finding(about="report", words=problem, needs_a_hand=failing, advice=advice)


def _books(connection: Connection, *, repair: bool, everything: bool) -> Iterator[Finding]:
    mailings = [row[0] for row in run(connection, SQL, "mailings_to_check", everything=everything)]
    differences = check_books(connection, mailings)
    for mailing in dict.fromkeys(difference.mailing for difference in differences):
        of_mailing = [difference for difference in differences if difference.mailing == mailing]
        for difference in of_mailing:
            where = f"mailing {mailing}" + (f", batch {difference.batch}" if difference.batch else "")
            yield Finding(
                about="books", words=f"{where}: {difference.words}", needs_a_hand=not repair,
                advice="" if repair else "vestnik doctor --repair",
            )  # fmt: skip
        if repair:
            done = repair_books(mailing=mailing, actor=None)
            left = check_books(connection, [mailing])
            yield Finding(about="books", words=f"mailing {mailing} repaired: {done.words}", needs_a_hand=bool(left))
    if not differences:
        yield Finding(about="books", words=f"{len(mailings)} mailings checked: their counters are what their rows say")
