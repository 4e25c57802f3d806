"""A real cluster: ``vestnik up`` in processes of its own, on a home and a port of its own, and how to ask it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests

from harness.outside import settings_for
from harness.prepared import prepare
from harness.rest import logged_in, post_mailing
from harness.rows import add_clients, is_over
from harness.simulator_client import SimulatorClient
from vestnik.cluster.home import Home
from vestnik.cluster.processes import piped, wait_for
from vestnik.cluster.rest import Rest
from vestnik.errors import ClusterError

#: What a session of tests or a shell may have set, and a cluster of its own must not inherit.
SETTINGS = (
    "DATABASE_URL",
    "BROKER_URL",
    "GATEWAY_URL",
    "GATEWAY_TOKEN",
    "GATEWAY_MAX_RATE",
    "ADMIN_PASSWORD",
    "SECRET_KEY",
    "VESTNIK_SIMULATOR",
    "PUBLIC_URL",
)
_LIVE = "SELECT id FROM vestnik_mailing WHERE kind = 'bulk' AND state IN ('scheduled', 'running', 'paused')"
_AS_NEW = (
    "UPDATE vestnik_route SET removed_at = now() WHERE removed_at IS NULL",
    "UPDATE vestnik_gateway SET enabled = false WHERE name <> 'default'",
    "UPDATE vestnik_user SET username = 'left-' || id, name_key = NULL, email = '' WHERE username <> 'admin'",
    "DELETE FROM vestnik_tries",
    "DELETE FROM vestnik_draft",
    "DELETE FROM vestnik_segment",
    "DELETE FROM vestnik_template",
    "DELETE FROM vestnik_client",
    "DELETE FROM vestnik_attribute",
    "DELETE FROM vestnik_stoppedphone",
)
START_SECONDS, STOP_SECONDS = 120.0, 15.0


class Cluster:
    """One ``vestnik up``, from its start until :meth:`stop`.

    Its stores are its own, embedded ones where ``embedded`` says so; else those from outside, where there are some.
    ``fresh``: it makes and migrates its database itself, also where the session has one to copy.
    """

    def __init__(
        self,
        home: Path,
        *options: str,
        env: Mapping[str, str] | None = None,
        prefix: tuple[str, ...] = (),
        embedded: bool = False,
        fresh: bool = False,
    ):
        self.home = Home(home)
        self.lines: list[str] = []
        command = [*prefix, *vestnik("up", "--port", "0", "--home", str(home), *options)]
        stores = {} if embedded else settings_for(home)
        # Who becomes another user makes a home of his own.
        if not (stores or fresh or prefix):
            prepare(home)
        self.process = piped(command, env=environment({**stores, **(env or {})}))
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def text(self) -> str:
        """What it printed."""
        return "\n".join(self.lines)

    @property
    def url(self) -> str:
        """Where the REST API is."""
        return self.matched(r"^ready (http\S+)")

    @property
    def gateway(self) -> SimulatorClient:
        """Its gateway simulator."""
        return SimulatorClient(self.matched(r"^gateway +ready in \S+ s +(http\S+)"), "")

    @property
    def password(self) -> str:
        """The first administrator's."""
        return self.matched(r"^administrator +\S+, password (\S+)")

    def wait_ready(self) -> "Cluster":
        """Wait for the ready line."""
        ended = wait_for(lambda: "\nready " in self.text or self.process.poll() is not None, seconds=START_SECONDS)
        assert ended and self.process.poll() is None, self.text  # noqa: PT018 - one question: is it ready?
        return self

    def matched(self, pattern: str) -> str:
        """The first group of a pattern in the output."""
        found = re.search(pattern, self.text, re.MULTILINE)
        assert found, self.text
        return found.group(1)

    @property
    def pid(self) -> int:
        """Of its supervisor."""
        return self.process.pid

    @cached_property
    def environment(self) -> dict[str, str]:
        """What its parts have in common, the database and the broker among it."""
        running = self.home.running()
        assert running is not None, self.text
        return running.environment

    @property
    def database_url(self) -> str:
        """Where its ledger is."""
        return self.environment["DATABASE_URL"]

    @property
    def broker_url(self) -> str:
        """Where its broker is."""
        return self.environment["BROKER_URL"]

    # -- its REST API

    @property
    def user(self) -> dict[str, str]:
        """The first administrator, as a body of a login."""
        return {"username": "admin", "password": self.password}

    @cached_property
    def rest(self) -> Rest:
        """A client of its REST API, as the first administrator."""
        return self.logged_in()

    def logged_in(self, username: str = "admin", password: str = "") -> Rest:
        """A client of its REST API."""
        return logged_in(self.url, username=username, password=password or self.password)

    def http(self) -> requests.Session:
        """Plain HTTP as the administrator, for what :class:`Rest` does not send: files, headers, nonsense."""
        session = requests.Session()
        session.trust_env = False  # no proxy stands between us
        session.headers["Authorization"] = f"Bearer {self.access()}"
        return session

    def access(self) -> str:
        """A new access token of the first administrator."""
        return str(Rest(self.url).post("/auth/login/", self.user)["access"])

    def post_mailing(self, tag: str, **more: Any) -> int:
        """Make a mailing to a tag that starts now; its id. ``more``: of its body, e.g. ``ends_in`` in seconds."""
        return post_mailing(self.rest, tag, **more)

    # -- its ledger

    @cached_property
    def db(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection to its ledger that commits each statement; closed at the stop."""
        return psycopg.connect(self.database_url, autocommit=True)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement."""
        cursor = self.db.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def figure(self, statement: str, *values: Any) -> Any:
        """The only figure of one statement."""
        return self.query(statement, *values)[0][0]

    def add_clients(self, tag: str, count: int) -> None:
        """Clients with a tag of their own, so that a mailing to it has an audience of that size."""
        add_clients(self.db, count, tag=tag, first=79_000_000_000, codes=range(900, 1_000))
        self.query("VACUUM ANALYZE vestnik_client")

    def is_over(self, mailing: int) -> bool:
        """Are the totals of a mailing frozen?"""
        return is_over(self.db, mailing)

    def begin_again(self) -> None:
        """Leave nothing of earlier tests that could meet a later one: names, clients, gateways, rules, what still runs.

        What they sent stays in the ledger, and who they were under another name.
        """
        self.gateway.reset()
        for (mailing,) in self.query(_LIVE):
            with contextlib.suppress(ClusterError):  # it may end by itself in this moment
                self.rest.post(f"/sender/notifications/{mailing}/cancel", {})
        assert wait_for(lambda: not self.query(_LIVE), seconds=30)
        for statement in _AS_NEW:
            self.query(statement)

    # -- its processes

    def members(self) -> dict[str, psutil.Process]:
        """Its processes, without those that have ended, by id and command line."""
        found = {}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one, too
                found[f"{child.pid} {' '.join(child.cmdline())}"] = child
        return found

    def member(self, *words: str) -> psutil.Process:
        """The first process with all of these words in its command line."""
        return next(child for line, child in self.members().items() if all(word in line for word in words))

    def stop(self, by: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to stop; the seconds that it took."""
        if "db" in self.__dict__:
            self.db.close()
        began = time.monotonic()
        self.process.send_signal(by)
        self.process.wait(2 * STOP_SECONDS)
        return time.monotonic() - began

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))


def vestnik(*arguments: str) -> list[str]:
    """The command line of a command of ours."""
    return [sys.executable, "-m", "vestnik.cli", *arguments]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This session's environment without its own settings, and more."""
    root = str(Path(__file__).parents[1])
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return {**kept, "PYTHONPATH": root, **(more or {})}


def run(*arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a command of ours to its end."""
    return subprocess.run(
        vestnik(*arguments), env=environment(env), capture_output=True, text=True, timeout=200, check=False
    )


def alive(processes: Mapping[str, psutil.Process]) -> list[str]:
    """Those that run still; zombies do not."""

    def runs(process: psutil.Process) -> bool:
        try:
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return [line for line, process in processes.items() if runs(process)]


@contextmanager
def running_cluster(
    home: Path,
    *options: str,
    env: Mapping[str, str] | None = None,
    prefix: tuple[str, ...] = (),
    embedded: bool = False,
    fresh: bool = False,
) -> Iterator[Cluster]:
    """A cluster that is ready, for as long as the block lasts, unless the block stops it itself."""
    cluster = Cluster(home, *options, env=env, prefix=prefix, embedded=embedded, fresh=fresh)
    try:
        yield cluster.wait_ready()
    finally:
        if cluster.process.poll() is None:
            cluster.stop()
