"""Servers that Vestnik is run against from outside: PostgreSQL and brokers on TCP ports of their own, in given folders.

None runs as root, none touches what the machine itself runs, each ends with the block that started it, or with us.
"""

import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from vestnik.cluster.plan import free_port
from vestnik.cluster.privileges import not_as_root
from vestnik.cluster.processes import last_lines, spawn, stop, wait_for

#: Nobody cuts the power of a test.
_NOT_DURABLE = ("-c", "fsync=off", "-c", "full_page_writes=off")


@contextmanager
def postgres(folder: Path, binaries: Path, *, password: str = "") -> Iterator[str]:
    """A PostgreSQL from these binaries, with a role ``vestnik`` that owns everything.

    Yields:
        Its URL without a database: ``postgresql://vestnik:PASSWORD@127.0.0.1:PORT``.
    """
    password, port, data = password or secrets.token_urlsafe(12), free_port("127.0.0.1"), folder / "postgres"
    (folder / "password").write_text(password)
    become = not_as_root(data)
    options = ["-D", str(data), "-U", "vestnik", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}"]
    initdb = [*become, str(binaries / "initdb"), *options, "-E", "UTF8", "--no-locale"]
    subprocess.run(initdb, check=True, capture_output=True)
    where = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "unix_socket_directories="]
    command = [*become, str(binaries / "postgres"), "-D", str(data), *where, *_NOT_DURABLE, "-c", "max_connections=200"]
    url = f"postgresql://vestnik:{password}@127.0.0.1:{port}"
    with _running("postgres", command, folder, lambda: _takes_connections(url), by=signal.SIGINT):
        yield url


@contextmanager
def redis(folder: Path, program: Path) -> Iterator[str]:
    """A Redis or Valkey that keeps nothing, with many databases. Yields its URL without a database."""
    port = free_port("127.0.0.1")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", "1000"]
    with _running(program.name, [str(program), *options], folder, lambda: _listens(port)):
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def _running(
    name: str,
    command: list[str],
    folder: Path,
    is_ready: Callable[[], bool],
    *,
    env: Mapping[str, str] = os.environ,
    by: signal.Signals = signal.SIGTERM,
    seconds: float = 60.0,
) -> Iterator["subprocess.Popen[bytes]"]:
    log = folder / f"{name}.log"
    process = spawn(command, env=env, log=log, death_signal=by, cwd=folder)
    try:
        wait_for(lambda: is_ready() or process.poll() is not None, seconds=seconds)
        assert is_ready(), f"{name} did not start:\n{last_lines(log, 20)}"
        yield process
    finally:
        stop(process, by=by, seconds=20)


def _takes_connections(url: str) -> bool:
    try:
        psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True
