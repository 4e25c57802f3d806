"""Events of messages at an endpoint while their mailing is sent, without and with endpoints that are dead.

A round without dead endpoints and one with them take turns. One of the dead ones takes each connection and never
answers, the other refuses. Whatever arrives is compared with the ledger: a difference ends the piece.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import quantiles

from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from bench.processes import cpu_by_kind
from bench.sinks import nginx
from harness.cluster import Cluster
from harness.webhook_receiver import WRITTEN, Receiver, Written, receiving
from vestnik.cluster.plan import free_port
from vestnik.cluster.processes import wait_for
from vestnik.errors import ClusterError

#: Messages of the mailing, and small events that wait for the endpoint at once.
MESSAGES, EVENTS = 100_000, 2_000
#: Seconds from a message's outcome to the delivered event, and how much of the rate is left beside dead endpoints.
GOAL_SECONDS, GOAL_BESIDE_DEAD = 5.0, 0.95
#: Seconds.
_PATIENCE = 120.0
_TYPES = ("message.sent", "message.failed", "message.unknown", "mailing.started", "mailing.finished")


@dataclass(frozen=True, slots=True)
class Sample:
    """One round. ``p50``, ``p99``: seconds from a message's outcome until the event that has it was delivered.

    ``last``: seconds from the POST of the mailing to its last event. ``rate``: small events per second. ``cpu``: µs of
    processor time for each of those, of worker and database.
    """

    p50: float
    p99: float
    last: float
    rate: float
    cpu: float


def measure(context: Context) -> None:
    """Rounds without and with dead endpoints, in turn."""
    folder = context.folder_of("webhooks")
    settings = {"WEBHOOK_ALLOW_PRIVATE": "true"}
    messages, events = context.size(MESSAGES), context.size(EVENTS)
    alone, beside = [], []
    with (
        nginx(folder) as sink,
        receiving() as receiver,
        cluster(folder / "home", gateway=sink.url, settings=settings) as running,
    ):
        running.add_clients("all", messages)
        receiver.secrets.append(_add(running, receiver.url)[1])
        _round(running, receiver, messages, 10)  # code is loaded
        for number in range(context.repeat):
            alone.append(_round(running, receiver, messages, events))
            with _dead(running):
                beside.append(_round(running, receiver, messages, events))
            context.say(
                f"webhooks {number + 1}/{context.repeat}: p50 {alone[-1].p50:.2f} s, p99 {alone[-1].p99:.2f} s, last"
                f" {alone[-1].last:.1f} s, {alone[-1].rate:,.0f} events/s; beside dead ones {beside[-1].p50:.2f} s,"
                f" {beside[-1].p99:.2f} s, {beside[-1].last:.1f} s, {beside[-1].rate:,.0f} events/s"
            )
    context.findings.rows += _rows(alone, beside, messages, events)


def _rows(alone: Sequence[Sample], beside: Sequence[Sample], messages: int, events: int) -> list[Row]:
    of_mailing = f"{messages:,} messages, a message's outcome to its delivered event"
    of_queue = f"{events:,} events that wait for one endpoint"
    dead, bound = "without the two dead endpoints", Goal("<=", GOAL_SECONDS)
    return [
        Row(piece="webhooks", what=f"{of_mailing}, p50", unit="s", ours=[each.p50 for each in alone]),
        Row(piece="webhooks", what=f"{of_mailing}, p99", unit="s", ours=[each.p99 for each in alone], goal=bound),
        Row(
            piece="webhooks", what=f"{of_mailing}, p99, beside two dead endpoints", unit="s",
            ours=[each.p99 for each in beside], against=dead, beside=[each.p99 for each in alone],
            goal=Goal("<=", GOAL_SECONDS, of_figure=True),
        ),
        Row(
            piece="webhooks", what=f"{messages:,} messages, POST to last event, beside two dead endpoints", unit="s",
            ours=[each.last for each in beside], against=dead, beside=[each.last for each in alone],
            goal=Goal("<=", 1 / GOAL_BESIDE_DEAD),
        ),
        Row(
            piece="webhooks", what=f"{of_queue}, beside two dead ones", unit="events/s",
            ours=[each.rate for each in beside], against=dead, beside=[each.rate for each in alone],
            goal=Goal(">=", GOAL_BESIDE_DEAD),
        ),
        Row(
            piece="webhooks", what=f"{of_queue}, processor time of worker and database", unit="µs an event",
            ours=[each.cpu for each in alone],
        ),
    ]  # fmt: skip


def _round(running: Cluster, receiver: Receiver, messages: int, events: int) -> Sample:
    receiver.forget()
    sent = run_mailing(running, "all")
    finished = "SELECT count(*) FROM vestnik_webhook_event WHERE type = 'mailing.finished'"
    _until(lambda: running.figure(finished) == 1 and _all_have_come(running, receiver), "the mailing's events")
    delays = _delays(running, receiver, sent.mailing, messages)
    last = max(receiver.arrived.values()) - sent.began
    cpu = cpu_by_kind(running.pid)
    before = set(receiver.arrived)
    running.query("SELECT vestnik_tell('mailing.started', '{}') FROM generate_series(1, %s)", events)
    _until(lambda: _all_have_come(running, receiver), "the small events")
    came = [at for name, at in receiver.arrived.items() if name not in before]
    spent = {kind: seconds - cpu.get(kind, 0.0) for kind, seconds in cpu_by_kind(running.pid).items()}
    written = [Written(*row) for row in running.query(WRITTEN)]
    if wrong := receiver.untrue(written):
        raise ClusterError(f"the endpoint and the ledger differ: {'; '.join(wrong)}")
    # So that the next round has its own only.
    running.query("DELETE FROM vestnik_webhook_delivery")
    running.query("DELETE FROM vestnik_webhook_event")
    cuts = quantiles(delays, n=100)
    rate = (len(came) - 1) / (max(came) - min(came))
    return Sample(cuts[49], cuts[98], last, rate, (spent["worker"] + spent["database"]) / events * 1e6)


def _all_have_come(running: Cluster, receiver: Receiver) -> bool:
    ((outcomes, events),) = running.query(
        "SELECT (SELECT count(*) FROM vestnik_webhook_outcome), (SELECT count(*) FROM vestnik_webhook_event)"
    )
    return bool(outcomes == 0 and len(receiver.arrived) >= events)


def _until(condition: Callable[[], bool], what: str) -> None:
    if not wait_for(condition, seconds=_PATIENCE, pause=0.05):
        raise ClusterError(f"{what} have not all arrived after {_PATIENCE:.0f} s")


def _delays(running: Cluster, receiver: Receiver, mailing: int, messages: int) -> list[float]:
    """Seconds from each message's outcome to the arrival of the event that tells of it."""
    rows = running.query(
        "SELECT id, extract(epoch FROM sent_at)::float8 FROM vestnik_message_now WHERE mailing_id = %s", mailing
    )
    sent_at: dict[int, float] = dict(rows)
    written = [Written(*row) for row in running.query(WRITTEN)]
    delays = {
        message["id"]: receiver.arrived[f"evt_{event.uid.hex}"] - sent_at[message["id"]]
        for event in written
        if event.type == "message.sent"
        for message in event.data["messages"]
    }
    if len(delays) != messages:
        raise ClusterError(f"events tell of {len(delays)} of {messages} messages")
    return list(delays.values())


def _add(running: Cluster, url: str) -> tuple[int, str]:
    made = running.rest.post("/webhooks", {"url": url, "event_types": list(_TYPES)})
    return made["id"], made["secret"]


@contextmanager
def _dead(running: Cluster) -> Iterator[None]:
    """Two endpoints that take nothing, new ones each time: those that are known to be down are hardly tried."""
    with ExitStack() as stack:
        hangs = stack.enter_context(_hanging())
        for url in (f"http://127.0.0.1:{hangs}/", f"http://127.0.0.1:{free_port('127.0.0.1')}/"):
            endpoint, _ = _add(running, url)
            stack.callback(running.http().delete, f"{running.url}/webhooks/{endpoint}")
        yield


@contextmanager
def _hanging() -> Iterator[int]:
    """The port of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as taken:
        thread = threading.Thread(target=_accept, args=(server, taken), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _accept(server: socket.socket, taken: ExitStack) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        taken.callback(connection.close)
