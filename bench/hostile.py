"""``python -m bench.hostile``: how the web does while it is attacked, and under load. Prints tables in Markdown.

``--seconds``: of each attack. ``--load``: seconds of each load. Needs some ten minutes on a quiet machine.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import requests

from bench.cluster import cluster, run_mailing
from bench.load import load
from bench.pieces.api import Numbers, get_client, post_client, post_mailing
from bench.processes import members, private_memory
from harness.attacks import OFFER, break_off, endless_chunks, half_bodies, half_heads, silent, unread
from harness.cluster import Cluster

#: Clients of the directory, so that an export is longer than any buffer, and of the mailing that is sent meanwhile.
CLIENTS, AUDIENCE = 300_000, 20_000
#: Connections of the load.
CONNECTIONS = 64
_EXPORT = "/client/export"


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds and MiB while an attack lasted. ``back``: seconds until everybody was served again after its end."""

    live: float
    get: float
    memory: float
    back: float


class Watch:
    """Asks as an ordinary user does, on new connections for health and on a kept one for clients."""

    def __init__(self, running: Cluster) -> None:
        self.running = running
        self.session = requests.Session()
        self.session.trust_env = False
        self.authorization = f"Bearer {running.access()}"
        self.session.headers["Authorization"] = self.authorization

    def live(self) -> float:
        """Seconds of ``/health/live``."""
        return _seconds(lambda: requests.get(f"{self.running.url}/health/live", timeout=60))

    def get(self) -> float:
        """Seconds of a page of clients."""
        return _seconds(lambda: self.session.get(f"{self.running.url}/client/?page_size=10", timeout=60))

    def memory(self) -> float:
        """MiB of all processes of the web."""
        return private_memory(members(self.running.pid)["web"]) / 2**20

    def during(self, attack: Callable[[], AbstractContextManager[Any]], seconds: float) -> Seen:
        """What is seen while an attack lasts."""
        lives, gets, held = [], [], []
        with attack():
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                lives.append(self.live())
                gets.append(self.get())
                held.append(self.memory())
        began = time.monotonic()
        self.live()
        self.get()
        return Seen(max(lives), median(gets), max(held), time.monotonic() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.hostile", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--load", type=float, default=30)
    options = parser.parse_args()
    print(f"load average at the start {os.getloadavg()[0]:.2f}, {psutil.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory(prefix="bench-hostile-") as folder, cluster(Path(folder), gateway=None) as running:
        running.add_clients("hostile", CLIENTS)
        running.add_clients("audience", AUDIENCE)
        watch = Watch(running)
        _attacks(watch, options.seconds)
        _load(watch, options.load)


def _attacks(watch: Watch, seconds: float) -> None:
    print("| attack | /health/live, slowest, s | GET, median, s | memory of the web, MiB | back after, s |")
    print("|---|---|---|---|---|")
    for name, attack in _table(watch).items():
        seen = watch.during(attack, seconds)
        print(f"| {name} | {seen.live:.3f} | {seen.get:.3f} | {seen.memory:.0f} | {seen.back:.2f} |", flush=True)
    _dispatch(watch)


def _dispatch(watch: Watch) -> None:
    """Mailings without an attack and under two kinds of them, in turns: the second kind has the ledger work."""
    url = watch.running.url

    def rate(*attacks: AbstractContextManager[Any]) -> float:
        with ExitStack() as stack:
            for attack in attacks:
                stack.enter_context(attack)
            return run_mailing(watch.running, "audience").rate

    print("\n| messages a second | calm | silent connections and bodies | twelve exports that nobody reads |")
    print("|---|---|---|---|")
    for turn in range(1, 4):
        calm, silence = rate(), rate(silent(url), half_bodies(url))
        exports = rate(unread(url, _EXPORT, _token(watch)))
        print(f"| run {turn} | {calm:,.0f} | {silence:,.0f} | {exports:,.0f} |", flush=True)
    print()


def _table(watch: Watch) -> dict[str, Callable[[], AbstractContextManager[Any]]]:
    url, token = watch.running.url, _token(watch)

    def broken_off() -> AbstractContextManager[Any]:
        break_off(url, _EXPORT, token, times=30)
        return nullcontext()

    return {
        "none": nullcontext,
        "30 bodies of which one byte came": lambda: half_bodies(url),
        "30 files of which one byte came": lambda: half_bodies(url, path="/client/import"),
        "30 bodies of which one byte came, after an offer of HTTP/2": lambda: half_bodies(url, headers=OFFER),
        "30 bodies in pieces without an end": lambda: endless_chunks(url),
        "500 heads without an end": lambda: half_heads(url),
        "2,000 connections that say nothing": lambda: silent(url),
        "12 exports that nobody reads": lambda: unread(url, _EXPORT, token),
        "30 exports broken off": broken_off,
    }


def _load(watch: Watch, seconds: float) -> None:
    print(f"| {CONNECTIONS} connections, {seconds:.0f} s each | requests/s | p50, ms | p99, ms | memory, MiB |")
    print("|---|---|---|---|---|")
    running = watch.running
    # Those of the directory begin with the same phones.
    Numbers.take(CLIENTS + AUDIENCE)
    for name, request in (
        ("GET client", get_client(running)),
        ("POST client", post_client(running)),
        ("POST mailing", post_mailing(running)),
    ):
        rate = load(request, count=500, first=Numbers.take(500), connections=CONNECTIONS).rate
        count = max(500, int(rate * seconds))
        before = watch.memory()
        found = load(request, count=count, first=Numbers.take(count), connections=CONNECTIONS)
        memory = f"{before:.0f} before, {watch.memory():.0f} after"
        print(f"| {name} | {found.rate:,.0f} | {found.p50:.0f} | {found.p99:.0f} | {memory} |", flush=True)


def _token(watch: Watch) -> str:
    return f"Authorization: {watch.authorization}\r\n"


def _seconds(ask: Callable[[], requests.Response]) -> float:
    began = time.monotonic()
    try:
        ask().raise_for_status()
    except requests.RequestException:
        return float("inf")
    return time.monotonic() - began


if __name__ == "__main__":
    main()
