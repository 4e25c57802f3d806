"""The thread of the general worker that imports clients; nothing due waits for it, so it is not the keeper's work."""

import logging
import threading

import psycopg

from vestnik.clients.imports.runner import run_jobs
from vestnik.db.connection import first_line

#: Seconds: the longest sleep, and the pause after the ledger was lost.
MAX_SLEEP, RECONNECT_SLEEP = 10.0, 0.5

log = logging.getLogger(__name__)


class Importing(threading.Thread):
    """Imports what waits, until stopped: at a wake, and every 10 s, so that no nudge is needed."""

    def __init__(self) -> None:
        super().__init__(name="importing", daemon=True)
        self._wake_event = threading.Event()
        self._stop_event = threading.Event()

    def wake(self) -> None:
        """Say that there may be something to import."""
        self._wake_event.set()

    def stop(self) -> None:
        """Ask the thread to end: an import that is being read is given back, to begin again elsewhere."""
        self._stop_event.set()
        self._wake_event.set()

    def run(self) -> None:
        """Import until stopped. A ledger that is away is waited for."""
        while not self._stop_event.is_set():
            self._wake_event.clear()
            try:
                run_jobs(stopped=self._stop_event.is_set)
            except psycopg.Error as error:
                log.warning("the importer lost the ledger, trying again: %s", first_line(error))
                self._stop_event.wait(RECONNECT_SLEEP)
                continue
            if not self._stop_event.is_set():
                self._wake_event.wait(MAX_SLEEP)
