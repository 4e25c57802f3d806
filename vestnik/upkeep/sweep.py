"""The sweep does everything that is due. Every worker process may run it, one at a time."""

import logging
from collections.abc import Callable

from django.conf import settings

from vestnik.db.connection import Connection
from vestnik.db.locks import Lock, session_lock
from vestnik.db.notify import notify
from vestnik.ledger.direct import close_days
from vestnik.ledger.leases import next_lapsed, take_over
from vestnik.mailings.finish import expire_unstarted, finish_settled, settle_ended
from vestnik.mailings.start import start_due
from vestnik.mailings.without_gateway import pause_without_gateway
from vestnik.message_lines import log_changes
from vestnik.metrics.counted import IN_DOUBT, LEASES_TAKEN_OVER
from vestnik.models import DEFAULT_GATEWAY, STATE_WORDS

log = logging.getLogger(__name__)


def sweep(connection: Connection, *, idempotent: bool, stopped: Callable[[], bool], force: bool = False) -> bool:
    """Start mailings that are due, pause those that no gateway is left for, take over lapsed leases, settle and finish.

    The day of single messages ends here, too.

    Every step is a conditional UPDATE, safe to repeat, to be interrupted and to run twice at once. The lock only saves
    work; ``force`` goes on without it, when its holder seems to be stopped.
    Returns False when another process sweeps just now.
    """
    with session_lock(connection, Lock.SWEEP) as alone:
        if not (alone or force):
            return False
        start_due(connection)
        pause_without_gateway(connection)
        expire_unstarted(connection)
        close_days(connection, zone=settings.TIME_ZONE)
        recover_lapsed(connection, idempotent=idempotent, stopped=stopped)
        settle_ended(connection, stopped=stopped)
        finish_settled(connection)
    return True


def recover_lapsed(connection: Connection, *, idempotent: bool, stopped: Callable[[], bool]) -> int:
    """Take over every lapsed lease, each in a transaction of its own. Return their number.

    The holder of a lapsed lease was killed, or stopped for longer than its lease. Its batch becomes ready again.
    Messages in doubt are sent again with the same id if the gateway is idempotent. Otherwise they become ``unknown``.
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
        repeats = idempotent if lapsed.gateway == DEFAULT_GATEWAY else lapsed.idempotent
        unknown, again, changed = take_over(connection, lapsed, idempotent=repeats)
    log.warning(
        "took over a lapsed lease: %s sent again, %s unknown", again, unknown,
        extra={"mailing": lapsed.mailing, "batch": lapsed.batch},
    )  # fmt: skip
    log_changes(changed, STATE_WORDS, mailing=lapsed.mailing, batch=lapsed.batch, code="in_doubt")
    LEASES_TAKEN_OVER.inc()
    IN_DOUBT.labels("unknown").inc(unknown)
    IN_DOUBT.labels("queued").inc(again)
    return True
