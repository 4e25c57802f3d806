"""Takes over leases that lapsed: their holder was killed, or was stopped for longer than its lease."""

import logging
from collections.abc import Callable

from vestnik.db.connection import Connection
from vestnik.db.notify import notify
from vestnik.ledger.leases import next_lapsed, take_over
from vestnik.message_lines import log_changes
from vestnik.metrics.counted import IN_DOUBT, LEASES_TAKEN_OVER
from vestnik.models import STATE_WORDS

log = logging.getLogger(__name__)


def recover_lapsed(connection: Connection, *, idempotent: bool, stopped: Callable[[], bool]) -> int:
    """Settle the in-doubt rows of every lapsed lease and make its batch ready again, one transaction each.

    At an idempotent gateway they leave again under the same id, else they become ``unknown``.
    Returns the number of leases taken over.
    """
    taken = 0
    while not stopped() and _recover_one(connection, idempotent=idempotent):
        taken += 1
    if taken:
        notify(connection, "recovered")
    return taken


def _recover_one(connection: Connection, *, idempotent: bool) -> bool:
    with connection.transaction():
        lapsed = next_lapsed(connection)
        if lapsed is None:
            return False
        unknown, again, changed = take_over(connection, lapsed, idempotent=idempotent)
    log.warning(
        "took over a lapsed lease: %s sent again, %s unknown", again, unknown,
        extra={"mailing": lapsed.mailing, "batch": lapsed.batch},
    )  # fmt: skip
    log_changes(changed, STATE_WORDS, mailing=lapsed.mailing, batch=lapsed.batch, code="in_doubt")
    LEASES_TAKEN_OVER.inc()
    IN_DOUBT.labels("unknown").inc(unknown)
    IN_DOUBT.labels("queued").inc(again)
    return True
