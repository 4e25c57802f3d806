"""A cluster at rest: what it costs, and how soon it is awake all the same."""

import time
from datetime import UTC, datetime, timedelta

from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from bench.processes import cpu_by_kind
from bench.sinks import nginx
from harness.cluster import Cluster
from vestnik.cluster.processes import wait_for

#: Seconds: until all is quiet after the start, and of looking at it, each time.
SETTLE, LOOK = 5.0, 10.0
MAILINGS = 10
#: Seconds ahead that a mailing starts by itself.
AHEAD = 2.0
_STATEMENTS = {"shared_preload_libraries": "pg_stat_statements"}


def measure(context: Context) -> None:
    """Look at it, then wake it again and again."""
    folder = context.folder_of("idle")
    with nginx(folder) as sink, cluster(folder / "home", gateway=sink.url, database=_STATEMENTS) as running:
        running.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        running.add_clients("one", 1)
        run_mailing(running, "one")
        time.sleep(SETTLE)
        looks = [_look(running) for _ in range(context.repeat)]
        created = [_waits(running, None) for _ in range(MAILINGS)]
        started = [_waits(running, AHEAD) for _ in range(context.repeat)]
    kinds = {kind for cpu, _ in looks for kind in cpu}
    for kind in sorted(kinds):
        samples = [cpu.get(kind, 0.0) for cpu, _ in looks]
        context.findings.rows.append(Row(piece="idle", what=f"processor: {kind}", unit="% of a core", ours=samples))
    without_web = [sum(cpu.values()) - cpu.get("web", 0.0) for cpu, _ in looks]
    context.findings.rows += [
        Row(piece="idle", what="processor, all without web", unit="% of a core", ours=without_web, goal=Goal("<", 1.5)),
        Row(piece="idle", what="statements", unit="per second", ours=[queries for _, queries in looks]),
        Row(
            piece="idle", what="a mailing's creation to its first message", unit="s", ours=created,
            goal=Goal("<=", 1), note="from the POST to the gateway's answer",
        ),
        Row(piece="idle", what="a start time to the first message", unit="s", ours=started, goal=Goal("<=", 1)),
    ]  # fmt: skip


def _look(running: Cluster) -> tuple[dict[str, float], float]:
    """Percent of a core by kind of process, and statements per second (our own two are taken off)."""
    calls = "SELECT sum(calls) FROM pg_stat_statements"
    cpu, before, began = cpu_by_kind(running.pid), float(running.figure(calls)), time.monotonic()
    time.sleep(LOOK)
    seconds = time.monotonic() - began
    spent = {kind: (now - cpu.get(kind, 0.0)) / seconds * 100 for kind, now in cpu_by_kind(running.pid).items()}
    return spent, (float(running.figure(calls)) - before - 1) / seconds


def _waits(running: Cluster, ahead: float | None) -> float:
    """Seconds from the POST, or from the start time that lies so far ahead, to the first message's outcome."""
    if ahead is None:
        began = time.time()
        mailing = running.post_mailing("one")
    else:
        start = datetime.now(UTC) + timedelta(seconds=ahead)
        began = start.timestamp()
        mailing = running.post_mailing("one", start_time=start.isoformat())
    wait_for(lambda: running.is_over(mailing), seconds=60)
    sent = running.figure("SELECT min(sent_at) FROM vestnik_message_now WHERE mailing_id = %s", mailing)
    return float(sent.timestamp() - began)
