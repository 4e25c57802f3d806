"""The thread that every worker process has: listens to the ledger, sweeps when something is due.

It needs no broker and no beat: due times are columns, NOTIFY says that one changed, and it sleeps until the next.
"""

import time
from collections.abc import Callable

from django.conf import settings

from vestnik.audience.build import build_audiences
from vestnik.db.connection import Connection, open_connection
from vestnik.db.notify import DIRECT, RECEIPTS, SCHEDULED, heard, listen
from vestnik.mailings.start import seconds_to_next_due
from vestnik.mailings.wake import LONGEST_SLEEP
from vestnik.statistics.progress import SAMPLE_SECONDS, sample_progress
from vestnik.upkeep.restored import hold_if_restored
from vestnik.upkeep.sweep import sweep
from vestnik.workers.thread import WorkerThread

#: Seconds: the shortest sleep (another process may be sweeping).
MIN_SLEEP = 0.1
#: After these there is nothing to sweep and nothing to send that somebody does not see by himself.
_NOTHING_TO_KEEP = frozenset((SCHEDULED, DIRECT, RECEIPTS))
#: Seconds without getting the sweep's lock after which its holder counts as stopped.
LOCK_PATIENCE = 15.0


class Keeper(WorkerThread):
    """Sweeps, and where ``builds`` is set builds audiences; stopped, it ends within a second or after a chunk.

    Args:
        name: shown in pg_stat_activity.
        builds: build audiences, too (the general worker does; dispatchers only sweep).
        on_wake: called whenever the ledger or a nudge says that something changed.
    """

    def __init__(self, name: str, *, builds: bool, on_wake: Callable[[], None]) -> None:
        super().__init__("keeper")
        self._label = f"keeper {name}"
        self._builds = builds
        self._on_wake = on_wake
        self._swept_at = time.monotonic()
        self._samples = False
        self._worked_at = float("-inf")

    def work(self) -> None:
        """Keep, over one connection, until it is lost."""
        with open_connection(self._label) as connection:
            listen(connection)
            hold_if_restored(connection)
            self._on_wake()
            while not self.is_stopped():
                self._keep(connection)
                self._sleep(connection)

    def _keep(self, connection: Connection) -> None:
        self._worked_at = time.monotonic()
        self._sweep(connection)
        if self._builds and build_audiences(connection, stopped=self.is_stopped) is not None:
            # A mailing that matched nobody, or whose batches are done already, ends here.
            self._sweep(connection)
        self._samples = sample_progress(connection)

    def _sweep(self, connection: Connection) -> None:
        idempotent = settings.ENVIRONMENT.gateway_idempotent
        force = time.monotonic() - self._swept_at > LOCK_PATIENCE
        if sweep(connection, idempotent=idempotent, stopped=self.is_stopped, force=force):
            self._swept_at = time.monotonic()

    def _sleep(self, connection: Connection) -> None:
        """Sleep until the next due time, a notification, or a stop; looking at the stop once a second."""
        until = self._next_look(connection)
        while not self.is_stopped() and (left := until - time.monotonic()) > 0:
            changed = heard(connection, seconds=min(1.0, left))
            if DIRECT in changed and not self._builds:  # only dispatchers have something to do then
                self._on_wake()
            if changed - _NOTHING_TO_KEEP:
                self._on_wake()
                self._gather(connection)
                return
            if SCHEDULED in changed:
                until = self._next_look(connection)

    def _next_look(self, connection: Connection) -> float:
        """The time of the next sweep: when something is due, or after the longest sleep; in monotonic seconds."""
        due = seconds_to_next_due(connection)
        # The process that took a sample takes the next one, too.
        most = SAMPLE_SECONDS if self._samples else LONGEST_SLEEP
        return time.monotonic() + (most if due is None else min(most, max(MIN_SLEEP, due)))

    def _gather(self, connection: Connection) -> None:
        """Let notifications that come close together cause one sweep: the first one does at once, the next wait.

        Mailings that are posted one after the other would each wake every process for some twenty statements.
        """
        wait = self._worked_at + MIN_SLEEP - time.monotonic()
        for _ in connection.notifies(timeout=max(0.0, wait)):
            self._on_wake()
