"""Sends one test message to one number over one gateway, outside of any mailing."""

import time
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.accounts.tries import TEST_MESSAGES, take_try
from vestnik.db.statements import Statements
from vestnik.gateways.channel import SharedChannel
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.ledger.audience import next_message_id
from vestnik.models import Gateway, User
from vestnik.phones.display import mask_phone
from vestnik.routing.check import MAX_SECONDS, note_success, refuse_unsendable
from vestnik.routing.connections import Way, way_to
from vestnik.routing.sessions import refuse_without_session

SQL = Statements("vestnik.dispatch")
#: Seconds within which a test message should be delivered: nobody waits longer for it.
EXPIRES_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The result of a test message. ``message_id``: as the gateway knows it, never used again. ``latency``: seconds."""

    message_id: int
    outcome: Outcome
    latency: float

    @property
    def is_good(self) -> bool:
        """Whether the gateway has taken the message."""
        return self.outcome.kind is Kind.SUCCESS


def send_trial(*, gateway: Gateway, phone: int, text: str, actor: User | None) -> Trial:
    """Send ``text`` to one number now, whatever the breaker says: that is how one sees if the gateway is back.

    It takes its slot of the gateway's rate like any message, but waits for none. It is not tried again, and is kept in
    the audit log only (phone masked, no text). The row keeps when that last succeeded.

    Args:
        gateway: may be disabled.
        phone: eleven digits.
        text: 1 to 2,000 characters.
        actor: who asks; None: the command line.

    Raises:
        InvalidInput: the number is on the stop list: nothing is sent to it, not even a test; or the text has more
            characters or SMS parts than the provider takes.
        StateForbids: dispatchers hold all sessions that the provider allows.
        TooManyTries: this account has sent too many.
        WrongKey: the gateway's secrets cannot be read.
    """
    way = way_to(gateway)
    refuse_unsendable(gateway.name, way.adapter, phone=phone, text=text)
    refuse_without_session(gateway, way.adapter)
    if actor is not None:
        take_try(TEST_MESSAGES, str(actor.pk))
    message_id = next_message_id(connection)
    if way.max_rate is not None:
        SQL.run(connection, "grant_slots", gateway=gateway.id, slots=1, rate=way.max_rate)
    # No transaction is open across the network call.
    outcome, latency = _exchange(way, message_id, phone, text)
    trial = Trial(message_id=message_id, outcome=outcome, latency=latency)
    details = {"phone": mask_phone(phone), "name": gateway.name, "outcome": outcome.kind.value, "code": outcome.code}
    with transaction.atomic():
        note_success(gateway, "tested_at", timezone.now() if trial.is_good else None)
        record(actor=actor, action="gateway.trial", object_type="message", object_id=message_id, details=details)
    return trial


def verdict(kind: Kind) -> str:
    """What the outcome of a test message means, and what to do."""
    return {
        Kind.SUCCESS: _("The gateway accepted the message."),
        Kind.NOT_SENT: _("The gateway cannot be reached: nothing was sent. Check its address and the network."),
        Kind.THROTTLED: _("The gateway asks to send more slowly: nothing was sent. Set a lower rate limit."),
        Kind.AMBIGUOUS: _("No clear answer: the message may or may not have been delivered."),
        Kind.REFUSED: _("The gateway refused the message."),
        Kind.UNAUTHORIZED: _(
            "The gateway rejects our account: a wrong login or token, no funds, or an address that is not allowed."
        ),
    }[kind]


def _exchange(way: Way, message_id: int, phone: int, text: str) -> tuple[Outcome, float]:
    seconds = min(MAX_SECONDS, way.timeout)
    channel = way.adapter.open(concurrency=1, timeout=seconds, options=way.options)
    if isinstance(channel, SharedChannel):
        channel.allow(1)
    try:
        prepared = channel.prepare(text, expires_at=time.time() + EXPIRES_SECONDS)
        channel.hand_over(message_id, phone, prepared, seconds)
        while channel.in_flight:
            for answer in channel.poll(seconds):
                return answer.outcome, answer.latency
    finally:
        channel.close()
    raise RuntimeError("a channel gives every message an outcome")
