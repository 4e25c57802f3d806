"""The REST API under load, beside bare Django views with one INSERT or one SELECT under the same server."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from bench.baselines import PLAIN_TABLE
from bench.cluster import cluster
from bench.context import Context
from bench.findings import Goal, Row
from bench.load import Load, Request, load
from harness.cluster import Cluster
from vestnik.cluster.plan import free_port
from vestnik.cluster.processes import spawn, stop, wait_for
from vestnik.cluster.rest import answers
from vestnik.errors import ClusterError

REQUESTS = 1_000
_PLAIN = (
    f"CREATE TABLE {PLAIN_TABLE} (id bigserial PRIMARY KEY, phone_number bigint NOT NULL UNIQUE, tag text NOT NULL,"
    " timezone text NOT NULL)"
)


def measure(context: Context) -> None:
    """Each kind of request in turn with its plain counterpart."""
    folder = context.folder_of("api")
    count = context.size(REQUESTS)
    with cluster(folder / "home", gateway="http://127.0.0.1:9", dispatchers=1) as running:
        running.query(_PLAIN)
        running.query(f"INSERT INTO {PLAIN_TABLE} (phone_number, tag, timezone) VALUES (1, 'tag', 'Europe/Moscow')")  # noqa: S608 - ours
        with _plain_views(running, folder) as plain:
            mailing = running.post_mailing("nobody", start_time=_later(1), end_time=_later(2))
            pairs = {
                "POST /client/": (post_client(running), _insert(plain)),
                "POST /sender/notifications": (post_mailing(running), _insert(plain)),
                "GET /sender/notifications/{id}/statistics": (_get(running, mailing), _select(plain)),
            }
            for what, (ours, bare) in pairs.items():
                _compare(context, what, ours, bare, count)


def _compare(context: Context, what: str, ours: Request, bare: Request, count: int) -> None:
    mine: list[Load] = []
    theirs: list[Load] = []
    first = Numbers.take(40)
    load(bare, count=20, first=first)
    load(ours, count=20, first=first)
    for _ in range(context.repeat):
        theirs.append(load(bare, count=count, first=Numbers.take(count)))
        mine.append(load(ours, count=count, first=Numbers.take(count)))
    context.say(f"api, {what}: {mine[-1].rate:,.0f}/s beside {theirs[-1].rate:,.0f}/s, p99 {mine[-1].p99:.0f} ms")
    against = "a bare view with one " + ("INSERT" if ours.body else "SELECT")
    context.findings.rows.append(
        Row(
            piece="api", what=what, unit="requests/s", ours=[x.rate for x in mine], against=against,
            beside=[x.rate for x in theirs], goal=Goal(">=", 0.5),
        )
    )  # fmt: skip
    for name in ("p50", "p99"):
        context.findings.rows.append(
            Row(
                piece="api", what=f"{what}, {name}", unit="ms", ours=[getattr(x, name) for x in mine], against=against,
                beside=[getattr(x, name) for x in theirs],
            )
        )  # fmt: skip


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


def _insert(plain: str) -> Request:
    return Request(f"{plain}/insert/", (), _client, 201)


def _select(plain: str) -> Request:
    return Request(f"{plain}/select/")


def _get(running: Cluster, mailing: int) -> Request:
    return Request(f"{running.url}/sender/notifications/{mailing}/statistics?page_size=1", _bearer(running))


def post_mailing(running: Cluster) -> Request:
    """Mailings of next week: they cost what a mailing costs to make, and nothing is sent."""
    start, end = _later(7), _later(8)

    def body(number: int) -> bytes:
        return orjson.dumps(
            {
                "name": f"bench {number}",
                "message_text": "text",
                "start_time": start,
                "end_time": end,
                "filter": {"tag": ["nobody"], "operator_code": None},
                # The plain view reads these.
                "phone_number": str(79_000_000_000 + number), "tag": "tag", "timezone": "Europe/Moscow",
            }
        )  # fmt: skip

    return Request(f"{running.url}/sender/notifications", _bearer(running), body, 201)


def _client(number: int) -> bytes:
    return orjson.dumps({"phone_number": str(79_000_000_000 + number), "tag": "tag", "timezone": "Europe/Moscow"})


def _bearer(running: Cluster) -> tuple[str, ...]:
    return (f"Authorization: Bearer {running.access()}",)


def _later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@contextmanager
def _plain_views(running: Cluster, folder: Path) -> Iterator[str]:
    """The plain views on the cluster's own database; their URL."""
    port = free_port("127.0.0.1")
    env = {**os.environ, **running.environment}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    log = folder / "plain-views.log"
    process = spawn([sys.executable, "-m", "bench.baselines.plain_views", "--port", str(port)], env=env, log=log)
    url = f"http://127.0.0.1:{port}"
    try:
        if not wait_for(lambda: answers(f"{url}/select/"), seconds=20):
            raise ClusterError(f"the plain views do not start:\n{log.read_text(errors='replace')[-1500:]}")
        yield url
    finally:
        stop(process, by=signal.SIGTERM, seconds=5)
