"""The thread that every worker process has: listens to the ledger, sweeps when something is due.

It needs no broker and no beat: due times are columns, NOTIFY says that one changed, and the sleep ends at the next.
"""

import logging
import threading
import time
from collections.abc import Callable

import psycopg
from django.conf import settings

from vestnik.audience.build import build_audiences
from vestnik.db.connection import Connection, first_line, open_connection
from vestnik.db.notify import SCHEDULED, listen
from vestnik.mailings.start import seconds_to_next_due
from vestnik.mailings.wake import LONGEST_SLEEP
from vestnik.statistics.progress import SAMPLE_SECONDS, sample_progress
from vestnik.upkeep.restored import hold_if_restored
from vestnik.upkeep.sweep import sweep

#: Seconds: the shortest sleep (another process may be sweeping), and between tries to reach the ledger.
MIN_SLEEP, RECONNECT_SLEEP = 0.1, 0.5
#: Seconds without getting the sweep's lock after which its holder counts as stopped.
LOCK_PATIENCE = 15.0

log = logging.getLogger(__name__)


class Keeper(threading.Thread):
    """Sweeps, and where ``builds`` is set builds audiences, until stopped.

    Args:
        name: shown in pg_stat_activity.
        builds: build audiences, too (the general worker does; dispatchers only sweep).
        on_wake: called whenever the ledger or a nudge says that something changed.
    """

    def __init__(self, name: str, *, builds: bool, on_wake: Callable[[], None]) -> None:
        super().__init__(name="keeper", daemon=True)
        self._label = f"keeper {name}"
        self._builds = builds
        self._on_wake = on_wake
        self._stop_event = threading.Event()
        self._swept_at = time.monotonic()
        self._samples = False
        self._worked_at = float("-inf")

    def stop(self) -> None:
        """Ask the thread to end; it does within a second, or after the chunk or batch it is at."""
        self._stop_event.set()

    def run(self) -> None:
        """Keep until stopped. A ledger that is away is waited for."""
        while not self._stop_event.is_set():
            try:
                with open_connection(self._label) as connection:
                    listen(connection)
                    hold_if_restored(connection)
                    self._on_wake()
                    while not self._stop_event.is_set():
                        self._work(connection)
                        self._sleep(connection)
            except psycopg.Error as error:
                log.warning("the keeper lost the ledger, trying again: %s", first_line(error))
                self._stop_event.wait(RECONNECT_SLEEP)

    def _work(self, connection: Connection) -> None:
        self._worked_at = time.monotonic()
        self._sweep(connection)
        if self._builds and build_audiences(connection, stopped=self._stop_event.is_set) is not None:
            # A mailing that matched nobody, or whose batches are done already, ends here.
            self._sweep(connection)
        self._samples = sample_progress(connection)

    def _sweep(self, connection: Connection) -> None:
        idempotent = settings.ENVIRONMENT.gateway_idempotent
        force = time.monotonic() - self._swept_at > LOCK_PATIENCE
        if sweep(connection, idempotent=idempotent, stopped=self._stop_event.is_set, force=force):
            self._swept_at = time.monotonic()

    def _sleep(self, connection: Connection) -> None:
        """Sleep until the next due time, a notification, or a stop; looking at the stop once a second."""
        until = self._next_look(connection)
        while not self._stop_event.is_set() and (left := until - time.monotonic()) > 0:
            heard = {notice.payload for notice in connection.notifies(timeout=min(1.0, left), stop_after=1)}
            if heard - {SCHEDULED}:
                self._on_wake()
                self._gather(connection)
                return
            if heard:
                until = self._next_look(connection)

    def _next_look(self, connection: Connection) -> float:
        """When something is due next, or it is time to look anyway; in this process's monotonic seconds."""
        due = seconds_to_next_due(connection)
        # Whoever took a sample of what is under way takes the next one, too.
        most = SAMPLE_SECONDS if self._samples else LONGEST_SLEEP
        return time.monotonic() + (most if due is None else min(most, max(MIN_SLEEP, due)))

    def _gather(self, connection: Connection) -> None:
        """Let notifications that come close together cause one sweep: the first one does at once, the next wait.

        Mailings that are posted one after the other would each wake every process for some twenty statements.
        """
        wait = self._worked_at + MIN_SLEEP - time.monotonic()
        for _ in connection.notifies(timeout=max(0.0, wait)):
            self._on_wake()
