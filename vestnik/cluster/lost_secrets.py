"""``vestnik new-secrets``: a new password for the database of a home whose secrets are lost."""

import os

from vestnik.cluster.home import Home, write_private
from vestnik.cluster.home_secrets import completed, read_known
from vestnik.cluster.postgres import Postgres
from vestnik.errors import ClusterError


def renew_password(home: Home) -> list[str]:
    """Give the database of a home a new password, and make the other secrets that are missing.

    Returns the names of what is new. The password is set first: a run that was broken off can be repeated.

    Raises:
        ClusterError: a cluster runs on the home, it holds no ledger, or PostgreSQL refused.
    """
    if not home.has_ledger:
        raise ClusterError(f"{home.folder} holds no ledger.")
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
