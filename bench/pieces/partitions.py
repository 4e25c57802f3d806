"""A great message table must not slow sending down, and an old partition must go at once. Breaks the great ledger."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from bench.cluster import run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from bench.ledgers import Ledger, two_ledgers

MESSAGES = 50_000
_LARGEST = """
SELECT c.relname, c.reltuples FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'vestnik_message'::regclass ORDER BY c.reltuples DESC LIMIT 1
"""


def measure(context: Context) -> None:
    """Send in both ledgers in turn; then drop what retention would."""
    great, small = context.open_shared("ledgers", lambda: two_ledgers(context))
    count = context.size(MESSAGES)
    for ledger in (great, small):
        ledger.cluster.add_clients("sent to", count)
        ledger.cluster.add_clients("few", 500)
        run_mailing(ledger.cluster, "few")
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(context.repeat):
        for ledger, found in zip((small, great), reversed(rates), strict=True):
            found.append(run_mailing(ledger.cluster, "sent to").rate)
        context.say(f"partitions {number + 1}/{context.repeat}: {rates[0][-1]:,.0f}/s beside {rates[1][-1]:,.0f}/s")
    context.findings.rows += [
        Row(
            piece="partitions", what=f"{count:,} messages, one worker, end to end", unit="messages/s", ours=rates[0],
            against=f"{small.messages:,} messages in the table", beside=rates[1], goal=Goal(">=", 0.9),
            note=f"{great.messages:,} messages in the table",
        ),
        *_drop(great),
    ]  # fmt: skip


def _drop(ledger: Ledger) -> list[Row]:
    """What retention does with a partition whose mailings are too old, and how long others wait for it meanwhile."""
    ((name, rows),) = ledger.cluster.query(_LARGEST)
    dropped = threading.Event()
    with ThreadPoolExecutor(1) as pool, psycopg.connect(ledger.cluster.database_url, autocommit=True) as other:
        _longest_wait(other, ledger.mailing, _for_seconds(0.2))  # what is asked is planned and in memory
        before = _longest_wait(other, ledger.mailing, _for_seconds(1.0))
        waits = pool.submit(_longest_wait, other, ledger.mailing, dropped.is_set)
        began = time.perf_counter()
        ledger.cluster.query(f"DROP TABLE {name}")
        milliseconds = (time.perf_counter() - began) * 1_000
        dropped.set()
        longest = waits.result()
    what = f"drop of a partition of {rows:,.0f} messages"
    return [
        Row(
            piece="partitions", what=what, unit="ms", ours=[milliseconds],
            note="measured once; until its files are gone",
        ),
        Row(
            piece="partitions", what="longest wait of others for the table, meanwhile", unit="ms", ours=[longest],
            against="in a second without a drop", beside=[before], note="measured once; one look after the other",
        ),
    ]  # fmt: skip


def _for_seconds(seconds: float) -> Callable[[], bool]:
    """Is the time over?"""
    until = time.perf_counter() + seconds
    return lambda: time.perf_counter() > until


def _longest_wait(connection: psycopg.Connection[Any], mailing: int, over: Callable[[], bool]) -> float:
    """Look for a message again and again until it is ``over``; milliseconds of the look that took longest."""
    longest = 0.0
    while not over():
        began = time.perf_counter()
        connection.execute("SELECT FROM vestnik_message WHERE mailing_id = %s AND id = 1", [mailing])
        longest = max(longest, time.perf_counter() - began)
    return longest * 1_000
