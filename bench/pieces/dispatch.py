"""Dispatch, end to end, beside libcurl's loop, wrk, and one Celery task for each message in two forms.

The same runs give what a message costs (:mod:`bench.costs`), so both are measured at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.baselines import raw_loop, wrk
from bench.baselines.one_task_a_message import KEPT, USUAL, OneTaskAMessage, one_task_a_message
from bench.baselines.raw_loop import Form
from bench.cluster import Sent, cluster, run_mailing
from bench.context import Context
from bench.costs import Costs, cost_rows
from bench.findings import Goal, Row
from bench.processes import cpu_of
from bench.senders import Run
from bench.sinks import Sink, nginx
from harness.cluster import Cluster

MESSAGES, DISPATCHERS = 200_000, 2
#: Messages with which each form of libcurl's loop is tried.
TRIED = 20_000
#: Few are enough: they are slow, and their rates do not depend on how many there are.
USUAL_MESSAGES, KEPT_MESSAGES = 500, 1_000


@dataclass(frozen=True, slots=True)
class Rival:
    """Who else sends to the sink, with as many processes as there are dispatchers."""

    form: Form
    as_usual: OneTaskAMessage
    with_kept: OneTaskAMessage
    wrk_connections: int


@dataclass(slots=True)
class Samples:
    """One figure of each for every repetition: messages per second, and µs of processor time a message."""

    ours: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)
    wrk: list[float] = field(default_factory=list)
    usual: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    ours_cpu: list[float] = field(default_factory=list)
    raw_cpu: list[float] = field(default_factory=list)


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
    form, tried = raw_loop.fastest(sink, messages=context.size(TRIED), processes=DISPATCHERS)
    context.say(f"dispatch: libcurl's loop is the fastest with {form}")
    connections = wrk.best_connections(sink, threads=DISPATCHERS) if wrk.is_installed() else 0
    costs, samples = Costs(running), Samples()
    with (
        one_task_a_message(running, sink, USUAL, processes=DISPATCHERS, folder=context.folder) as as_usual,
        one_task_a_message(running, sink, KEPT, processes=DISPATCHERS, folder=context.folder) as with_kept,
    ):
        rival = Rival(form, as_usual, with_kept, connections)
        for number in range(context.repeat):
            line = _one_round(context, running, sink, rival, costs, samples, messages)
            context.say(f"dispatch {number + 1}/{context.repeat}: {line}")
    context.findings.rows += _rows(samples, rival, f"{messages:,} messages, {DISPATCHERS} workers, sink at 0 ms")
    context.findings.rows += cost_rows(costs)
    context.findings.details |= {**costs.details(), "libcurl's loop, messages/s": dict(tried)}


def _one_round(
    context: Context, running: Cluster, sink: Sink, rival: Rival, costs: Costs, samples: Samples, messages: int
) -> str:
    """Everybody once, in turn; what it gave, in words."""
    alone = raw_loop.run(sink, messages=messages, processes=DISPATCHERS, form=rival.form)
    before = cpu_of(sink.processes())
    sent = costs.of(lambda: run_mailing(running, "all"))
    sink_cpu = cpu_of(sink.processes()) - before
    costs.note_sink(sink_cpu, sent.messages)
    if rival.wrk_connections:
        run = wrk.run(sink, threads=DISPATCHERS, connections=rival.wrk_connections)
        samples.wrk.append(run.rate)
    samples.usual.append(rival.as_usual.rate(context.size(USUAL_MESSAGES)))
    samples.kept.append(rival.with_kept.rate(context.size(KEPT_MESSAGES)))
    samples.ours.append(sent.rate)
    samples.raw.append(alone.rate)
    samples.ours_cpu.append((sum(sent.cpu.values()) + sink_cpu) / sent.messages * 1e6)
    samples.raw_cpu.append(alone.sender_cpu + alone.sink_cpu)
    return _in_words(alone, sent, sink_cpu, samples)


def _in_words(alone: Run, sent: Sent, sink_cpu: float, samples: Samples) -> str:
    beside = f", wrk {samples.wrk[-1]:,.0f}/s" if samples.wrk else ""
    ours = ", ".join(f"{kind} {cpu / sent.messages * 1e6:.1f}" for kind, cpu in sent.cpu.items() if cpu > 0.05)
    return (
        f"libcurl {alone.rate:,.0f}/s, ours {sent.rate:,.0f}/s ({sent.rate / alone.rate:.2f}){beside}, one task a"
        f" message {samples.usual[-1]:,.0f}/s, with kept connections {samples.kept[-1]:,.0f}/s; µs of CPU a message:"
        f" libcurl {alone.sender_cpu:.1f} + sink {alone.sink_cpu:.1f}; ours {ours}, sink"
        f" {sink_cpu / sent.messages * 1e6:.1f}"
    )


def _rows(samples: Samples, rival: Rival, note: str) -> list[Row]:
    libcurl = f"libcurl alone, no database ({rival.form})"
    rows = [
        _end_to_end(samples.ours, libcurl, samples.raw, Goal(">=", 0.75), note),
        _end_to_end(samples.ours, "", (), Goal(">=", 45_000), f"{note}; with the new transport"),
        _end_to_end(samples.ours, "", (), Goal(">=", 55_000), f"{note}; with outcomes as a log, too"),
    ]
    if samples.wrk:
        against = f"wrk, {DISPATCHERS} threads, {rival.wrk_connections} connections"
        rows.append(_end_to_end(samples.ours, against, samples.wrk, None, note))
    kept = Goal(">=", 80, judged=False)
    rows += [
        _end_to_end(samples.ours, "one Celery task a message, as usual", samples.usual, Goal(">=", 80), note),
        _end_to_end(samples.ours, "one Celery task a message, kept connections", samples.kept, kept, note),
    ]
    words = {42: "with the new transport", 34: "with outcomes as a log, too"}
    return rows + [
        Row(
            piece="dispatch", what="processor time, sink included", unit="µs a message", ours=samples.ours_cpu,
            against=libcurl, beside=samples.raw_cpu, goal=Goal("<=", bound, of_figure=True),
            note=f"{which}; less disturbed by other work on the machine than rates are",
        )
        for bound, which in words.items()
    ]  # fmt: skip


def _end_to_end(ours: Sequence[float], against: str, beside: Sequence[float], goal: Goal | None, note: str) -> Row:
    return Row(
        piece="dispatch", what="end to end", unit="messages/s", ours=ours, against=against, beside=beside, goal=goal,
        note=note,
    )  # fmt: skip
