"""Single messages: how many are accepted, one by one and in bodies of 1,000, and how soon they leave beside bulk.

What is accepted is sent meanwhile, by the same dispatchers and to the same sink: nothing is held back.
"""

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import urlsplit

import orjson

from bench.baselines.servers import plain_views
from bench.cluster import cluster
from bench.context import Context
from bench.findings import Goal, Row
from bench.load import CONNECTIONS, Load, Request, load
from bench.pieces.api import Numbers
from bench.processes import cpu_by_kind
from bench.sinks import nginx
from harness.cluster import Cluster
from vestnik.cluster.processes import wait_for
from vestnik.errors import ClusterError

#: Messages posted one by one, bodies of many, how many each has, and connections over which bodies come.
SINGLE, BODIES, IN_BODY, BODY_CONNECTIONS = 4_000, 40, 1_000, 4
#: Calls of a bare view, and messages of the mailing beside which single ones are sent.
BARE, BULK = 2_000, 1_000_000
#: Messages per second; seconds from accept to gateway that half and 99 of 100 take at most.
GOAL_SINGLE, GOAL_IN_BODIES, GOAL_P50, GOAL_P99 = 500, 10_000, 0.15, 1.0
#: Single messages per second beside a mailing, and mailings in a run, at most.
ARRIVALS, MAILINGS = 20.0, 3
#: Seconds.
_PATIENCE = 300.0
#: Beyond those of clients: a single message needs none.
_FIRST_PHONE = 79_300_000_000
_TEXT = "Код 4711. Никому его не говорите."
_QUEUED = (
    "SELECT coalesce(sum(b.queued + b.sending), 0) FROM vestnik_batch b JOIN vestnik_mailing m ON m.id = b.mailing_id"
    " WHERE m.kind = 'direct' AND b.state <> 'done'"
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A load of POSTs. ``rate``: messages per second. ``cpu``: µs of processor time a message, of web and database."""

    load: Load
    rate: float
    cpu: float


def measure(context: Context) -> None:
    """Accept in turn with a bare view, then send beside mailings."""
    folder = context.folder_of("messages")
    settings = {"MESSAGES_PER_MINUTE": "100000000"}
    with (
        nginx(folder) as sink,
        cluster(folder / "home", gateway=sink.url, settings=settings) as running,
        plain_views(running, folder) as plain,
    ):
        _accept(running, _request(running), count=100)  # code is loaded
        _measure_single(context, running, Request(f"{plain.url}/insert/", (), _client, 201))
        _measure_bodies(context, running)
        _measure_latency(context, running)


def _measure_single(context: Context, running: Cluster, bare: Request) -> None:
    plain, keyed, beside = [], [], []
    count, calls = context.size(SINGLE), context.size(BARE)
    for number in range(context.repeat):
        beside.append(load(bare, count=calls, first=Numbers.take(calls)).rate)
        plain.append(_accept(running, _request(running), count=count))
        keyed.append(_accept(running, _request(running, key="bench"), count=count))
        context.say(
            f"messages, single {number + 1}/{context.repeat}: {plain[-1].rate:,.0f}/s, {plain[-1].cpu:,.0f} µs; with"
            f" keys {keyed[-1].rate:,.0f}/s, {keyed[-1].cpu:,.0f} µs; bare view {beside[-1]:,.0f}/s"
        )
    goal = Goal(">=", GOAL_SINGLE, of_figure=True)
    for what, found in (("POST /messages", plain), ("POST /messages with Idempotency-Key", keyed)):
        context.findings.rows += [
            Row(
                piece="messages", what=what, unit="requests/s", ours=[each.rate for each in found],
                against="a bare view with one INSERT", beside=beside, goal=goal,
            ),
            Row(piece="messages", what=f"{what}, p99", unit="ms", ours=[each.load.p99 for each in found]),
            _cpu_row(what, found),
        ]  # fmt: skip


def _measure_bodies(context: Context, running: Cluster) -> None:
    request = _request(running, in_body=IN_BODY)
    _accept(running, request, count=BODY_CONNECTIONS, in_body=IN_BODY)
    found = []
    for number in range(context.repeat):
        found.append(_accept(running, request, count=context.size(BODIES), in_body=IN_BODY))
        context.say(
            f"messages, by {IN_BODY:,} {number + 1}/{context.repeat}: {found[-1].rate:,.0f}/s,"
            f" {found[-1].cpu:,.0f} µs a message"
        )
    what = f"POST /messages, {IN_BODY:,} in a body"
    rates = [each.rate for each in found]
    context.findings.rows += [
        Row(piece="messages", what=what, unit="messages/s", ours=rates, goal=Goal(">=", GOAL_IN_BODIES)),
        _cpu_row(what, found),
    ]


def _cpu_row(what: str, found: Sequence[Accepted]) -> Row:
    what = f"{what}, processor time of web and database"
    return Row(piece="messages", what=what, unit="µs a message", ours=[each.cpu for each in found])


def _measure_latency(context: Context, running: Cluster) -> None:
    messages = context.messages or context.size(BULK)
    running.add_clients("bulk", messages)
    p50s, p99s, posts = [], [], []
    count = 0
    for number in range(min(context.repeat, MAILINGS)):
        delays, took = _beside_bulk(running)
        cuts = quantiles(delays, n=100)
        p50s.append(cuts[49])
        p99s.append(cuts[98])
        posts.append(quantiles(took, n=100)[98] * 1_000)
        count += len(delays)
        context.say(
            f"messages beside bulk {number + 1}: {len(delays)} single ones, p50 {cuts[49] * 1_000:.0f} ms,"
            f" p99 {cuts[98] * 1_000:.0f} ms; p99 of the POST {posts[-1]:.0f} ms"
        )
    what = f"accept to gateway, {ARRIVALS:g} a second beside a mailing of {messages:,}"
    note = f"{count} single messages in all"
    context.findings.rows += [
        Row(piece="messages", what=f"{what}, p50", unit="s", ours=p50s, goal=Goal("<=", GOAL_P50), note=note),
        Row(piece="messages", what=f"{what}, p99", unit="s", ours=p99s, goal=Goal("<=", GOAL_P99), note=note),
        Row(piece="messages", what=f"POST /messages beside a mailing of {messages:,}, p99", unit="ms", ours=posts),
    ]


def _beside_bulk(running: Cluster) -> tuple[list[float], list[float]]:
    """Seconds from accept to the gateway's answer of each single message, by the ledger's clock, and of each POST."""
    posting = _Posting(running)
    mailing = running.post_mailing("bulk")
    some = "SELECT coalesce(sum(sent), 0) FROM vestnik_batch WHERE mailing_id = %s"
    if not wait_for(lambda: running.figure(some, mailing) > 0, seconds=_PATIENCE, pause=0.02):
        raise ClusterError("nothing of the mailing was sent")
    ids, took = [], []
    due = time.monotonic()
    while not running.is_over(mailing):
        began = time.perf_counter()
        ids.append(posting.post())
        took.append(time.perf_counter() - began)
        due += 1 / ARRIVALS
        time.sleep(max(0.0, due - time.monotonic()))
    _until_sent(running)
    # Those that bulk was not beside any more say nothing.
    rows = running.query(
        "SELECT extract(epoch FROM m.sent_at - m.created_at)::float8 FROM vestnik_message_now m"
        " WHERE m.id = ANY (%s) AND m.mailing_id IN (SELECT id FROM vestnik_mailing WHERE kind = 'direct')"
        " AND m.created_at < (SELECT max(sent_at) FROM vestnik_message_now WHERE mailing_id = %s)",
        ids, mailing,
    )  # fmt: skip
    delays = [delay for (delay,) in rows if delay is not None]
    if len(delays) != len(rows) or len(delays) < 2:
        raise ClusterError(f"{len(delays)} of {len(rows)} single messages were sent")
    return delays, took


class _Posting:
    """Posts single messages over a kept connection, one after the other."""

    def __init__(self, running: Cluster) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {running.access()}", "Content-Type": "application/json"}

    def post(self) -> int:
        """Post one; its id.

        Raises:
            ClusterError: it was not accepted.
        """
        self._connection.request("POST", "/messages", orjson.dumps(_message(Numbers.take(1))), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise ClusterError(f"POST /messages answered {answer.status}: {body[:200]!r}")
        return int(orjson.loads(body)["id"])


def _accept(running: Cluster, request: Request, *, count: int, in_body: int = 1) -> Accepted:
    """Post, and wait until all that was accepted is sent, so that the next load does not stand behind this one."""
    before = cpu_by_kind(running.pid)
    connections = CONNECTIONS if in_body == 1 else BODY_CONNECTIONS
    # No phone twice: it would need another mailing of the day.
    first = -(-Numbers.take((count + 1) * in_body) // in_body)
    done = load(request, count=count, first=first, connections=connections)
    spent = {kind: seconds - before.get(kind, 0.0) for kind, seconds in cpu_by_kind(running.pid).items()}
    _until_sent(running)
    messages = count * in_body
    return Accepted(done, done.rate * in_body, (spent["web"] + spent["database"]) / messages * 1e6)


def _until_sent(running: Cluster) -> None:
    if not wait_for(lambda: running.figure(_QUEUED) == 0, seconds=_PATIENCE, pause=0.1):
        raise ClusterError(f"{running.figure(_QUEUED)} single messages are not sent")


def _request(running: Cluster, *, in_body: int = 1, key: str = "") -> Request:
    def body(number: int) -> bytes:
        if in_body == 1:
            return orjson.dumps(_message(number))
        return orjson.dumps([_message(each) for each in range(number * in_body, (number + 1) * in_body)])

    return Request(f"{running.url}/messages", (f"Authorization: Bearer {running.access()}",), body, 201, key)


def _message(number: int) -> dict[str, str]:
    return {"phone_number": str(_FIRST_PHONE + number), "text": _TEXT}


def _client(number: int) -> bytes:
    return orjson.dumps({"phone_number": str(79_100_000_000 + number), "tag": "tag", "timezone": "Europe/Moscow"})
