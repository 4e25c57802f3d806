"""Works on a home whose cluster is stopped: runs its PostgreSQL alone, or gives it a new password."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from vestnik.cluster.home import Home, write_private
from vestnik.cluster.home_secrets import completed, read_known
from vestnik.cluster.postgres import Postgres
from vestnik.cluster.processes import spawn, stop
from vestnik.errors import ClusterError

#: Seconds that a server of ours may take to be ready (it may have to recover first), and to end.
START_SECONDS, STOP_SECONDS = 300.0, 60.0


@contextmanager
def server_alone(home: Home, *, new: bool) -> Iterator[str]:
    """The PostgreSQL of a home, and nothing else of its cluster, as long as the block lasts. Gives its URL.

    Args:
        home: no cluster runs on it.
        new: the home must not hold a ledger yet; what is made is removed again when the block fails.

    Raises:
        ClusterError: a cluster runs there; it holds a ledger already (``new``), or none.
    """
    os.umask(0o077)
    home.make()
    home.lock()
    held = (home.postgres / "PG_VERSION").exists()
    if held and new:
        raise ClusterError(f"{home.folder} already contains a ledger: restore into a --home of its own.")
    if not held and not new:
        raise ClusterError(f"{home.folder} contains no ledger.")
    postgres = Postgres(
        data=home.postgres, sockets=home.sockets(), password=home.secrets().postgres_password
    )  # fmt: skip
    postgres.initialise()
    postgres.clear_stale_locks()
    log = home.log("postgresql")
    process = spawn(postgres.command(), env=os.environ, log=log, death_signal=signal.SIGINT)
    done = False
    try:
        postgres.wait_ready(seconds=START_SECONDS, log=log)
        yield postgres.url
        done = True
    finally:
        stop(process, by=signal.SIGINT, seconds=STOP_SECONDS)
        home.drop_sockets()
        if new and not done:
            shutil.rmtree(home.postgres, ignore_errors=True)
        home.unlock()


def renew_password(home: Home) -> list[str]:
    """Give the database of a home a new password, and make the other secrets that are missing.

    Returns the names of what is new. The password is set first: a run that was broken off can be repeated.

    Raises:
        ClusterError: a cluster runs on the home, it holds no ledger, or PostgreSQL refused.
    """
    if not home.has_ledger:
        raise ClusterError(f"{home.folder} contains no ledger.")
    os.umask(0o077)
    home.make()
    home.lock()
    try:
        known = read_known(home.secrets_file)
        kept = {name: value for name, value in known.items() if name != "postgres_password"}
        made = completed(kept)
        postgres = Postgres(data=home.postgres, sockets=home.sockets(), password=made["postgres_password"])
        postgres.clear_stale_locks()
        postgres.set_password()
        write_private(home.secrets_file, made)
    finally:
        home.drop_sockets()
        home.unlock()
    return [name for name in made if name not in kept]
