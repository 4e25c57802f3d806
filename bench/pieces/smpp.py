"""SMPP: our channel with one bind in one process, beside aiosmpplib's own loop, both to the same SMSC in Rust."""

import sys

from bench.context import Context
from bench.findings import Goal, Row
from bench.senders import Run, run_senders
from bench.sinks import Sink, smsc

#: Submits without an answer, at most: what a provider may allow a good customer.
WINDOW = 50
#: Theirs are fewer: it takes longer, and its cost for a message grows with their number.
MESSAGES, THEIR_MESSAGES = 40_000, 4_000
#: Submits a second that one bind must reach.
RATE = 2_000


def measure(context: Context) -> None:
    """Ours and theirs in turn."""
    ours: list[Run] = []
    theirs: list[Run] = []
    with smsc(context.folder_of("smpp")) as sink:
        for number in range(context.repeat):
            theirs.append(_run(sink, "bench.baselines.aiosmpplib_loop", context.size(THEIR_MESSAGES)))
            ours.append(_run(sink, "bench.smpp_alone", context.size(MESSAGES)))
            shown = ", ".join(f"{run.rate:,.0f}/s, {run.sender_cpu:.1f} µs" for run in (theirs[-1], ours[-1]))
            context.say(f"smpp {number + 1}/{context.repeat}: aiosmpplib, ours: {shown}")
    note = f"one bind, window {WINDOW}, to an SMSC in Rust (smpp34)"
    against = "aiosmpplib's own loop"
    context.findings.rows += [
        Row(
            piece="smpp", what="submits through one bind", unit="submits/s", ours=[run.rate for run in ours],
            against=against, beside=[run.rate for run in theirs], goal=Goal(">=", RATE, of_figure=True), note=note,
        ),
        Row(
            piece="smpp", what="processor time", unit="µs a submit", ours=[run.sender_cpu for run in ours],
            against=against, beside=[run.sender_cpu for run in theirs], note="without the SMSC's",
        ),
    ]  # fmt: skip


def _run(sink: Sink, module: str, messages: int) -> Run:
    command = [sys.executable, "-m", module, "--window", str(WINDOW)]
    return run_senders(sink, command, processes=1, messages=messages)
