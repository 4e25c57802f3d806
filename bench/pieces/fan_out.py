"""Fan-out: a filter becomes messages and batches, beside one bare ``INSERT … SELECT`` of the same rows."""

import contextlib
import time
from typing import Any

import psycopg

from bench.cluster import cluster
from bench.context import Context
from bench.findings import Goal, Row
from bench.sinks import nginx
from harness.cluster import Cluster
from harness.rows import add_mailing, ledger_now
from vestnik.cluster.processes import wait_for
from vestnik.errors import ClusterError

CLIENTS = 1_000_000
#: Mailings sent to everybody, to see when their first message leaves; they are cancelled then.
FIRST_MESSAGES = 3
_TABLE = "CREATE TABLE bench_fan_out (LIKE vestnik_message INCLUDING ALL) WITH (fillfactor = 50)"
_BARE = """
INSERT INTO bench_fan_out (id, mailing_id, client_id, phone, created_at, state)
SELECT 1000000000000 + id, 1, id, phone_number, now(), 0 FROM vestnik_client
"""


def measure(context: Context) -> None:
    """Both in turn; then mailings that are sent, until their first message is out."""
    folder = context.folder_of("fan-out")
    clients = context.size(CLIENTS)
    with nginx(folder) as sink, cluster(folder / "home", gateway=sink.url) as running:
        running.add_clients("all", clients)
        running.query(_TABLE)
        ours, bare = [], []
        for number in range(context.repeat):
            bare.append(clients / _bare(running))
            ours.append(clients / built(running))
            context.say(f"fan-out {number + 1}/{context.repeat}: bare {bare[-1]:,.0f} rows/s, ours {ours[-1]:,.0f}")
        first = [_first_message(running) for _ in range(FIRST_MESSAGES)]
    context.findings.rows += [
        Row(
            piece="fan-out", what=f"audience of {clients:,}", unit="rows/s", ours=ours,
            against="one bare INSERT … SELECT", beside=bare, goal=Goal(">=", 0.6),
        ),
        Row(
            piece="fan-out", what=f"first of {clients:,} messages sent after", unit="s", ours=first,
            goal=Goal("<=", 2), note="from the POST of the mailing",
        ),
    ]  # fmt: skip


def _bare(running: Cluster) -> float:
    began = time.monotonic()
    running.query(_BARE)
    seconds = time.monotonic() - began
    running.query("TRUNCATE bench_fan_out")
    return seconds


def built(running: Cluster, **columns: Any) -> float:
    """Seconds from the commit of a mailing to everybody to the commit of its last chunk. ``columns``: more of it."""
    greatest = running.figure("SELECT max(id) FROM vestnik_client")
    began = time.time()
    # A paused mailing is built like any other, by the real worker, and nothing of it is sent meanwhile.
    mailing = add_mailing(
        running.db, tag=None, ends_in=86_400, state="paused", started_at=ledger_now(running.db),
        audience_limit=greatest, **columns,
    )  # fmt: skip
    prepared = "SELECT count(*) FROM vestnik_mailing WHERE id = %s AND prepared_at IS NOT NULL"
    if not wait_for(lambda: running.figure(prepared, mailing) == 1, seconds=300, pause=0.02):
        raise ClusterError("the audience was not built")
    seconds = time.time() - began
    running.query("UPDATE vestnik_mailing SET state = 'cancelled' WHERE id = %s", mailing)
    _clear(running)
    return seconds


def _first_message(running: Cluster) -> float:
    """Seconds from the POST until the gateway has answered the first message."""
    began = time.time()
    mailing = running.post_mailing("all")
    sent = "SELECT min(sent_at) FROM vestnik_message_now WHERE mailing_id = %s AND sent_at IS NOT NULL"
    some = "SELECT coalesce(sum(sent), 0) FROM vestnik_batch WHERE mailing_id = %s"
    if not wait_for(lambda: running.figure(some, mailing) > 0, seconds=60, pause=0.02):
        raise ClusterError("no message was sent")
    running.rest.post(f"/sender/notifications/{mailing}/cancel", None)
    first = running.figure(sent, mailing)
    wait_for(lambda: running.figure("SELECT count(*) FROM vestnik_batch WHERE state = 'leased'") == 0, seconds=30)
    _clear(running)
    return float(first.timestamp() - began)


def _clear(running: Cluster) -> None:
    """Throw the messages of all mailings away at once: settling a million takes longer than measuring them."""
    for _ in range(20):
        # The sweep may be at work on a batch just now.
        with contextlib.suppress(psycopg.errors.DeadlockDetected), running.db.transaction():
            running.query("TRUNCATE vestnik_message")
            running.query("DELETE FROM vestnik_batch")
            return
    raise ClusterError("the messages could not be thrown away")
