"""Prepares the ledger at a start, before anything serves: migrations, and the first administrator.

``vestnik up`` runs it as a process of its own, so that the supervisor stays small and knows no Django.
"""

import gc
import os
import sys
import time

import django
from django.core.management import call_command
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from vestnik.cluster.prepared import Prepared
from vestnik.cluster.reported import reported
from vestnik.db.connection import open_connection, set_for_session
from vestnik.environment import OPEN_REGISTRATION
from vestnik.errors import ClusterError, InvalidInput, SettingError

#: Milliseconds that a migration waits for a lock, seconds between tries, and tries: ten minutes in all.
LOCK_MILLISECONDS, PAUSE_SECONDS, TRIES = 2_000, 3.0, 120


def prepare() -> str | None:
    """Migrate, and make the first administrator; his password if it was generated.

    Raises:
        SettingError: ADMIN_EMAIL or ADMIN_PASSWORD is not good enough.
    """
    django.setup()
    # Models can be imported only now.
    from vestnik.accounts.administrators import ensure_first_administrator  # noqa: PLC0415
    from vestnik.upkeep.restored import hold_if_restored  # noqa: PLC0415

    migrate()
    with open_connection("prepare") as ledger:
        hold_if_restored(ledger)
    try:
        return ensure_first_administrator(
            email=os.environ.get("ADMIN_EMAIL", ""), password=os.environ.get("ADMIN_PASSWORD", "")
        )
    except InvalidInput as error:
        ((field, texts), *_) = error.fields.items()
        raise SettingError(f"ADMIN_{field.upper()}", f"is not good enough: {' '.join(texts)}") from error


def migrate() -> None:
    """Bring the tables up to date while others work on them.

    A migration that waits for a lock makes everybody behind it wait, too: so it gives up after two seconds, and tries
    again until the long statement before it is over.

    Raises:
        ClusterError: the tables were in use for all of the ten minutes.
    """
    for _ in range(TRIES):
        try:
            set_for_session(connection, lock_timeout=f"{LOCK_MILLISECONDS}ms")
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return
        finally:
            connection.close()
    raise ClusterError("The migrations cannot get at a table that is in use for long: check pg_stat_activity.")


def main() -> None:
    """Prepare, and print for the calling process what it says at its start."""
    gc.disable()  # it ends soon
    password = prepare()
    # Models can be imported only now.
    from vestnik.accounts.registration import strangers_may_send  # noqa: PLC0415
    from vestnik.routing.reach import notice, reach  # noqa: PLC0415

    attention = OPEN_REGISTRATION if strangers_may_send() else ""
    sys.stdout.write(Prepared(password=password or "", attention=attention, gateway=notice(reach())).as_line())


if __name__ == "__main__":
    reported(main)
