"""The Celery app: broker, queues, beat's schedule. Anybody may send a nudge; workers are in ``vestnik.workers``.

PostgreSQL is the only source of truth. A message of the broker carries at most an id; nothing breaks if it is lost,
doubled or late. So results are off, acknowledgement is early, and nothing is retried. Nudges are published by a thread
that no request waits for (vestnik.mailings.wake).
"""

import logging

from celery import Celery
from django.conf import settings

from vestnik.broker.declarations import nudge_queues
from vestnik.broker_address import read_broker_address
from vestnik.queues import DISPATCH_QUEUE, WORK_QUEUE

#: The header of a message that carries the id of the request that sent it.
REQUEST_HEADER = "vestnik_request"
#: Seconds between beat's ticks: a safety net, the clock is in the ledger.
BEAT_SECONDS = 10.0
#: Seconds that the broker may take to confirm that it has a message.
CONFIRM_SECONDS = 3.0
#: How beat publishes: a tick that waited until the next one says nothing.
TICK = {"expires": BEAT_SECONDS, "confirm_timeout": CONFIRM_SECONDS}

log = logging.getLogger(__name__)

_address = read_broker_address(settings.ENVIRONMENT.broker_url)
app = Celery("vestnik", broker=_address.url, include=["vestnik.tasks"])
#: Celery closes Django's connections before and after each task. Ours look after themselves: tasks close those that are
#: broken or lost, and a new one each ten seconds costs as much as all that an idle worker does.
_KEEP_CONNECTIONS = {"CELERY_DB_REUSE_MAX": 2**31}
app.conf.update(
    _KEEP_CONNECTIONS,
    broker_use_ssl=_address.tls or False,
    task_ignore_result=True,
    task_queues=nudge_queues(DISPATCH_QUEUE, WORK_QUEUE),
    task_default_queue=WORK_QUEUE,
    task_routes={"vestnik.dispatch": {"queue": DISPATCH_QUEUE}},
    # A nudge that waited this long is useless.
    task_default_expires=60,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    # Nothing is acknowledged late, so there is nothing to cancel; without this Celery warns of it at each loss.
    worker_cancel_long_running_tasks_on_connection_loss=True,
    # A broker that answers but forbids must not end the threads that need none.
    worker_consumer="vestnik.workers.consumer:NudgeConsumer",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # RabbitMQ reports that publishing is forbidden, or that there is no room, only when it is asked to confirm.
    broker_transport_options={
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "max_retries": 1,
        "confirm_publish": True,
    },
    timezone="UTC",
    beat_schedule={
        "sweep": {"task": "vestnik.sweep", "schedule": BEAT_SECONDS, "options": TICK},
        "reports": {"task": "vestnik.send_reports", "schedule": BEAT_SECONDS, "options": TICK},
    },
)


def send_nudges(*tasks: str, request: str) -> None:
    """Try once to put a nudge for each task into its queue; a broker that takes none is a line of the log.

    Whatever a client library raises: brokers refuse in many ways, and nobody needs a nudge.

    Args:
        tasks: their names.
        request: the id of the request that asks; empty: none does.
    """
    try:
        for task in tasks:
            headers = {REQUEST_HEADER: request}
            app.send_task(task, retry=False, headers=headers, confirm_timeout=CONFIRM_SECONDS)
    except Exception as error:  # noqa: BLE001 - the docstring says why
        log.warning("the broker did not take a nudge, the ledger's clock does without: %s", refusal(error))


def refusal(error: BaseException) -> str:
    """A broker's error in one line: its class, and its message without an address or a password."""
    words = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
