"""The thread of the general worker that delivers webhooks: a job for each endpoint, so that none waits for another."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from vestnik.db.connection import Connection, first_line, keep_statements, open_connection, set_for_session
from vestnik.db.connection_pool import ConnectionPool
from vestnik.upkeep.restored import hold_if_restored
from vestnik.webhooks.delivery import deliver_due, due_endpoints
from vestnik.webhooks.endpoints import MAX_ENDPOINTS
from vestnik.webhooks.messages import MOST_ROWS, write_message_events
from vestnik.webhooks.post import TOTAL_SECONDS
from vestnik.workers.thread import WorkerThread

#: Seconds between looks for events: one indexed statement each. What makes an event notifies nobody.
LOOK_SECONDS = 0.5
#: Connections that all jobs share, to take an event and to settle it: milliseconds each, never while one is posted.
DELIVERY_CONNECTIONS = 3
#: Seconds that a stop waits for what is being posted: as long as a post takes, and below the worker's own patience
#: (vestnik.workers.app.STOP_SECONDS).
STOP_SECONDS = TOTAL_SECONDS + 0.5

log = logging.getLogger(__name__)


class Delivering(WorkerThread):
    """Delivers events as they come. Several processes may do so at once.

    The thread itself makes events of messages and begins jobs, over a connection of its own. Jobs and their connections
    outlive that one: a lost connection ends no post, and what was posted is settled over another.
    """

    def __init__(self) -> None:
        super().__init__("delivering")
        self._woken = threading.Event()
        self._jobs: dict[int, Future[int]] = {}
        self._executor = ThreadPoolExecutor(MAX_ENDPOINTS, thread_name_prefix="webhook")
        self._connections = ConnectionPool("webhooks deliveries", size=DELIVERY_CONNECTIONS, begin=_begin_deliveries)

    def stop(self) -> None:
        """Ask the thread to end. It takes no event any more, and waits up to STOP_SECONDS for those being posted."""
        super().stop()
        self._woken.set()

    def run(self) -> None:
        """Work until stopped, and settle what is being posted then."""
        try:
            super().run()
        finally:
            self._end()

    def work(self) -> None:
        """Make events and begin jobs, over one connection, until it is lost."""
        with open_connection("webhooks") as connection:
            hold_if_restored(connection)
            while not self.is_stopped():
                self._look(connection)
                self._woken.wait(LOOK_SECONDS)
                self._woken.clear()

    def _look(self, connection: Connection) -> None:
        """Make events of all outcomes that wait, and begin jobs after each piece of them."""
        taken = MOST_ROWS
        while taken == MOST_ROWS and not self.is_stopped():
            taken = write_message_events(connection)
            self._begin_jobs(due_endpoints(connection))

    def _begin_jobs(self, due: list[int]) -> None:
        """Begin a job for each endpoint that has something due and no job now."""
        for endpoint in due:
            job = self._jobs.get(endpoint)
            if job is None or job.done():
                job = self._executor.submit(deliver_due, self._connections.lend, endpoint, stopped=self.is_stopped)
                self._jobs[endpoint] = job
                job.add_done_callback(partial(self._ended, endpoint))

    def _ended(self, endpoint: int, job: "Future[int]") -> None:
        """Look again at once: an event that came while a job was ending had found one, and was not begun.

        Not after a job that failed or found nothing, which would be begun again and again.
        """
        if job.cancelled():
            return
        error = job.exception()
        if error is not None:
            log.warning(
                "a webhook's delivery failed, and is repeated: %s", first_line(error), extra={"webhook": endpoint}
            )
        elif job.result():
            self._woken.set()

    def _end(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        _, left = wait(self._jobs.values(), timeout=STOP_SECONDS)
        self._connections.close()
        if left:
            log.warning("at the stop %s webhooks had not answered: their events are delivered again", len(left))


def _begin_deliveries(connection: Connection) -> None:
    hold_if_restored(connection)
    keep_statements(connection)
    # A plan that is kept may have been made on empty tables: rows are found by their keys, in the order of an index.
    set_for_session(connection, enable_seqscan="off", enable_bitmapscan="off", enable_sort="off", enable_hashjoin="off")
