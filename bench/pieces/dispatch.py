"""Dispatch: messages per second, end to end, beside libcurl alone and one Celery task for each message in two forms.

The same runs give what a message costs (:mod:`bench.costs`), so both are measured at once.
"""

from bench.baselines import raw_loop
from bench.baselines.one_task_a_message import KEPT, USUAL, one_task_a_message
from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.costs import Costs, cost_rows
from bench.findings import Goal, Row
from bench.processes import cpu_of
from bench.sinks import Sink, nginx
from harness.cluster import Cluster

MESSAGES, DISPATCHERS = 200_000, 2
#: Few are enough: they are slow, and their rates do not depend on how many there are.
USUAL_MESSAGES, KEPT_MESSAGES = 500, 1_000


def measure(context: Context) -> None:
    """Fill in the rows of dispatch and of cost."""
    if "dispatch" in context.shared:
        return
    context.shared["dispatch"] = True  # once for both
    folder = context.folder_of("dispatch")
    messages = context.size(MESSAGES)
    with nginx(folder) as sink, cluster(folder / "home", gateway=sink.url, dispatchers=DISPATCHERS) as running:
        running.add_clients("all", messages)
        running.add_clients("few", 1_000)
        run_mailing(running, "few")  # connections are open, code is loaded
        _interleave(context, running, sink, messages)


def _interleave(context: Context, running: Cluster, sink: Sink, messages: int) -> None:
    ours: list[float] = []
    raw: list[float] = []
    usual: list[float] = []
    kept: list[float] = []
    ours_cpu: list[float] = []
    raw_cpu: list[float] = []
    costs = Costs(running)
    with (
        one_task_a_message(running, sink, USUAL, processes=DISPATCHERS, folder=context.folder) as as_usual,
        one_task_a_message(running, sink, KEPT, processes=DISPATCHERS, folder=context.folder) as with_kept,
    ):
        for number in range(context.repeat):
            alone = raw_loop.run(sink, messages=messages, processes=DISPATCHERS)
            before = cpu_of(sink.processes())
            sent = costs.of(lambda: run_mailing(running, "all"))
            sink_cpu = cpu_of(sink.processes()) - before
            usual.append(as_usual.rate(context.size(USUAL_MESSAGES)))
            kept.append(with_kept.rate(context.size(KEPT_MESSAGES)))
            context.say(
                f"dispatch {number + 1}/{context.repeat}: raw {alone.rate:,.0f}/s, ours {sent.rate:,.0f}/s"
                f" ({sent.rate / alone.rate:.2f}), one task a message {usual[-1]:,.0f}/s, with kept"
                f" connections {kept[-1]:,.0f}/s; µs of CPU a message:"
                f" raw {alone.sender_cpu / messages * 1e6:.1f} + sink {alone.sink_cpu / messages * 1e6:.1f}; ours "
                + ", ".join(f"{kind} {cpu / messages * 1e6:.1f}" for kind, cpu in sent.cpu.items() if cpu > 0.05)
                + f", sink {sink_cpu / messages * 1e6:.1f}"
            )
            ours.append(sent.rate)
            raw.append(alone.rate)
            ours_cpu.append((sum(sent.cpu.values()) + sink_cpu) / sent.messages * 1e6)
            raw_cpu.append((alone.sender_cpu + alone.sink_cpu) / messages * 1e6)
            costs.note_sink(sink_cpu, sent.messages)
    note = f"{messages:,} messages, {DISPATCHERS} workers, sink at 0 ms"
    context.findings.rows += [
        Row(
            piece="dispatch", what="end to end", unit="messages/s", ours=ours, against="libcurl alone, no database",
            beside=raw, goal=Goal(">=", 0.75), note=note,
        ),
        Row(
            piece="dispatch", what="end to end", unit="messages/s", ours=ours,
            against="one Celery task a message, as usual", beside=usual, goal=Goal(">=", 80), note=note,
        ),
        Row(
            piece="dispatch", what="end to end", unit="messages/s", ours=ours,
            against="one Celery task a message, kept connections", beside=kept, goal=Goal(">=", 80, judged=False),
            note=note,
        ),
        Row(
            piece="dispatch", what="processor time, sink included", unit="CPU s per million", ours=ours_cpu,
            against="libcurl alone, no database", beside=raw_cpu,
            note="less disturbed by other work on the machine than rates are",
        ),
    ]  # fmt: skip
    context.findings.rows += cost_rows(costs)
    context.findings.details |= costs.details()
