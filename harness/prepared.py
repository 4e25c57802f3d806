"""A PostgreSQL that is made and migrated once for a session of tests, whose clusters then start on copies of it.

Without it each start spends some two seconds of a processor on initdb and on all migrations. Tests
of the first start itself do without.
"""

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from vestnik.cluster.home import Home, write_private
from vestnik.cluster.home_secrets import completed
from vestnik.cluster.postgres import Postgres
from vestnik.cluster.processes import spawn, stop

#: Names the session's folder to all of its processes. Not set: every home is made in the usual way.
FOLDER = "VESTNIK_TEST_PREPARED"


def begin() -> Path:
    """Name a folder to all processes that are started from now on; the first that needs it fills it."""
    folder = tempfile.mkdtemp(prefix="vestnik-prepared-")
    os.environ[FOLDER] = folder
    return Path(folder)


def end(folder: Path) -> None:
    """Remove the folder; copies live on."""
    os.environ.pop(FOLDER, None)
    shutil.rmtree(folder, ignore_errors=True)


def copy_data(to: Path) -> str | None:
    """Copy the data of PostgreSQL to a new folder; the password of its user. None: the session has no data."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return None
    home = _prepared(Path(folder))
    shutil.copytree(home.postgres, to, symlinks=True)
    return home.secrets().postgres_password


def prepare(folder: Path) -> None:
    """Give a home without data a copy, and secrets of its own beside the password. Nothing, if the session has none."""
    home = Home(folder)
    if FOLDER not in os.environ or home.has_ledger:
        return
    password = copy_data(home.make().postgres)
    write_private(home.secrets_file, completed({"postgres_password": password or ""}))


def _prepared(folder: Path) -> Home:
    """The home with the data, which the first caller makes while the others wait."""
    home = Home(folder / "home").make()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            _fill(home)
            (folder / "done").touch()
    return home


def _fill(home: Home) -> None:
    postgres = Postgres(data=home.postgres, sockets=home.sockets(), password=home.secrets().postgres_password)
    postgres.initialise()
    log = home.log("postgresql")
    server = spawn(postgres.command(), env=os.environ, log=log, death_signal=signal.SIGINT)
    try:
        postgres.wait_ready(seconds=120, log=log)
        settings = {
            "DATABASE_URL": postgres.url,
            "BROKER_URL": "memory://",
            "GATEWAY_URL": "http://127.0.0.1:9",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DJANGO_SETTINGS_MODULE": "vestnik.settings",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env={**os.environ, **settings}, check=True, timeout=240)
    finally:
        stop(server, by=signal.SIGINT, seconds=60)
