"""The sweep does everything that is due. Every worker process may run it, one at a time."""

from collections.abc import Callable

from vestnik.db.connection import Connection
from vestnik.db.locks import Lock, session_lock
from vestnik.mailings.finish import expire_unstarted, finish_settled, settle_ended
from vestnik.mailings.start import start_due
from vestnik.upkeep.recovery import recover_lapsed


def sweep(connection: Connection, *, idempotent: bool, stopped: Callable[[], bool], force: bool = False) -> bool:
    """Start what is due, take over lapsed leases, settle what is cancelled or past its end, and finish mailings.

    Every step is a conditional UPDATE, safe to repeat, to be interrupted and to run twice at once. The lock only saves
    work; ``force`` goes on without it, when its holder seems to be stopped.
    Returns False when another process sweeps just now.
    """
    with session_lock(connection, Lock.SWEEP) as alone:
        if not (alone or force):
            return False
        start_due(connection)
        expire_unstarted(connection)
        recover_lapsed(connection, idempotent=idempotent, stopped=stopped)
        settle_ended(connection, stopped=stopped)
        finish_settled(connection)
    return True
