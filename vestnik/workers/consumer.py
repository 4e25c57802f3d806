"""Celery's consumer of nudges, which keeps running when a broker answers but refuses.

Celery ends the whole worker on an error that it does not know as a lost connection: a Redis that became a replica
(``READONLY``) or is full (``OOM``), a user without a right (``NOPERM``, AMQP 403), a virtual host that is gone (AMQP
530). The threads beside the consumer need no broker, so here every such error is a broken connection: it is logged in
one line, and the consumer tries again after a pause.
"""

import logging
import time
from typing import Any

from celery.worker import state
from celery.worker.consumer.connection import Connection
from celery.worker.consumer.consumer import Consumer, Evloop
from celery.worker.consumer.tasks import Tasks

from vestnik.broker import refusal

#: Seconds before the next try: doubled from the first to the last while the broker goes on refusing.
FIRST_PAUSE, MAX_PAUSE = 0.5, 15.0
#: Seconds of work after which a broker counts as well again.
SOUND_SECONDS = 30.0
#: Seconds between looks whether the worker is to stop.
_LOOK_SECONDS = 0.2

log = logging.getLogger(__name__)


class NudgeTasks(Tasks):  # type: ignore[misc]  # Celery has no types
    """Limits what each consumer may hold, not the channel: RabbitMQ's quorum queues know no other limit.

    Source: https://www.rabbitmq.com/docs/quorum-queues#global-qos. A virtual host may make every queue a quorum queue.
    """

    requires = (Connection,)

    def qos_global(self, c: Any) -> bool:
        """Never: a limit for each consumer is known to every kind of queue."""
        del c
        return False


class NudgeConsumer(Consumer):  # type: ignore[misc]  # Celery has no types
    """Consumes nudges until the worker has to stop, whatever the broker answers."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]  # the same
        """Three of Celery's ten steps: the others declare queues of their own, for talk between workers."""

        default_steps = (Connection, NudgeTasks, Evloop)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        #: The step that we leave out would set it: nobody listens to Celery's events.
        self.event_dispatcher = None
        super().__init__(*arguments, **options)
        #: What Celery's own loop takes for a lost connection.
        self.connection_errors = (Exception,)
        self._pause = FIRST_PAUSE
        self._failed_at = float("-inf")

    def call_soon_ack(self, acknowledge: Any, logger: Any, errors: Any, *more: Any) -> Any:
        """Acknowledge; where the broker refuses that, the connection is broken.

        Celery only logs it. But what is not acknowledged counts as held, and a consumer that holds as many nudges as
        it may asks for no more, permanently, while its connection seems well: that was seen with a Redis user that lost
        its rights between a nudge and its acknowledgement.
        """
        consumer = self.task_consumer
        # What an earlier connection gave cannot be acknowledged any more, and this one is not to blame.
        is_of_this_connection = consumer is not None and acknowledge.__self__.channel is consumer.channel
        return super().call_soon_ack(acknowledge, logger, () if is_of_this_connection else errors, *more)

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """Say it in one line, and wait."""
        self._wait(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Drop the connection, say it in one line, and wait."""
        super().on_connection_error_after_connected(exc)
        self._wait(exc)

    def _wait(self, error: Exception) -> None:
        now = time.monotonic()
        if now - self._failed_at > SOUND_SECONDS + self._pause:
            self._pause = FIRST_PAUSE
        pause, self._pause = self._pause, min(MAX_PAUSE, 2 * self._pause)
        log.error(
            "the broker gives this worker no nudges, all that is due goes on from the ledger; next try in %g s: %s",
            pause, refusal(error),
        )  # fmt: skip
        while time.monotonic() < now + pause:
            state.maybe_shutdown()  # raises when the worker has to stop
            time.sleep(_LOOK_SECONDS)
        self._failed_at = time.monotonic()
