"""The REST API under load, beside the same API as tutorials write it, and beside bare views, under the same server."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
import psutil

from bench.baselines.servers import Server, plain_views, tutorial
from bench.baselines.tutorial.serve import EMPTY, FULL
from bench.cluster import cluster, run_mailing
from bench.context import Context
from bench.findings import Goal, Row
from bench.load import Load, Request, load
from bench.processes import cpu_of, members
from bench.sinks import nginx
from harness.cluster import Cluster

REQUESTS = 1_000
#: Messages of the mailing whose statistics are asked for, and how many of them are shown.
MESSAGES, SHOWN = 1_000, 10
_TUTORIAL = "the tutorials' DRF"


@dataclass(frozen=True, slots=True)
class Contender:
    """Who answers: what it is called in the table, the request, and the processes whose time it takes."""

    name: str
    request: Request
    processes: Callable[[], Sequence[psutil.Process]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One load on one contender. ``cpu``: µs of processor time a request, the database's included."""

    load: Load
    cpu: float


def measure(context: Context) -> None:
    """Each kind of request in turn: bare, by the tutorials, ours."""
    folder = context.folder_of("api")
    with (
        nginx(folder) as sink,
        cluster(folder / "home", gateway=sink.url, dispatchers=1) as running,
        plain_views(running, folder) as plain,
        tutorial(running, folder, messages=MESSAGES) as taught,
    ):
        for what, contenders in _contenders(running, plain, taught).items():
            _compare(context, what, contenders)


def _contenders(running: Cluster, plain: Server, taught: Server) -> dict[str, list[Contender]]:
    """What is asked, and of whom: ours first."""
    empty = running.post_mailing("nobody", start_time=_later(1), end_time=_later(2))
    running.add_clients("all", MESSAGES)
    full = run_mailing(running, "all").mailing
    web, database = members(running.pid)["web"], members(running.pid)["database"]

    def contender(name: str, request: Request, processes: Callable[[], Sequence[psutil.Process]]) -> Contender:
        return Contender(name, request, lambda: [*processes(), *_tree(database)])

    def ours(request: Request) -> Contender:
        return contender("", request, lambda: _tree(web))

    def bare(request: Request, what: str) -> Contender:
        return contender(f"a bare view with one {what}", request, plain.processes)

    def by_tutorial(request: Request) -> Contender:
        return contender(_TUTORIAL, request, taught.processes)

    statistics = "GET /sender/notifications/{id}/statistics"
    path = "/api/mailings/{}/statistics/"
    insert, select = Request(f"{plain.url}/insert/", (), _client, 201), Request(f"{plain.url}/select/")
    return {
        "POST /client/": [
            ours(post_client(running)),
            by_tutorial(Request(f"{taught.url}/api/clients/", taught.headers, _client, 201)),
            bare(insert, "INSERT"),
        ],
        "POST /sender/notifications": [
            ours(post_mailing(running)),
            by_tutorial(Request(f"{taught.url}/api/mailings/", taught.headers, _mailing(_later(7), _later(8)), 201)),
            bare(insert, "INSERT"),
        ],
        statistics: [
            ours(_get(running, empty)),
            by_tutorial(Request(taught.url + path.format(EMPTY), taught.headers)),
            bare(select, "SELECT"),
        ],
        f"{statistics}, {MESSAGES:,} messages": [
            ours(_get(running, full)),
            by_tutorial(Request(taught.url + path.format(FULL), taught.headers)),
        ],
    }


def _compare(context: Context, what: str, contenders: Sequence[Contender]) -> None:
    count = context.size(REQUESTS)
    samples: dict[str, list[Sample]] = {each.name: [] for each in contenders}
    first = Numbers.take(40)
    for each in contenders:
        load(each.request, count=40, first=first)
    # Ours stands between the others: what disturbs the machine for a while disturbs its neighbours, too.
    ours, taught, *bare = contenders
    for _ in range(context.repeat):
        for each in (taught, ours, *bare):
            samples[each.name].append(_sample(each, count))
    shown = "; ".join(f"{name or 'ours'} {s[-1].load.rate:,.0f}/s, {s[-1].cpu:,.0f} µs" for name, s in samples.items())
    context.say(f"api, {what}: {shown}")
    for name in list(samples)[1:]:
        _note(context, what, samples[""], name, samples[name])


def _sample(contender: Contender, count: int) -> Sample:
    processes = contender.processes()
    before = cpu_of(processes)
    measured = load(contender.request, count=count, first=Numbers.take(count))
    return Sample(measured, (cpu_of(processes) - before) / count * 1e6)


def _note(context: Context, what: str, ours: Sequence[Sample], name: str, theirs: Sequence[Sample]) -> None:
    def row(figure: str, unit: str, value: Callable[[Sample], float], goal: Goal | None = None) -> Row:
        mine, beside = [value(sample) for sample in ours], [value(sample) for sample in theirs]
        return Row(piece="api", what=what + figure, unit=unit, ours=mine, against=name, beside=beside, goal=goal)

    goal = Goal(">=", 1.0 if name == _TUTORIAL else 0.5)
    context.findings.rows.append(row("", "requests/s", lambda sample: sample.load.rate, goal))
    if name == _TUTORIAL:
        note = ", processor time with the database's"
        context.findings.rows.append(row(note, "µs a request", lambda sample: sample.cpu))
        return
    context.findings.rows.append(row(", p50", "ms", lambda sample: sample.load.p50))
    context.findings.rows.append(row(", p99", "ms", lambda sample: sample.load.p99))


class Numbers:
    """No phone is posted twice."""

    _next = 0

    @classmethod
    def take(cls, count: int) -> int:
        """The first of so many numbers that nobody took."""
        cls._next += count
        return cls._next - count


def get_client(running: Cluster) -> Request:
    """A page of clients."""
    return Request(f"{running.url}/client/?page_size=10", _bearer(running))


def post_client(running: Cluster) -> Request:
    """A client more each time."""
    return Request(f"{running.url}/client/", _bearer(running), _client, 201)


def post_mailing(running: Cluster) -> Request:
    """Mailings of next week: they cost what a mailing costs to make, and nothing is sent."""
    return Request(f"{running.url}/sender/notifications", _bearer(running), _mailing(_later(7), _later(8)), 201)


def _get(running: Cluster, mailing: int) -> Request:
    return Request(f"{running.url}/sender/notifications/{mailing}/statistics?page_size={SHOWN}", _bearer(running))


def _mailing(start: str, end: str) -> Callable[[int], bytes]:
    def body(number: int) -> bytes:
        return orjson.dumps(
            {
                "name": f"bench {number}",
                "message_text": "text",
                "start_time": start,
                "end_time": end,
                "filter": {"tag": ["nobody"], "operator_code": None},
            }
        )

    return body


def _client(number: int) -> bytes:
    return orjson.dumps({"phone_number": str(79_100_000_000 + number), "tag": "tag", "timezone": "Europe/Moscow"})


def _bearer(running: Cluster) -> tuple[str, ...]:
    return (f"Authorization: Bearer {running.access()}",)


def _later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def _tree(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Processes and what they have started: backends come and go."""
    found = {each.pid: each for each in processes}
    for each in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found |= {child.pid: child for child in each.children(recursive=True)}
    return list(found.values())
