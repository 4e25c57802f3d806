"""Nudges really pass through the broker, whichever it is: NOTIFY and beat would hide that they do not."""

from typing import Any

import pytest
from celery import Celery
from django.db import transaction

from harness.cluster import Cluster
from vestnik.broker import app
from vestnik.cluster.processes import wait_for
from vestnik.mailings.wake import wake_all
from vestnik.queues import DISPATCH_QUEUE, WORK_QUEUE


def waiting(celery: Celery, queue: str) -> int:
    """How many messages wait in a queue; 0: there is no such queue yet."""
    with celery.connection_for_read() as connection:
        channel = connection.default_channel
        try:
            count: int = channel.queue_declare(queue, passive=True).message_count
        except connection.channel_errors:
            return 0
        return count


@pytest.mark.parametrize("queue", [DISPATCH_QUEUE, WORK_QUEUE])
def test_whoever_changes_a_mailing_puts_a_nudge_into_each_queue(ledger: Any, queue: str) -> None:
    del ledger
    before = waiting(app, queue)
    with transaction.atomic():
        wake_all("mailing")
    assert wait_for(lambda: waiting(app, queue) > before, seconds=10)


@pytest.mark.parametrize(
    ("queue", "takers"), [(DISPATCH_QUEUE, ("dispatcher-1", "dispatcher-2")), (WORK_QUEUE, ("worker",))]
)
def test_the_workers_of_a_queue_take_what_stands_in_it(cluster: Cluster, queue: str, takers: tuple[str, ...]) -> None:
    """A task that nobody knows is named in the log of the worker that took it."""
    running = cluster.home.running()
    assert running is not None
    name = f"vestnik.unknown_{queue}"
    with Celery(broker=running.environment["BROKER_URL"]) as sender:
        sender.send_task(name, queue=queue)

    def taken() -> bool:
        return any(name in cluster.home.log(taker).read_text(errors="replace") for taker in takers)

    assert wait_for(taken, seconds=20)
