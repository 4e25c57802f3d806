"""Backup and restore of the ledger, with PostgreSQL's own ``pg_dump`` and ``pg_restore``.

Those of the server's own version where they are installed, else those of the wheel that the embedded server comes from.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from vestnik.cluster.postgres import wheel_program
from vestnik.errors import ClusterError


def dump(url: str, file: Path) -> int:
    """Write the whole ledger into ``file``, as it is at one instant; sending goes on meanwhile. Returns its bytes.

    The file is whole or not there, and its owner's alone. It holds phones, texts and password hashes.

    Raises:
        ClusterError: it failed; the message has the end of pg_dump's output.
    """
    half = file.with_name(file.name + ".part")
    half.unlink(missing_ok=True)
    try:
        os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={half}")
        half.replace(file)
    except OSError as error:
        raise ClusterError(f"The backup cannot be written to {file}: {error.strerror}.") from error
    finally:
        half.unlink(missing_ok=True)
    return file.stat().st_size


def load(url: str, file: Path) -> None:
    """Restore ``file`` into an empty database, whole or not at all.

    Raises:
        ClusterError: the database is not empty, or it failed; the message has the end of pg_restore's output.
    """
    with psycopg.connect(url, connect_timeout=10) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema$)' LIMIT 1"
        ).fetchall()
    if found:
        raise ClusterError("The database is not empty: restore into one of its own (createdb), then let it take over.")
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    _run("pg_restore", url, *options, str(file))


def _run(program: str, url: str, *options: str) -> None:
    settings: dict[str, Any] = dict(conninfo_to_dict(url))
    password = settings.pop("password", None)
    # Anybody on the machine may read a command line; the environment is ours alone.
    env = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    command = [str(_program(program, _server_major(url))), f"--dbname={make_conninfo(**settings)}", *options]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"{program} failed:\n{done.stderr.strip()[-800:]}")


def _server_major(url: str) -> int:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        words = str(error).splitlines()[0]
        raise ClusterError(f"The ledger cannot be reached: {words}") from error


def _program(name: str, major: int) -> Path:
    """The program of the server's own version, else a newer one: an older one refuses, or loses something.

    A ``pg_restore`` of 17 or newer sets what servers before 17 do not know.
    """
    found = [Path(f"/usr/lib/postgresql/{major}/bin/{name}"), *_on_path(name), *wheel_program(name)]
    versions = {path: _version(path) for path in found if path.exists()}
    same = [path for path, version in versions.items() if version == major]
    newer = [path for path, version in versions.items() if version > major and (name == "pg_dump" or major >= 17)]
    for path in (*same, *newer):
        return path
    raise ClusterError(f"{name} {major} is missing: install it (Debian: apt-get install postgresql-client-{major}).")


def _on_path(name: str) -> list[Path]:
    found = shutil.which(name)
    return [Path(found)] if found else []


def _version(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\) (\d+)", said)
    return int(match.group(1)) if match else 0
