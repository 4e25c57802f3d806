"""Servers that Vestnik is run against from outside: PostgreSQL and brokers on TCP ports of their own, in given folders.

None runs as root, none touches what the machine itself runs, each ends with the block that started it, or with us.
"""

import base64
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    with running("postgres", command, folder, lambda: _takes_connections(url), by=signal.SIGINT):
        yield url


@contextmanager
def redis(folder: Path, program: Path, *more: str) -> Iterator[str]:
    """A Redis or Valkey that keeps nothing, with many databases. Yields its URL without a database.

    Args:
        folder: where it works.
        program: the server.
        more: options of its command line.
    """
    port = free_port("127.0.0.1")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", "1000"]
    with running(program.name, [str(program), *options, *more], folder, lambda: _listens(port)):
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def rabbitmq(
    folder: Path, program: Path, *, places: int, definitions: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """A RabbitMQ with virtual hosts ``0`` to ``places - 1``. Yields its URL without one.

    Args:
        folder: where it keeps everything.
        program: RabbitMQ's own ``rabbitmq-server``, not the wrapper that insists on a certain user.
        places: how many virtual hosts.
        definitions: what else it has from the start, in RabbitMQ's own form: lists by ``queues``, ``vhosts`` …
    """
    port, mapper, password = free_port("127.0.0.1"), free_port("127.0.0.1"), secrets.token_urlsafe(12)
    _write_rabbitmq_files(folder, port, _definitions(password, places, definitions or {}))
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RABBITMQ_")},
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"vestnik{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port("127.0.0.1")),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
    }
    become = not_as_root(folder)
    with (
        # Erlang would start its port mapper by itself, and leave it running.
        running("epmd", [*become, "epmd"], folder, lambda: _listens(mapper), env=env),
        running("rabbitmq", [*become, str(program)], folder, lambda: _listens(port), env=env, seconds=120),
    ):
        yield f"amqp://vestnik:{password}@127.0.0.1:{port}"


def _definitions(password: str, places: int, more: Mapping[str, Any]) -> dict[str, Any]:
    names = [str(number) for number in range(places)]
    salt = secrets.token_bytes(4)
    digest = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    user = {"name": "vestnik", "password_hash": digest, "tags": []}
    allowed = {"user": "vestnik", "configure": ".*", "write": ".*", "read": ".*"}
    limited = {permission["vhost"] for permission in more.get("permissions", ())}
    everywhere = [*names, *(vhost["name"] for vhost in more.get("vhosts", ()) if vhost["name"] not in limited)]
    made: dict[str, list[dict[str, Any]]] = {
        "users": [{**user, "hashing_algorithm": "rabbit_password_hashing_sha256"}],
        "vhosts": [{"name": name} for name in names],
        "permissions": [{**allowed, "vhost": name} for name in everywhere],
    }
    return {**made, **{name: [*made.get(name, []), *entries] for name, entries in more.items()}}


def _write_rabbitmq_files(folder: Path, port: int, definitions: Mapping[str, Any]) -> None:
    (folder / "definitions.json").write_text(json.dumps(definitions))
    (folder / "plugins").write_text("[].\n")
    settings = [f"listeners.tcp.1 = 127.0.0.1:{port}", f"load_definitions = {folder / 'definitions.json'}"]
    (folder / "rabbitmq.conf").write_text("\n".join([*settings, "log.console = true", "log.file = false", ""]))


@contextmanager
def running(
    name: str,
    command: list[str],
    folder: Path,
    is_ready: Callable[[], bool],
    *,
    env: Mapping[str, str] = os.environ,
    by: signal.Signals = signal.SIGTERM,
    seconds: float = 60.0,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A server that is ready, until the block ends.

    Args:
        name: of its log.
        command: program and arguments.
        folder: where it works, and logs.
        is_ready: asked until it says yes.
        env: its environment.
        by: the signal that asks it to end.
        seconds: how long it may take to be ready.
    """
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
