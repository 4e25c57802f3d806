"""Sends one test message to one number, outside of any mailing, to see whether the gateway takes it."""

from dataclasses import dataclass

import orjson
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.db.statements import Statements
from vestnik.environment import Environment
from vestnik.errors import InvalidInput
from vestnik.gateway.limits import CONNECT_SECONDS
from vestnik.gateway.outcome import Outcome
from vestnik.gateway.transport import Transport
from vestnik.ledger.audience import next_message_id
from vestnik.models import StoppedPhone, User
from vestnik.phones.display import mask_phone

SQL = Statements("vestnik.dispatch")
#: Seconds that a person waits in front of a page, at most; the gateway's own limit may be shorter.
MAX_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The result of a test message. ``message_id``: as the gateway knows it, never used again. ``latency``: seconds."""

    message_id: int
    outcome: Outcome
    latency: float


def send_trial(*, phone: int, text: str, actor: User) -> Trial:
    """Send ``text`` to one number now, whatever the breaker says: that is how one sees if the gateway is back.

    It takes its slot of GATEWAY_MAX_RATE like any message, but waits for none. It is not tried again, and is kept in
    the audit log only (phone masked, no text).

    Args:
        phone: eleven digits.
        text: 1 to 2,000 characters.
        actor: who asks.

    Raises:
        InvalidInput: the number is on the stop list: nothing is sent to it, not even a test.
    """
    _refuse_stopped(phone)
    message_id = next_message_id(connection)
    environment = settings.ENVIRONMENT
    _take_slot(environment)
    # No transaction is open across the network call.
    answer = _exchange(environment, message_id, phone, text)
    trial = Trial(message_id=message_id, outcome=answer[0], latency=answer[1])
    details = {"phone": mask_phone(phone), "outcome": trial.outcome.kind.value, "code": trial.outcome.code}
    record(actor=actor, action="gateway.trial", object_type="message", object_id=message_id, details=details)
    return trial


def _refuse_stopped(phone: int) -> None:
    if StoppedPhone.objects.filter(phone_number=phone).exists():
        sentence = _("This number is on the stop list: nothing is sent to it. Take it off the list first.")
        raise InvalidInput({"phone": [sentence]})


def _take_slot(environment: Environment) -> None:
    if environment.gateway_max_rate is not None:
        SQL.run(connection, "grant_slots", slots=1, rate=environment.gateway_max_rate)


def _exchange(environment: Environment, message_id: int, phone: int, text: str) -> tuple[Outcome, float]:
    seconds = min(MAX_SECONDS, environment.gateway_timeout)
    transport = Transport(
        url=environment.gateway_url,
        token=environment.gateway_token,
        concurrency=1,
        timeout=seconds,
        connect_timeout=min(CONNECT_SECONDS, seconds),
        **environment.gateway_connection,
    )
    try:
        transport.hand_over(message_id, phone, orjson.dumps(text), seconds)
        while transport.in_flight:
            for answer in transport.poll(seconds):
                return answer.outcome, answer.latency
    finally:
        transport.close()
    raise RuntimeError("the transport gives every request an outcome")
