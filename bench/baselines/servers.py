"""Servers beside which our REST API is measured, on the cluster's own PostgreSQL."""

import os
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from psycopg.conninfo import make_conninfo

from bench.baselines import PLAIN_TABLE
from bench.baselines.tutorial.serve import USER
from harness.cluster import Cluster
from vestnik.cluster.plan import free_port
from vestnik.cluster.processes import spawn, stop, wait_for
from vestnik.cluster.rest import DIRECT, Rest
from vestnik.errors import ClusterError

_PLAIN = (
    f"CREATE TABLE {PLAIN_TABLE} (id bigserial PRIMARY KEY, phone_number bigint NOT NULL UNIQUE, tag text NOT NULL,"
    " timezone text NOT NULL)"
)
_PLAIN_ROW = f"INSERT INTO {PLAIN_TABLE} (phone_number, tag, timezone) VALUES (1, 'tag', 'Europe/Moscow')"  # noqa: S608 - ours
#: The tutorials' project has a database of its own.
_DATABASE = "bench_tutorial"


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, its process, and the header that a request needs, if it needs one."""

    url: str
    pid: int
    headers: tuple[str, ...] = ()

    def processes(self) -> list[psutil.Process]:
        """The process and what it has started."""
        main = psutil.Process(self.pid)
        return [main, *main.children(recursive=True)]


@contextmanager
def plain_views(running: Cluster, folder: Path) -> Iterator[Server]:
    """Bare views on the cluster's own database."""
    running.query(_PLAIN)
    running.query(_PLAIN_ROW)
    env = _environment(running)
    command = [sys.executable, "-m", "bench.baselines.plain_views"]
    with _running(command, env, folder / "plain-views.log", ready="/select/") as server:
        yield server


@contextmanager
def tutorial(running: Cluster, folder: Path, *, messages: int) -> Iterator[Server]:
    """The tutorials' project, with so many messages and somebody logged in.

    Raises:
        ClusterError: its tables cannot be made, or it does not start.
    """
    running.query(f"CREATE DATABASE {_DATABASE}")
    env = {**_environment(running), "BENCH_DATABASE": make_conninfo(running.database_url, dbname=_DATABASE)}
    command = [sys.executable, "-m", "bench.baselines.tutorial.serve"]
    prepare = [*command, "--prepare", str(messages), "--port", "0"]
    prepared = subprocess.run(prepare, env=env, capture_output=True, text=True, check=False)
    if prepared.returncode:
        raise ClusterError(f"the tutorials' project makes no tables:\n{prepared.stderr[-1500:]}")
    with _running(command, env, folder / "tutorial.log", ready="/api/token/") as server:
        access = Rest(server.url).post("/api/token/", USER)["access"]
        yield Server(server.url, server.pid, (f"Authorization: Bearer {access}",))


def _environment(running: Cluster) -> dict[str, str]:
    env = {**os.environ, **running.environment}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    return env


@contextmanager
def _running(command: list[str], env: Mapping[str, str], log: Path, *, ready: str) -> Iterator[Server]:
    port = free_port("127.0.0.1")
    process = spawn([*command, "--port", str(port)], env=env, log=log)
    url = f"http://127.0.0.1:{port}"
    try:
        if not wait_for(lambda: _speaks(f"{url}{ready}"), seconds=20):
            raise ClusterError(f"{command[-1]} does not start:\n{log.read_text(errors='replace')[-1500:]}")
        yield Server(url, process.pid)
    finally:
        stop(process, by=signal.SIGTERM, seconds=5)


def _speaks(url: str) -> bool:
    """Is there an answer, whatever it is?"""
    try:
        DIRECT.open(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
