"""Faults of the broker and of the database."""

import signal
import socket
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from chaos.stage import Injected, Stage

#: The broker decides nothing, so its faults excuse nothing.
_NOTHING = frozenset(("again", "unknown", "failed"))


def flush_broker(stage: Stage) -> Injected:
    """FLUSHALL, again and again."""
    stage.begin(pace=10)
    times = stage.times(20, 5)
    for _ in range(times):
        _broker_says(stage, b"FLUSHALL\r\n")
        stage.supervisor.pause(stage.random.uniform(0.1, 0.5))
    return Injected(times=times, forbids=_NOTHING)


def kill_broker(stage: Stage) -> Injected:
    """A kill -9 of the broker, which comes back at once."""
    stage.begin(pace=10)
    times = stage.times(5, 2)
    for _ in range(times):
        stage.supervisor.pause(stage.random.uniform(0.5, 1.5))
        stage.supervisor.kill("valkey")
    return Injected(times=times, forbids=_NOTHING)


def broker_away(stage: Stage) -> Injected:
    """No broker for 30 s; a mailing is even created meanwhile by the next scenario's standard: REST needs none."""
    stage.begin(pace=20)
    stage.supervisor.kill("valkey", back=False)
    stage.supervisor.pause(stage.seconds(30, 5))
    stage.supervisor.launch("valkey")
    return Injected(times=1, forbids=_NOTHING)


def restart_database(stage: Stage) -> Injected:
    """Immediate shutdown (as a crash of the machine), and a start at once."""
    times = stage.times(4, 1)
    stage.begin(pace=times * 8)
    for _ in range(times):
        stage.supervisor.pause(stage.random.uniform(1.0, 3.0))
        stage.supervisor.end("postgresql", by=signal.SIGQUIT)
        stage.supervisor.launch("postgresql")
        stage.supervisor.until(stage.database_answers, seconds=30)
    return Injected(times=times, deaths=times * len(stage.supervisor.dispatchers))


def database_away(stage: Stage) -> Injected:
    """No database for 20 s: longer than the leases last."""
    stage.begin(pace=25)
    stage.supervisor.end("postgresql", by=signal.SIGQUIT)
    stage.supervisor.pause(stage.seconds(20, 12))
    stage.supervisor.launch("postgresql")
    stage.supervisor.until(stage.database_answers, seconds=30)
    return Injected(times=1, deaths=len(stage.supervisor.dispatchers))


def cut_connections(stage: Stage) -> Injected:
    """pg_terminate_backend of whoever works for us, whatever it does."""
    times = stage.times(30, 5)
    stage.begin(pace=times * 0.5)
    cut = 0
    for _ in range(times):
        stage.supervisor.pause(stage.random.uniform(0.1, 0.6))
        cut += len(_ours(stage, "SELECT pg_terminate_backend(pid)", ""))
    return Injected(times=cut, forbids=_NOTHING)


def cancel_flushes(stage: Stage) -> Injected:
    """Statements are cancelled in the middle of flushes: what PostgreSQL does at a statement timeout (57014)."""
    stage.begin(pace=15)
    wanted = stage.times(100, 10)
    until = time.monotonic() + stage.seconds(20, 6)
    cancelled = 0
    while cancelled < wanted and time.monotonic() < until:
        cancelled += len(_ours(stage, "SELECT pg_cancel_backend(pid)", "AND state = 'active'"))
        stage.supervisor.pause(0.03)
    problems = [] if cancelled else ["no statement was caught in the middle"]
    return Injected(times=cancelled, forbids=_NOTHING, problems=problems)


def lock_batches(stage: Stage) -> Injected:
    """Somebody locks the batches for longer than the leases last: flushes wait, nothing is handed over meanwhile."""
    stage.begin(pace=25)
    with psycopg.connect(stage.supervisor.database_url) as connection:
        connection.execute("LOCK TABLE vestnik_batch IN ACCESS EXCLUSIVE MODE")
        stage.supervisor.pause(stage.seconds(14, 12))
        connection.rollback()
    return Injected(times=1, deaths=len(stage.supervisor.dispatchers))


def fill_disk(stage: Stage) -> Injected:
    """The database's disk is full for a while."""
    stage.begin(pace=15)
    stage.supervisor.pause(1.0)
    ballast = Path(stage.supervisor.plan.home.folder, "ballast")
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(bytes(65_536))
                file.flush()
        except OSError:
            pass  # full
    until = time.monotonic() + stage.seconds(12, 5)
    failures = 0
    while time.monotonic() < until:
        failures += not _needs_room(stage)
        stage.supervisor.pause(0.2)
    ballast.unlink()
    stage.supervisor.until(stage.database_answers, seconds=60)
    stage.supervisor.surprises.clear()  # without room for its log PostgreSQL stopped, and was started again
    problems = [] if failures else ["the database never missed the room"]
    return Injected(times=1, deaths=len(stage.supervisor.dispatchers), problems=problems)


def _needs_room(stage: Stage) -> bool:
    """Have the database begin another file of its log: on a full disk it cannot."""
    try:
        stage.ledger.query("SELECT pg_switch_wal()")
    except psycopg.Error:
        return False
    return True


def _ours(stage: Stage, do: str, condition: str) -> list[tuple[object, ...]]:
    """Do something to the connections of the dispatchers and keepers."""
    where = f"application_name LIKE 'vestnik %' AND pid <> pg_backend_pid() {condition}"
    return stage.ledger.query(f"{do} FROM pg_stat_activity WHERE {where}")


def _broker_says(stage: Stage, command: bytes) -> None:
    url = urlsplit(stage.supervisor.plan.settings.broker_url)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(unquote(url.path))
        connection.sendall(b"AUTH " + unquote(url.password or "").encode() + b"\r\n" + command)
        answer = b""
        while answer.count(b"\r\n") < 2:
            answer += connection.recv(256)
    assert answer.count(b"+OK") == 2, answer
