"""Twice the dispatchers send twice as much, as long as it is the gateway that takes its time."""

from contextlib import ExitStack

from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from bench.sinks import set_delay, slow
from harness.cluster import Cluster

DELAY, CONCURRENCY = 0.1, 256
DISPATCHERS = (1, 2, 4)
MESSAGES_EACH = 10_000


def measure(context: Context) -> None:
    """A cluster of each size, all there at once, sending in turn."""
    folder = context.folder_of("scale-out")
    each = context.size(MESSAGES_EACH)
    settings = {"GATEWAY_CONCURRENCY": str(CONCURRENCY)}
    with ExitStack() as stack:
        sink = stack.enter_context(slow(folder))
        set_delay(sink, DELAY)
        clusters: dict[int, Cluster] = {}
        for count in DISPATCHERS:
            home = folder / f"home-{count}"
            clusters[count] = stack.enter_context(cluster(home, gateway=sink.url, dispatchers=count, settings=settings))
            clusters[count].add_clients("all", count * each)
            clusters[count].add_clients("few", 1_000)
            run_mailing(clusters[count], "few")
        rates: dict[int, list[float]] = {count: [] for count in DISPATCHERS}
        for number in range(context.repeat):
            for count in DISPATCHERS:
                rates[count].append(run_mailing(clusters[count], "all").rate)
            shown = ", ".join(f"{count}: {found[-1]:,.0f}/s" for count, found in rates.items())
            context.say(f"scale-out {number + 1}/{context.repeat}: {shown}")
    for count in DISPATCHERS[1:]:
        context.findings.rows.append(
            Row(
                piece="scale-out", what=f"{count} workers", unit="messages/s", ours=rates[count],
                against=f"{count} × one worker", beside=[count * rate for rate in rates[1]], goal=Goal(">=", 0.9),
                note=f"sink at {DELAY * 1_000:.0f} ms, {CONCURRENCY} in flight each, {each:,} messages each",
            )
        )  # fmt: skip
