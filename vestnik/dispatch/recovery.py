"""Leases that lapsed are taken over: their holder was killed, or was stopped for longer than its lease."""

import logging
from collections.abc import Callable

from vestnik.db.connection import Connection, run
from vestnik.db.sql_files import sql
from vestnik.message_lines import log_changes
from vestnik.metrics.counted import IN_DOUBT, LEASES_TAKEN_OVER
from vestnik.models import STATE_WORDS

SQL = "vestnik.dispatch"
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
        connection.execute("SELECT pg_notify('vestnik', 'recovered')")
    return taken


def _recover_one(connection: Connection, *, idempotent: bool) -> bool:
    with connection.transaction():
        rows = run(connection, SQL, "next_lapsed_lease")
        if not rows:
            return False
        batch, mailing, first, mark = rows[0]
        statement = sql(SQL, "settle_in_doubt").format(is_sending=sql("vestnik.models", "message_is_sending"))
        values = {"batch": batch, "mailing": mailing, "first": first, "mark": mark or 0, "idempotent": idempotent}
        ((unknown, again, rows),) = connection.execute(statement.encode(), values).fetchall()
    log.warning(
        "took over a lapsed lease: %s sent again, %s unknown", again, unknown,
        extra={"mailing": mailing, "batch": batch},
    )  # fmt: skip
    log_changes(rows, STATE_WORDS, mailing=mailing, batch=batch, code="in_doubt")
    LEASES_TAKEN_OVER.inc()
    IN_DOUBT.labels("unknown").inc(unknown)
    IN_DOUBT.labels("queued").inc(again)
    return True
