"""Receipts taken and applied: from the first call of a provider until the last message has come to its end.

Beside bare views with one INSERT, under the same server: what a call costs before anything is done with it.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson

from bench.baselines.servers import plain_views
from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from bench.load import Request, load
from bench.pieces.api import Numbers
from bench.processes import cpu_by_kind
from bench.sinks import nginx
from harness.cluster import Cluster
from vestnik.cluster.processes import wait_for
from vestnik.errors import ClusterError

#: Messages that have receipts, by how many of them are in a body; calls of a bare view.
MESSAGES, BARE = {1_000: 200_000, 100: 200_000, 1: 20_000}, 2_000
#: Receipts per second, taken and applied.
GOAL, GOAL_SINGLE = 20_000, 2_000
#: Seconds.
_APPLIED = 300.0
#: Who works for a receipt.
_KINDS = ("web", "worker", "database")


class _Received(NamedTuple):
    """Receipts per second until the last is applied, calls per second, and microseconds of processor time of each."""

    applied: float
    calls: float
    cpu: dict[str, float]


def measure(context: Context) -> None:
    """A mailing for each repetition, whose receipts come while nothing else happens."""
    folder = context.folder_of("receipts")
    with (
        nginx(folder) as sink,
        cluster(folder / "home", gateway=sink.url, dispatchers=1) as running,
        plain_views(running, folder) as plain,
    ):
        bare = Request(f"{plain.url}/insert/", (), _client, 201)
        for in_body, messages in MESSAGES.items():
            _compare(context, running, bare, messages=context.size(messages), in_body=in_body)


def _compare(context: Context, running: Cluster, bare: Request, *, messages: int, in_body: int) -> None:
    tag = f"receipts-{in_body}"
    running.add_clients(tag, messages)
    received, beside = [], []
    for number in range(context.repeat):
        of_all = _receive(running, run_mailing(running, tag).mailing, in_body)
        calls = context.size(BARE)
        beside.append(load(bare, count=calls, first=Numbers.take(calls)).rate)
        received.append(of_all)
        cpu = ", ".join(f"{kind} {spent:.1f}" for kind, spent in of_all.cpu.items())
        context.say(
            f"receipts by {in_body}, {number + 1}/{context.repeat}: {of_all.applied:,.0f}/s taken and applied,"
            f" {of_all.calls:,.0f} calls/s, bare view {beside[-1]:,.0f}/s; µs a receipt: {cpu}"
        )
    what = f"{messages:,} receipts, {in_body:,} in a body"
    goal = Goal(">=", GOAL if in_body > 1 else GOAL_SINGLE, of_figure=True)
    context.findings.rows += [
        Row(
            piece="receipts", what=f"{what}, taken and applied", unit="receipts/s",
            ours=[each.applied for each in received], goal=goal,
        ),
        Row(
            piece="receipts", what=what, unit="calls/s", ours=[each.calls for each in received],
            against="a bare view with one INSERT", beside=beside,
        ),
    ]  # fmt: skip
    context.findings.rows += [
        Row(
            piece="receipts", what=f"{what}, processor time: {kind}", unit="µs a receipt",
            ours=[each.cpu[kind] for each in received],
        )
        for kind in _KINDS
    ]  # fmt: skip


def _receive(running: Cluster, mailing: int, in_body: int) -> _Received:
    rows = running.query("SELECT id FROM vestnik_message_now WHERE mailing_id = %s ORDER BY id", mailing)
    ids = [message for (message,) in rows]
    path = urlsplit(running.rest.get("/gateways/default")["receipts_url"]).path
    request = Request(running.url + path, (), _bodies(ids, in_body))
    cpu, began = cpu_by_kind(running.pid), time.perf_counter()
    calls = load(request, count=-(-len(ids) // in_body))
    delivered = "SELECT sum(delivered) FROM vestnik_batch WHERE mailing_id = %s"
    if not wait_for(lambda: running.figure(delivered, mailing) == len(ids), seconds=_APPLIED, pause=0.05):
        raise ClusterError(f"{running.figure(delivered, mailing)} of {len(ids)} receipts are applied")
    applied = len(ids) / (time.perf_counter() - began)
    spent = defaultdict(float, cpu_by_kind(running.pid))
    return _Received(
        applied, calls.rate, {kind: (spent[kind] - cpu.get(kind, 0.0)) / len(ids) * 1e6 for kind in _KINDS}
    )


def _bodies(ids: Sequence[int], in_body: int) -> Callable[[int], bytes]:
    def body(number: int) -> bytes:
        some = ids[number * in_body : (number + 1) * in_body]
        return orjson.dumps([{"id": message, "state": "delivered"} for message in some])

    return body


def _client(number: int) -> bytes:
    return orjson.dumps({"phone_number": str(79_100_000_000 + number), "tag": "tag", "timezone": "Europe/Moscow"})
