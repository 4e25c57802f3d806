"""Processes that send to a sink at the same moment: how fast they are, and what a request costs them and the sink."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.processes import cpu_of
from bench.sinks import Sink
from vestnik.errors import ClusterError

#: Ids and phones as long as those of the ledger.
FIRST_ID, FIRST_PHONE = 90_000_000_000_000, 79_000_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """Requests per second over all processes; µs of processor time a request, of the senders and of the sink."""

    rate: float
    sender_cpu: float
    sink_cpu: float


def run_senders(
    sink: Sink, command: Sequence[str], *, processes: int, messages: int, env: Mapping[str, str] | None = None
) -> Run:
    """Run ``command``, which calls :func:`send_at_the_start`, so many times at once.

    The time counts from when all are ready to the last answer.

    Args:
        sink: where they send to.
        command: program and arguments; the sink's URL and the number of messages are added.
        processes: how many.
        messages: of all processes together.
        env: their whole environment; None: ours.

    Raises:
        ClusterError: one of them failed.
    """
    children = [
        subprocess.Popen(
            [*command, sink.url, str(messages // processes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=None if env is None else dict(env),
        )
        for _ in range(processes)
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            raise ClusterError(f"{' '.join(command)} does not start")
    before, start = cpu_of(sink.processes()), time.time() + 0.1
    for child in children:
        assert child.stdin is not None
        child.stdin.write(f"{start}\n")
        child.stdin.flush()
    said = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise ClusterError(f"{' '.join(command)} failed")
    reports = [json.loads(text) for text in said]
    sink_cpu = cpu_of(sink.processes()) - before
    sent = sum(report["messages"] for report in reports)
    seconds = max(report["ended"] for report in reports) - start
    return Run(sent / seconds, sum(report["cpu"] for report in reports) / sent * 1e6, sink_cpu / sent * 1e6)


def send_at_the_start(send: Callable[[], int]) -> None:
    """In such a process: say ready, wait for the start (unix seconds on stdin), send, report how many and the cost."""
    print("ready", flush=True)
    time.sleep(max(0.0, float(sys.stdin.readline()) - time.time()))
    before = time.process_time()
    sent = send()
    print(json.dumps({"messages": sent, "ended": time.time(), "cpu": time.process_time() - before}))
