"""Events of messages at an endpoint while their mailing is sent, without and with endpoints that are dead.

Rounds without a dead endpoint, with one, and with two take turns. The first dead one takes each connection and never
answers, the second refuses. Whatever arrives is compared with the ledger: a difference ends the piece.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
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
#: Seconds from a message's outcome to the delivered event, and how much of the rate is left beside one dead endpoint.
GOAL_SECONDS, GOAL_BESIDE_DEAD = 5.0, 0.95
#: Seconds.
_PATIENCE = 120.0
_TYPES = ("message.sent", "message.failed", "message.unknown", "mailing.started", "mailing.finished")


@dataclass(frozen=True, slots=True)
class Sample:
    """One round. ``p50``, ``p99``: seconds from a message's outcome until the event that has it was delivered.

    ``last``: seconds from the last message's outcome to the last event of messages, of which up to half a second is the
    wait for the worker's next look. ``rate``: small events per second. ``cpu``: µs of processor time for each of those,
    of worker and database.
    """

    p50: float
    p99: float
    last: float
    rate: float
    cpu: float

    def __str__(self) -> str:
        delays = f"p50 {self.p50:.2f} s, p99 {self.p99:.2f} s, last {self.last:.2f} s"
        return f"{delays}, {self.rate:,.0f} events/s, {self.cpu:,.0f} µs each"


def measure(context: Context) -> None:
    """Rounds without, with one and with two dead endpoints, in turn."""
    folder = context.folder_of("webhooks")
    settings = {"WEBHOOK_ALLOW_PRIVATE": "true"}
    messages, events = context.size(MESSAGES), context.size(EVENTS)
    #: By the number of dead endpoints.
    samples: dict[int, list[Sample]] = {0: [], 1: [], 2: []}
    with (
        nginx(folder) as sink,
        receiving() as receiver,
        cluster(folder / "home", gateway=sink.url, settings=settings) as running,
    ):
        running.add_clients("all", messages)
        receiver.secrets.append(_add(running, receiver.url)[1])
        _round(running, receiver, messages, 10)  # code is loaded
        for number in range(context.repeat):
            # Every second time the other way round: what a round leaves behind slows the next one.
            for dead in sorted(samples, reverse=number % 2 == 1):
                with _dead(running, dead):
                    samples[dead].append(_round(running, receiver, messages, events))
                context.say(f"webhooks {number + 1}/{context.repeat}, {dead} dead: {samples[dead][-1]}")
    context.findings.rows += _rows(samples, messages, events)


def _rows(samples: Mapping[int, Sequence[Sample]], messages: int, events: int) -> list[Row]:
    of_mailing = f"{messages:,} messages, a message's outcome to its delivered event"
    of_queue = f"{events:,} events that wait for one endpoint"
    alone, one, two = (samples[dead] for dead in (0, 1, 2))
    without, bound = "without it", Goal("<=", GOAL_SECONDS)
    return [
        Row(piece="webhooks", what=f"{of_mailing}, p50", unit="s", ours=[each.p50 for each in alone]),
        Row(piece="webhooks", what=f"{of_mailing}, p99", unit="s", ours=[each.p99 for each in alone], goal=bound),
        Row(
            piece="webhooks", what=f"{of_mailing}, p99, beside two dead endpoints", unit="s",
            ours=[each.p99 for each in two], against="without them", beside=[each.p99 for each in alone],
            goal=Goal("<=", GOAL_SECONDS, of_figure=True),
        ),
        Row(
            piece="webhooks", what=f"{messages:,} messages, last outcome to last event, beside a dead endpoint",
            unit="s", note="up to 0.5 s of both is the wait for the worker's next look",
            ours=[each.last for each in one], against=without, beside=[each.last for each in alone],
            goal=Goal("<=", 1 / GOAL_BESIDE_DEAD),
        ),
        Row(
            piece="webhooks", what=f"{of_queue}, beside a dead one", unit="events/s",
            ours=[each.rate for each in one], against=without, beside=[each.rate for each in alone],
            goal=Goal(">=", GOAL_BESIDE_DEAD),
        ),
        Row(
            piece="webhooks", what=f"{of_queue}, beside two dead ones", unit="events/s",
            ours=[each.rate for each in two], against="without them", beside=[each.rate for each in alone],
            goal=Goal(">=", GOAL_BESIDE_DEAD, judged=False),
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
    delays, last = _delays(running, receiver, sent.mailing, messages)
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
    running.query("TRUNCATE vestnik_webhook_delivery, vestnik_webhook_event, vestnik_webhook_attempt")
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


def _delays(running: Cluster, receiver: Receiver, mailing: int, messages: int) -> tuple[list[float], float]:
    """Seconds from each message's outcome to the arrival of its event, and from the last outcome to the last event."""
    rows = running.query(
        "SELECT id, extract(epoch FROM sent_at)::float8 FROM vestnik_message_now WHERE mailing_id = %s", mailing
    )
    sent_at: dict[int, float] = dict(rows)
    written = [Written(*row) for row in running.query(WRITTEN)]
    came_at = {
        message["id"]: receiver.arrived[f"evt_{event.uid.hex}"]
        for event in written
        if event.type == "message.sent"
        for message in event.data["messages"]
    }
    if len(came_at) != messages:
        raise ClusterError(f"events tell of {len(came_at)} of {messages} messages")
    last = max(came_at.values()) - max(sent_at.values())
    return [at - sent_at[message] for message, at in came_at.items()], last


def _add(running: Cluster, url: str) -> tuple[int, str]:
    made = running.rest.post("/webhooks", {"url": url, "event_types": list(_TYPES)})
    return made["id"], made["secret"]


@contextmanager
def _dead(running: Cluster, number: int) -> Iterator[None]:
    """None, one or two endpoints that take nothing, new ones each time: those known to be down are hardly tried."""
    with ExitStack() as stack:
        hangs = stack.enter_context(_hanging())
        for url in (f"http://127.0.0.1:{hangs}/", f"http://127.0.0.1:{free_port('127.0.0.1')}/")[:number]:
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
