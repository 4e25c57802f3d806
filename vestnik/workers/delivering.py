"""The thread of the general worker that delivers webhooks: a job for each endpoint, so that none waits for another."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from vestnik.db.connection import Connection, first_line, open_connection
from vestnik.upkeep.restored import hold_if_restored
from vestnik.webhooks.delivery import deliver_due, due_endpoints
from vestnik.webhooks.endpoints import MAX_ENDPOINTS
from vestnik.webhooks.messages import MOST_ROWS, write_message_events
from vestnik.workers.thread import WorkerThread

#: Seconds between looks for events: one indexed statement each. What makes an event notifies nobody.
LOOK_SECONDS = 0.5

log = logging.getLogger(__name__)


class Delivering(WorkerThread):
    """Delivers events as they come. Several processes may do so at once."""

    def __init__(self) -> None:
        super().__init__("delivering")
        self._jobs: dict[int, Future[int]] = {}
        self._lending = threading.Lock()

    def work(self) -> None:
        """Deliver, over one connection, until it is lost."""
        pool = ThreadPoolExecutor(MAX_ENDPOINTS, thread_name_prefix="webhook")
        try:
            with open_connection("webhooks") as connection:
                hold_if_restored(connection)
                while not self.is_stopped():
                    self._look(pool, connection)
                    self._stop_event.wait(LOOK_SECONDS)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            self._jobs.clear()

    def _look(self, pool: ThreadPoolExecutor, connection: Connection) -> None:
        """Begin a job for each endpoint that has something due and no job."""
        for endpoint, job in list(self._jobs.items()):
            if job.done():
                del self._jobs[endpoint]
                _tell_of_trouble(endpoint, job)
        self._write_message_events(connection)
        with self._lend(connection) as lent:
            due = due_endpoints(lent)
        for endpoint in due:
            if endpoint not in self._jobs:
                self._jobs[endpoint] = pool.submit(
                    deliver_due, lambda: self._lend(connection), endpoint, stopped=self.is_stopped
                )

    def _write_message_events(self, connection: Connection) -> None:
        """In pieces, so that deliveries can be written down in between."""
        taken = MOST_ROWS
        while taken == MOST_ROWS and not self.is_stopped():
            with self._lend(connection) as lent:
                taken = write_message_events(lent)

    @contextmanager
    def _lend(self, connection: Connection) -> Iterator[Connection]:
        """Give the connection to one thread at a time: never while an event is posted, so for milliseconds."""
        with self._lending:
            yield connection


def _tell_of_trouble(endpoint: int, job: "Future[int]") -> None:
    error = job.exception()
    if error is not None:
        log.warning("a webhook's delivery failed, and is repeated: %s", first_line(error), extra={"webhook": endpoint})
