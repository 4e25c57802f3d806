"""A cluster to measure: the very ``vestnik up``, on a home of its own, with ``fsync`` on."""

import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench.processes import Cpu, cpu_by_kind
from vestnik.cluster.home import Home
from vestnik.cluster.postgres import Postgres
from vestnik.cluster.processes import piped, wait_for
from vestnik.cluster.rest import Rest
from vestnik.errors import ClusterError

#: What a token of a gateway looks like: its length is part of every request.
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "a" * 60 + "." + "b" * 43
TEXT = "Здравствуйте! Ваш заказ готов, ждём вас сегодня до 21:00."
#: What a test or a shell may have set, and a cluster of its own must not take.
_NOT_OURS = ("DATABASE_URL", "BROKER_URL", "SECRET_KEY", "VESTNIK_SIMULATOR", "PUBLIC_URL", "GATEWAY_MAX_RATE")
_FIRST_PHONE = 79_000_000_000
#: Seconds.
_STOP, _MAILING = 30.0, 300.0


class Cluster:
    """One running ``vestnik up``. Made by :func:`cluster`."""

    def __init__(self, home: Home, pid: int, password: str) -> None:
        running = home.running()
        assert running is not None
        self.home = home
        self.pid = pid
        self.url = running.url
        self.database_url = running.environment["DATABASE_URL"]
        self.broker_url = running.environment["BROKER_URL"]
        self.environment = running.environment
        self.user = {"username": "admin", "password": password}
        self.rest = Rest(self.url)
        self.rest.log_in(**self.user)
        self.db = psycopg.connect(self.database_url, autocommit=True)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement."""
        cursor = self.db.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def figure(self, statement: str, *values: Any) -> Any:
        """The only figure of one statement."""
        return self.query(statement, *values)[0][0]

    def access(self) -> str:
        """An access token of the administrator."""
        return str(self.rest.post("/auth/login/", self.user)["access"])

    def cpu(self) -> Cpu:
        """Seconds of processor time so far, by kind of process. Our own connection's is a part of the database's."""
        return cpu_by_kind(self.pid)

    def add_clients(self, tag: str, count: int) -> None:
        """Clients with a tag of their own, so that a mailing to it has an audience of that size."""
        self.query(
            "INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone)"
            " SELECT %s + p + n, 900 + n %% 100, %s, 'Europe/Moscow'"
            " FROM generate_series(1, %s) n, (SELECT count(*) AS p FROM vestnik_client) c",
            _FIRST_PHONE, tag, count,
        )  # fmt: skip
        self.query("VACUUM ANALYZE vestnik_client")

    def post_mailing(self, tag: str, **more: object) -> int:
        """A mailing to a tag that starts now, made through the REST API as anybody would; its id."""
        ends = datetime.now(UTC) + timedelta(hours=6)
        body = {
            "message_text": TEXT,
            "filter": {"tag": [tag], "operator_code": None},
            "end_time": ends.isoformat(),
            **more,
        }
        return int(self.rest.post("/sender/notifications", body)["id"])

    def run_mailing(self, tag: str) -> "Sent":
        """Send a mailing to a tag and wait until every status of it is durable and its books are frozen."""
        cpu, began = self.cpu(), time.time()
        mailing = self.post_mailing(tag)
        if not wait_for(lambda: self.is_over(mailing), seconds=_MAILING, pause=0.05):
            raise ClusterError(f"mailing {mailing} is not over after {_MAILING:.0f} s: {self.progress(mailing)}")
        spent = {kind: seconds - cpu.get(kind, 0.0) for kind, seconds in self.cpu().items()}
        return Sent(self, mailing, began, spent)

    def is_over(self, mailing: int) -> bool:
        """Are the books of the mailing frozen?"""
        return bool(self.query("SELECT 1 FROM vestnik_mailing WHERE id = %s AND frozen_at IS NOT NULL", mailing))

    def progress(self, mailing: int) -> str:
        """How far it is, in words."""
        rows = self.query(
            "SELECT sum(queued), sum(sending), sum(sent) FROM vestnik_batch WHERE mailing_id = %s", mailing
        )
        return "queued {}, sending {}, sent {}".format(*rows[0])


class Sent:
    """A mailing that is over: how long it took, by the ledger's own clock (this machine's), and what it cost.

    - ``seconds``: from the POST to the commit that froze the books.
    - ``first``: from the POST to the first message's outcome. ``audience``: from the start to the last message made.
    """

    def __init__(self, cluster: Cluster, mailing: int, began: float, cpu: Cpu) -> None:
        self.mailing = mailing
        self.cpu = cpu
        ((started, prepared, frozen, totals),) = cluster.query(
            "SELECT started_at, prepared_at, frozen_at, totals FROM vestnik_mailing WHERE id = %s", mailing
        )
        ((first, last),) = cluster.query(
            "SELECT min(sent_at), max(sent_at) FROM vestnik_message WHERE mailing_id = %s", mailing
        )
        self.messages: int = totals["sent"]
        if self.messages != sum(totals.values()):
            raise ClusterError(f"not every message of mailing {mailing} was sent: {totals}")
        self.seconds: float = frozen.timestamp() - began
        self.first: float = first.timestamp() - began
        self.sending: float = last.timestamp() - first.timestamp()
        self.audience: float = (prepared - started).total_seconds()

    @property
    def rate(self) -> float:
        """Messages per second, end to end."""
        return self.messages / self.seconds


@contextmanager
def cluster(
    folder: Path, *, gateway: str | None, dispatchers: int = 2, settings: Mapping[str, str] | None = None,
    database: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:  # fmt: skip
    """A running cluster for as long as the block lasts.

    Args:
        folder: its home, which is made if it is missing.
        gateway: the base URL of what takes the messages; None: the simulator.
        dispatchers: how many.
        settings: more of the environment.
        database: more of PostgreSQL's settings.

    Raises:
        ClusterError: it does not start.
    """
    password = secrets.token_urlsafe(12)
    env = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    env |= {"ADMIN_PASSWORD": password, "DJANGO_SETTINGS_MODULE": "vestnik.settings"}
    if gateway is not None:
        env |= {"GATEWAY_URL": gateway, "GATEWAY_TOKEN": TOKEN, "GATEWAY_IDEMPOTENT": "true"}
    env |= settings or {}
    home = Home(folder).make()
    if database:
        _set_database(home, database)
    command = [sys.executable, "-m", "vestnik.cluster.cli", "up", "--port", "0", "--home", str(folder)]
    process = piped([*command, "--workers", str(dispatchers)], env=env)
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready "):
                break
        else:
            raise ClusterError("the cluster does not start:\n" + "".join(lines[-10:]))
        running = Cluster(home, process.pid, password)
        with running.db:
            yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(_STOP)


def _set_database(home: Home, settings: Mapping[str, str]) -> None:
    """Make the data folder and write settings that only a start can change."""
    postgres = Postgres(data=home.postgres, sockets=home.sockets(), password=home.secrets().postgres_password)
    postgres.initialise()
    with (postgres.data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
