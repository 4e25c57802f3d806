"""Tells the cluster that something became due: by NOTIFY (what counts), and by a Celery nudge (best effort)."""

import logging

from django.db import connection, transaction
from kombu.exceptions import OperationalError

from vestnik.broker import app

#: The NOTIFY channel on which every worker process listens.
CHANNEL = "vestnik"

log = logging.getLogger(__name__)


def wake_all(kind: str) -> None:
    """Wake sweepers and dispatchers once the surrounding transaction commits. Never raises for a broker that is down.

    Args:
        kind: what changed, for the log: "mailing", "audience", "gateway".
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, kind])
    transaction.on_commit(nudge, robust=True)


def nudge() -> None:
    """Send the Celery nudges. Lost ones cost nothing: NOTIFY, due times and beat's tick do the same."""
    try:
        app.send_task("vestnik.sweep", retry=False)
        app.send_task("vestnik.dispatch", retry=False)
    except (OperationalError, OSError) as error:
        log.warning("the broker did not take a nudge, the ledger's clock does without: %s", error)
