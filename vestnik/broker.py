"""The Celery app: broker, queues, beat's schedule. Anybody may send a nudge; workers are in ``vestnik.workers``.

PostgreSQL is the only truth: a message of the broker carries at most an id, may be lost, doubled or late, and nothing
breaks. So results are off, acknowledgement is early, nothing is retried, and nudges are published by a thread that no
request waits for (vestnik.mailings.wake).
"""

import logging

from celery import Celery
from django.conf import settings
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from vestnik.queues import DISPATCH_QUEUE, WORK_QUEUE

#: The header of a message that carries the id of the request that sent it.
REQUEST_HEADER = "vestnik_request"
#: Seconds between beat's ticks: a safety net, the clock is in the ledger.
BEAT_SECONDS = 10.0

log = logging.getLogger(__name__)

app = Celery("vestnik", broker=settings.ENVIRONMENT.broker_url, include=["vestnik.tasks"])
app.conf.update(
    task_ignore_result=True,
    # Without keys of their own both would be bound to the default's, and RabbitMQ would deliver to both.
    task_queues=[Queue(name, routing_key=name) for name in (DISPATCH_QUEUE, WORK_QUEUE)],
    task_default_queue=WORK_QUEUE,
    task_routes={"vestnik.dispatch": {"queue": DISPATCH_QUEUE}},
    # A nudge that waited this long has nothing to say any more.
    task_default_expires=60,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_connect_timeout": 1, "socket_timeout": 5, "max_retries": 1},
    timezone="UTC",
    beat_schedule={
        "sweep": {"task": "vestnik.sweep", "schedule": BEAT_SECONDS, "options": {"expires": BEAT_SECONDS}},
        "reports": {"task": "vestnik.send_reports", "schedule": BEAT_SECONDS, "options": {"expires": BEAT_SECONDS}},
    },
)


def send_nudges(*tasks: str, request: str) -> None:
    """Try once to put a nudge for each task into its queue; a broker that takes none is a line of the log.

    Args:
        tasks: their names.
        request: the id of the request that asks; empty: none does.
    """
    try:
        for task in tasks:
            app.send_task(task, retry=False, headers={REQUEST_HEADER: request})
    except (OperationalError, OSError) as error:
        log.warning("the broker did not take a nudge, the ledger's clock does without: %s", error)
