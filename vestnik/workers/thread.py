"""The base of the threads of a worker process."""

import logging
import threading

import psycopg
from django.db import Error

from vestnik.db.connection import first_line

#: Seconds before the next try once the ledger was lost.
RECONNECT_SLEEP = 0.5

log = logging.getLogger(__name__)


class WorkerThread(threading.Thread):
    """Works until it is stopped; a ledger that is away is waited for.

    Args:
        name: of the thread, also in the log.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._stop_event = threading.Event()

    def stop(self) -> None:
        """Ask the thread to end: it does after the piece of work it is at."""
        self._stop_event.set()

    def is_stopped(self) -> bool:
        """Return whether it has been asked to end."""
        return self._stop_event.is_set()

    def run(self) -> None:
        """Work until stopped."""
        while not self.is_stopped():
            try:
                self.work()
            except (Error, psycopg.Error) as error:
                log.warning("the thread %s lost the ledger, trying again: %s", self.name, first_line(error))
                self._stop_event.wait(RECONNECT_SLEEP)

    def work(self) -> None:
        """One round of work, and the wait before the next."""
        raise NotImplementedError
