"""The transport alone: one process without a ledger, beside wrk with one thread and beside Little's law."""

import os
import sys
from collections.abc import Sequence

from bench.baselines import wrk
from bench.context import Context
from bench.findings import Goal, Row
from bench.senders import Run, run_senders
from bench.sinks import Sink, nginx, set_delay, slow

#: Requests in flight at most: the default of GATEWAY_CONCURRENCY.
CONCURRENCY = 256
MESSAGES, TLS_MESSAGES, SLOW_MESSAGES = 100_000, 60_000, 30_000
#: Seconds that the slow gateway takes.
DELAY = 0.02


def measure(context: Context) -> None:
    """Over HTTP, over TLS, and to a gateway that takes its time."""
    folder = context.folder_of("transport")
    (folder / "tls").mkdir()
    with nginx(folder) as sink:
        _beside_wrk(context, sink, "HTTP", messages=context.size(MESSAGES), microseconds=8)
    with nginx(folder / "tls", tls=True) as sink:
        _beside_wrk(context, sink, "TLS", messages=context.size(TLS_MESSAGES), microseconds=14)
    with slow(folder) as sink:
        _beside_law(context, sink, context.size(SLOW_MESSAGES))


def run_transport(sink: Sink, messages: int) -> Run:
    """Send so many messages by one process."""
    command = [sys.executable, "-m", "bench.transport_alone", "--concurrency", str(CONCURRENCY)]
    trusted = {} if sink.certificate is None else {"SSL_CERT_FILE": str(sink.certificate)}
    return run_senders(sink, command, processes=1, messages=messages, env={**os.environ, **trusted})


def _beside_wrk(context: Context, sink: Sink, over: str, *, messages: int, microseconds: float) -> None:
    connections = wrk.best_connections(sink, threads=1) if wrk.is_installed() else 0
    ours: list[Run] = []
    theirs: list[Run] = []
    for number in range(context.repeat):
        if connections:
            theirs.append(wrk.run(sink, threads=1, connections=connections))
        ours.append(run_transport(sink, messages))
        shown = ", ".join(f"{run.rate:,.0f}/s, {run.sender_cpu:.1f} µs" for run in (*theirs[-1:], ours[-1]))
        context.say(f"transport over {over} {number + 1}/{context.repeat}: {'wrk, ' * bool(theirs)}ours: {shown}")
    note = f"one process, one nginx; wrk with {connections} connections" if connections else "wrk is missing"
    context.findings.rows += _rows(over, ours, theirs, note, microseconds)


def _rows(over: str, ours: Sequence[Run], theirs: Sequence[Run], note: str, microseconds: float) -> list[Row]:
    against = "wrk, one thread" if theirs else ""
    return [
        Row(
            piece="transport", what=f"over {over}", unit="requests/s", ours=[run.rate for run in ours],
            against=against, beside=[run.rate for run in theirs], note=note,
            # Over TLS no ratio was promised: most of its cost is the cipher, which is the same in both.
            goal=Goal(">=", 0.7, judged=over == "HTTP") if theirs else None,
        ),
        Row(
            piece="transport", what=f"processor time over {over}", unit="µs a request",
            ours=[run.sender_cpu for run in ours], against=against, beside=[run.sender_cpu for run in theirs],
            goal=Goal("<=", microseconds, of_figure=True), note="without the sink's",
        ),
    ]  # fmt: skip


def _beside_law(context: Context, sink: Sink, messages: int) -> None:
    """Beside the law, and beside wrk with as many connections: what this sink and this machine give at all."""
    set_delay(sink, DELAY)
    law = CONCURRENCY / DELAY
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(context.repeat):
        if wrk.is_installed():
            theirs.append(wrk.run(sink, threads=1, connections=CONCURRENCY).rate)
        ours.append(run_transport(sink, messages).rate)
    what = f"sink at {DELAY * 1_000:.0f} ms"
    context.say(f"transport, {what}: " + ", ".join(f"{rate:,.0f}/s" for rate in ours))

    def row(against: str, beside: Sequence[float], goal: Goal | None) -> Row:
        note = f"one process, {CONCURRENCY} in flight: {law:,.0f}/s by the law"
        return Row(
            piece="transport", what=what, unit="requests/s", ours=ours, against=against, beside=beside, goal=goal,
            note=note,
        )  # fmt: skip

    context.findings.rows.append(row("concurrency / latency", [law] * len(ours), Goal(">=", 0.9)))
    if theirs:
        context.findings.rows.append(row("wrk, one thread, as many connections", theirs, None))
