"""Queues and exchanges of RabbitMQ: existing ones are used as they are, missing ones are declared.

A virtual host may have its own default (``default_queue_type``), and an operator may have declared a queue beforehand:
RabbitMQ refuses a declaration that differs from what is there (406). So existing ones are used as they are, and missing
ones are declared with every argument that matters. Other brokers have no declarations.
"""

from collections.abc import Callable
from typing import Any

import amqp
from kombu.entity import Exchange, Queue

from vestnik.queues import WORK_QUEUE

#: Nudges expire in a minute and may be lost: they need no copies on three machines.
_CLASSIC = {"x-queue-type": "classic"}


class NudgeExchange(Exchange):
    """An exchange that is declared only where it is missing."""

    def declare(self, nowait: bool = False, passive: bool | None = None, channel: Any = None) -> Any:
        """Declare it, unless it is there."""
        used = channel or self.channel

        def ask(scratch: amqp.Channel) -> None:
            scratch.exchange_declare(self.name, self.type, passive=True)

        return super().declare(nowait=nowait, passive=passive or _is_there(used, ask), channel=channel)


class NudgeQueue(Queue):
    """A durable queue with a name's own routing key, of whatever kind the broker has it already, else a classic one."""

    def __init__(self, name: str = "", *arguments: Any, **options: Any) -> None:
        options.setdefault("routing_key", name)
        options.setdefault("queue_arguments", _CLASSIC)
        super().__init__(name, *arguments, **options)

    def queue_declare(self, nowait: bool = False, passive: bool = False, channel: Any = None) -> Any:
        """Declare it, unless it is there."""
        used = channel or self.channel

        def ask(scratch: amqp.Channel) -> None:
            scratch.queue_declare(self.name, passive=True)

        return super().queue_declare(nowait=nowait, passive=passive or _is_there(used, ask), channel=channel)


def nudge_queues(*names: str) -> list[NudgeQueue]:
    """The queues, all behind one exchange. Without keys of their own RabbitMQ would deliver each message to all."""
    exchange = NudgeExchange(WORK_QUEUE, type="direct")
    return [NudgeQueue(name, exchange) for name in names]


def _is_there(channel: Any, ask: Callable[[amqp.Channel], None]) -> bool:
    """Ask over a channel of its own: RabbitMQ closes the one over which it says no."""
    if not isinstance(channel, amqp.Channel):
        return False
    scratch = channel.connection.channel()
    try:
        ask(scratch)
    except amqp.NotFound:
        return False
    finally:
        if scratch.is_open:
            scratch.close()
    return True
