"""``celery -A vestnik.workers.app`` runs this: the Celery app with our threads in each worker process.

A dispatcher is a solo-pool worker on the queue ``dispatch``, the general worker a thread-pool worker on ``work``; a
small installation may have one thread-pool worker on both.
Celery gives both their nudges and their signals; the work itself is done by threads that also work without a broker.
"""

import gc
import logging
import os
import socket
from pathlib import Path
from typing import Any

import django
from celery import bootsteps, signals
from django.conf import settings

# While modules are loaded nothing becomes garbage. To look for it costs a seventh of the start.
gc.disable()
django.setup()

from vestnik import tasks  # noqa: E402 - tasks import the models, which need Django set up
from vestnik.broker import app  # noqa: E402
from vestnik.queues import DISPATCH_QUEUE, WORK_QUEUE  # noqa: E402
from vestnik.workers import task_lines  # noqa: E402, F401 - connects itself to Celery's signals
from vestnik.workers.delivering import Delivering  # noqa: E402
from vestnik.workers.general import Importing, Tidying  # noqa: E402
from vestnik.workers.keeper import Keeper  # noqa: E402
from vestnik.workers.metrics_port import serve_metrics  # noqa: E402
from vestnik.workers.receiving import Asking, Receiving  # noqa: E402
from vestnik.workers.sending import Sending  # noqa: E402
from vestnik.workers.thread import WorkerThread  # noqa: E402

#: Seconds that a warm shutdown waits for the threads: below the supervisor's 12, above the dispatcher's 9.
STOP_SECONDS = 11.0

gc.freeze()
gc.enable()
log = logging.getLogger(__name__)


class Threads(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
    """Starts the keeper, and on a dispatcher the sending thread; stops both when the worker stops."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._sending: Sending | None = None
        self._importing: Importing | None = None
        self._tidying: Tidying | None = None
        self._receiving: Receiving | None = None
        self._asking: Asking | None = None
        self._delivering: Delivering | None = None
        self._keeper: Keeper | None = None

    def start(self, parent: Any) -> None:
        """Start the threads; they need no connection to the broker."""
        queues = parent.app.amqp.queues.consume_from
        label = f"{socket.gethostname()}:{os.getpid()}"
        if DISPATCH_QUEUE in queues:
            self._sending = Sending(label)
            tasks.on_nudge(self._sending.wake)
            self._sending.start()
        if WORK_QUEUE in queues:
            self._importing = Importing()
            tasks.on_import(self._importing.wake)
            self._importing.start()
            self._tidying = Tidying()
            self._tidying.start()
            self._receiving = Receiving()
            self._receiving.start()
            self._asking = Asking()
            self._asking.start()
            self._delivering = Delivering()
            self._delivering.start()
        self._keeper = Keeper(label, builds=WORK_QUEUE in queues, on_wake=self._wake)
        self._keeper.start()
        environment = settings.ENVIRONMENT
        if environment.metrics_port is not None:
            serve_metrics(environment.metrics_port, token=environment.metrics_token)
        signals.worker_shutting_down.connect(self._shutting_down)
        ready_file = os.environ.get("VESTNIK_READY_FILE")
        if ready_file:
            Path(ready_file).write_text(str(os.getpid()), encoding="ascii")

    def _wake(self) -> None:
        if self._sending is not None:
            self._sending.wake()
        if self._importing is not None:
            self._importing.wake()

    def _threads(self) -> tuple[WorkerThread | None, ...]:
        return (
            self._sending, self._importing, self._tidying, self._receiving, self._asking, self._delivering, self._keeper
        )  # fmt: skip

    def _shutting_down(self, **_: Any) -> None:
        """SIGTERM arrived: drain at once, while Celery finishes what it has in hand."""
        for thread in self._threads():
            if thread is not None:
                thread.stop()

    def stop(self, _parent: Any) -> None:
        """Wait, bounded, until everything in flight has its outcome and the leases are given back."""
        self._shutting_down()
        for thread in self._threads():
            if thread is not None:
                thread.join(STOP_SECONDS)

    terminate = stop


app.steps["worker"].add(Threads)
