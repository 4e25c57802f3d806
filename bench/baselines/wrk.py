"""wrk, a load generator in C, with the requests of our messages: what can be sent to a sink at all."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from statistics import mean

from bench.cluster import TOKEN
from bench.processes import cpu_of
from bench.senders import Run
from bench.sinks import Sink
from harness.rest import TEXT
from vestnik.errors import ClusterError

_SCRIPT = Path(__file__).with_name("requests.lua")
#: Connections that are tried.
CONNECTIONS = (16, 32, 64, 128, 256)
#: Seconds of a run, and of a try.
SECONDS, TRY_SECONDS = 2, 1
_RATE = re.compile(r"^Requests/sec:\s+([0-9.]+)", re.MULTILINE)
_COUNT = re.compile(r"^\s*([0-9]+) requests in", re.MULTILINE)
_PROBLEM = re.compile(r"^\s*(?:Non-2xx|Socket errors).*$", re.MULTILINE)


def is_installed() -> bool:
    """Is wrk there?"""
    return shutil.which("wrk") is not None


def run(sink: Sink, *, threads: int, connections: int, seconds: int = SECONDS) -> Run:
    """Send for so many seconds.

    Raises:
        ClusterError: it failed, or an answer was not a good one.
    """
    text = '"' + TEXT + '"'
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", str(_SCRIPT), sink.url]
    sink_before, before = cpu_of(sink.processes()), os.times()
    done = subprocess.run([*command, "--", TOKEN, text], capture_output=True, text=True, check=False)
    after, sink_after = os.times(), cpu_of(sink.processes())
    rate, count, problem = (pattern.search(done.stdout) for pattern in (_RATE, _COUNT, _PROBLEM))
    if done.returncode or problem or rate is None or count is None:
        raise ClusterError(f"wrk failed: {problem.group(0) if problem else done.stdout + done.stderr}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    requests = int(count.group(1))
    return Run(float(rate.group(1)), spent / requests * 1e6, (sink_after - sink_before) / requests * 1e6)


def best_connections(sink: Sink, *, threads: int) -> int:
    """With how many connections it is the fastest here and now."""
    rates: dict[int, list[float]] = {connections: [] for connections in CONNECTIONS}
    for _ in range(2):
        for connections, found in rates.items():
            found.append(run(sink, threads=threads, connections=connections, seconds=TRY_SECONDS).rate)
    return max(rates, key=lambda connections: mean(rates[connections]))
