"""Tests what is needed of the broker: publishing a nudge, and receiving one.

A broker that lets a client log in may still refuse either: a Redis replica, one that is full, a user without the right,
a RabbitMQ that blocks publishers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kombu.entity import Queue
from kombu.exceptions import OperationalError
from kombu.messaging import Consumer

from vestnik.broker import CONFIRM_SECONDS, app, refusal
from vestnik.broker_address import read_broker_address
from vestnik.queues import WORK_QUEUE

#: The task that only records that a worker got it.
ECHO = "vestnik.echo"
#: Seconds that the broker may take to answer, and to give out a message that lies in the queue.
_CONNECT_SECONDS, _GIVE_SECONDS = 2, 1.5
#: Seconds after which an echo says nothing any more.
_ECHO_EXPIRES = 30
#: Seconds that workers have to take the echo, and between looks.
_TAKEN_SECONDS, _LOOK_SECONDS = 0.5, 0.02


class Step(StrEnum):
    """The step that did not work."""

    CONNECT = "connect"
    PUBLISH = "publish"
    CONSUME = "consume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The step that the broker refused, and its message in one line, which may name an address or a user."""

    step: Step
    said: str


def try_broker(*, taken: Callable[[], bool] | None = None, url: str | None = None) -> Refusal | None:
    """Publish an echo for a worker as nudges are published, and see that it comes out again.

    Returns None when the broker does what is needed.

    Args:
        taken: has a worker got something since? Asked for half a second, where workers are at work; only if none did,
            a message is taken out here as workers do it, so that the broker says why.
        url: the broker; None: BROKER_URL's.
    """
    step = Step.CONNECT
    other = read_broker_address(url) if url is not None else None
    where = {"url": other.url, "ssl": other.tls or False} if other is not None else {}
    try:
        with app.connection_for_write(**where) as broker:
            broker.ensure_connection(max_retries=1, timeout=_CONNECT_SECONDS)
            step = Step.PUBLISH
            app.send_task(ECHO, connection=broker, retry=False, expires=_ECHO_EXPIRES, confirm_timeout=CONFIRM_SECONDS)
            if taken is None or not _comes_true(taken):
                step = Step.CONSUME
                _take_one(broker)
    except Exception as error:  # noqa: BLE001 - client libraries raise classes of their own, and each is an answer
        lost = isinstance(error, OSError | OperationalError) and step is not Step.PUBLISH
        return Refusal(step=Step.CONNECT if lost else step, said=refusal(error))
    return None


def _comes_true(taken: Callable[[], bool]) -> bool:
    until = time.monotonic() + _TAKEN_SECONDS
    while not (true := taken()) and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    return true


def _take_one(broker: Any) -> None:
    """Receive a message as a worker does, and put it back unless it is an echo. Workers may have been quicker."""
    queue: Queue = app.amqp.queues[WORK_QUEUE]
    with broker.channel() as channel:
        channel.basic_qos(0, 1, False)
        with Consumer(channel, [queue(channel)], callbacks=[_put_back], accept=["json"]):
            try:
                broker.drain_events(timeout=_GIVE_SECONDS)
            except TimeoutError:
                return


def _put_back(_body: object, message: Any) -> None:
    if message.headers.get("task") == ECHO:
        message.ack()
    else:
        message.requeue()
