"""The thread of the general worker that imports clients. It is not the keeper, so nothing due waits for it."""

import threading

from vestnik.clients.imports.runner import run_jobs
from vestnik.workers.thread import WorkerThread

#: Seconds: the longest sleep.
MAX_SLEEP = 10.0


class Importing(WorkerThread):
    """Imports what waits: at a wake, and every 10 s, so that no nudge is needed.

    Stopped, it gives an import that is being read back, to begin again elsewhere.
    """

    def __init__(self) -> None:
        super().__init__("importing")
        self._wake_event = threading.Event()

    def wake(self) -> None:
        """Say that there may be something to import."""
        self._wake_event.set()

    def stop(self) -> None:
        """Ask the thread to end."""
        super().stop()
        self._wake_event.set()

    def work(self) -> None:
        """Import what waits, and sleep."""
        self._wake_event.clear()
        run_jobs(stopped=self.is_stopped)
        if not self.is_stopped():
            self._wake_event.wait(MAX_SLEEP)
