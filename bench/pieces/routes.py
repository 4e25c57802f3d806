"""Weights and rates as the gateways themselves have counted: three simulators under one mailing, then one with a rate.

Nothing here is about speed. A share is off by points of percent of all messages, a rate by percent of what was set.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from harness.cluster import Cluster
from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from vestnik.cluster.processes import wait_for
from vestnik.errors import ClusterError

#: The weights of the rule, and the messages that are divided by them.
WEIGHTS, MESSAGES = (70, 20, 10), 100_000
#: Messages a second of the gateway with a rate; seconds until it is steady, and for which it is then counted.
RATE, STEADY_AFTER, COUNTED = 1_000, 5.0, 20.0
#: Repetitions at most: each takes a minute.
_REPEAT = 3
#: By how much either may be off: points of percent, and percent.
GOAL_SHARE, GOAL_RATE = 1.0, 2.0
#: Seconds.
_WAIT = 60.0


def measure(context: Context) -> None:
    """Both in turn."""
    messages = context.size(MESSAGES)
    off: dict[int, list[float]] = {weight: [] for weight in WEIGHTS}
    rates: list[float] = []
    with _gateways(context) as (running, simulators):
        running.add_clients("weights", messages)
        running.add_clients("rate", int(RATE * (STEADY_AFTER + COUNTED) * 1.5))
        for number in range(min(context.repeat, _REPEAT)):
            shares = _shares(running, simulators, messages)
            for weight, share in zip(WEIGHTS, shares, strict=True):
                off[weight].append(abs(share - weight))
            rates.append(_rate(running, simulators[-1]))
            shown = " / ".join(f"{share:.2f}" for share in shares)
            context.say(f"routes {number + 1}/{len(rates)}: shares {shown} %, rate {rates[-1]:,.1f}/s")
    context.findings.rows += [
        Row(
            piece="routes", what=f"the share of weight {weight} is off by", unit="points of percent", ours=off[weight],
            goal=Goal("<=", GOAL_SHARE), note=f"of {messages:,} messages over three gateways, by their own counts",
        )
        for weight in WEIGHTS
    ]  # fmt: skip
    context.findings.rows.append(
        Row(
            piece="routes", what="a gateway's own rate is off by", unit="%",
            ours=[abs(rate / RATE - 1) * 100 for rate in rates], goal=Goal("<=", GOAL_RATE),
            note=f"{RATE:,} messages/s, over {COUNTED:.0f} s, by its own count",
        )
    )  # fmt: skip


@contextmanager
def _gateways(context: Context) -> Iterator[tuple[Cluster, list[SimulatorClient]]]:
    """A cluster with three gateways, each a simulator of its own. The first is the one of the environment."""
    folder = context.folder_of("routes")
    with ExitStack() as stack:
        simulators = [stack.enter_context(running_simulator(folder)) for _ in WEIGHTS]
        settings = {"GATEWAY_URL": simulators[0].base_url, "GATEWAY_TOKEN": simulators[0].token}
        running = stack.enter_context(cluster(folder / "home", gateway=None, dispatchers=2, settings=settings))
        for name, simulator in zip(("second", "third"), simulators[1:], strict=True):
            _add(running, name, simulator)
        yield running, simulators


def _add(running: Cluster, name: str, simulator: SimulatorClient) -> None:
    """Add, check, test and enable a gateway, as an administrator does."""
    settings = {"url": simulator.base_url, "token": simulator.token}
    running.rest.post("/gateways", {"name": name, "kind": "probe", "settings": settings})
    running.rest.post(f"/gateways/{name}/check", {})
    running.rest.post(f"/gateways/{name}/test", {"phone_number": "79110000000", "text": "test"})
    running.rest.post(f"/gateways/{name}/enable", {})


def _delivered(simulator: SimulatorClient) -> int:
    return int(simulator.totals()["delivered"])


@contextmanager
def _rule(running: Cluster, gateways: list[dict[str, object]]) -> Iterator[None]:
    """The only rule, for as long as the block lasts."""
    made = running.rest.post("/routes", {"gateways": gateways})
    yield
    with running.http() as http:
        http.delete(f"{running.url}/routes/{made['id']}").raise_for_status()


def _shares(running: Cluster, simulators: list[SimulatorClient], messages: int) -> list[float]:
    """What percentage of a mailing each gateway got."""
    before = [_delivered(simulator) for simulator in simulators]
    names = ("default", "second", "third")
    rule: list[dict[str, object]] = [
        {"gateway": name, "weight": weight} for name, weight in zip(names, WEIGHTS, strict=True)
    ]
    with _rule(running, rule):
        run_mailing(running, "weights")
    got = [_delivered(simulator) - earlier for simulator, earlier in zip(simulators, before, strict=True)]
    if sum(got) != messages:
        raise ClusterError(f"the gateways got {got}, which is not {messages}")
    return [count / messages * 100 for count in got]


def _rate(running: Cluster, simulator: SimulatorClient) -> float:
    """Messages a second over the third gateway, in steady state; the rest of the mailing is cancelled."""
    running.rest.patch("/gateways/third", {"max_rate": RATE})
    with _rule(running, [{"gateway": "third", "weight": 1}]):
        before = _delivered(simulator)
        mailing = running.post_mailing("rate")
        if not wait_for(lambda: _delivered(simulator) - before > RATE * STEADY_AFTER, seconds=_WAIT, pause=0.05):
            raise ClusterError(f"only {_delivered(simulator) - before} messages came in {_WAIT:.0f} s")
        began, first = time.monotonic(), _delivered(simulator)
        time.sleep(COUNTED)
        ended, last = time.monotonic(), _delivered(simulator)
        running.rest.post(f"/sender/notifications/{mailing}/cancel", {})
        if not wait_for(lambda: running.is_over(mailing), seconds=_WAIT, pause=0.05):
            raise ClusterError(f"mailing {mailing} was cancelled and is not over")
    running.rest.patch("/gateways/third", {"max_rate": None})
    return (last - first) / (ended - began)
