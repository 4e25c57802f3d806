"""A gateway that takes its time: the rate must stay near what Little's law allows, concurrency / latency."""

from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from bench.sinks import Sink, set_delay, slow
from harness.cluster import Cluster

DISPATCHERS, CONCURRENCY = 2, 256
#: Seconds, and messages: some seconds of sending each, so that the first and the last do not decide.
DELAYS = {0.02: 60_000, 0.1: 30_000, 0.5: 12_000}
#: Sent at once, with the same sink, for the cap.
CAP_MESSAGES = 60_000


def measure(context: Context) -> None:
    """Each latency in turn, and none, which caps what can be reached."""
    folder = context.folder_of("latency")
    settings = {"GATEWAY_CONCURRENCY": str(CONCURRENCY)}
    with (
        slow(folder) as sink,
        cluster(folder / "home", gateway=sink.url, dispatchers=DISPATCHERS, settings=settings) as running,
    ):
        sizes = {delay: context.size(count) for delay, count in {0.0: CAP_MESSAGES, **DELAYS}.items()}
        for delay, count in sizes.items():
            running.add_clients(f"delay {delay}", count)
        running.add_clients("few", 1_000)
        run_mailing(running, "few")
        rates: dict[float, list[float]] = {delay: [] for delay in sizes}
        for number in range(context.repeat):
            for delay in sizes:
                rates[delay].append(_rate(running, sink, delay))
            shown = ", ".join(f"{delay * 1_000:.0f} ms {found[-1]:,.0f}/s" for delay, found in rates.items())
            context.say(f"latency {number + 1}/{context.repeat}: {shown}")
    _note(context, rates, sizes)


def _rate(running: Cluster, sink: Sink, delay: float) -> float:
    set_delay(sink, delay)
    return run_mailing(running, f"delay {delay}").rate


def _note(context: Context, rates: dict[float, list[float]], sizes: dict[float, int]) -> None:
    for delay in DELAYS:
        law = DISPATCHERS * CONCURRENCY / delay
        context.findings.rows.append(
            Row(
                piece="latency", what=f"sink at {delay * 1_000:.0f} ms", unit="messages/s", ours=rates[delay],
                against="concurrency / latency, capped by 0 ms", beside=[min(law, cap) for cap in rates[0.0]],
                goal=Goal(">=", 0.9),
                note=f"{sizes[delay]:,} messages, {DISPATCHERS} × {CONCURRENCY} in flight: {law:,.0f}/s by the law",
            )
        )  # fmt: skip
