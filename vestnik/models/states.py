"""The states of mailings, messages and batches, and which may follow which. This is their only place.

Mailing::

    scheduled -> running <-> paused -> completed | expired | cancelled
    scheduled -> cancelled | expired
    scheduled -> paused, at its start, when it came out of a backup that nobody has looked at
    completed | expired -> running, before its end, by an operator's recorded resend of unknown messages only

Message: ``queued -> sending -> sent -> delivered | undelivered``, or ``failed``, ``expired``, ``cancelled``,
``unknown``. ``sending`` is never stored: it is derived from the batch (see :class:`vestnik.models.Batch`).
Final states do not change, except ``unknown``: a receipt may settle it, and an operator may send it again.
"""

from django.db import models


class MailingState(models.TextChoices):
    """The state of a mailing."""

    SCHEDULED = "scheduled", "waits for its start"
    RUNNING = "running", "the audience is being built or sent to"
    PAUSED = "paused", "stopped by an operator, or by a gateway that refuses the token"
    COMPLETED = "completed", "every message has a final state"
    EXPIRED = "expired", "ended with at least one message not sent in time"
    CANCELLED = "cancelled", "stopped for good by an operator"


class MailingKind(models.TextChoices):
    """What a mailing holds: one text for an audience, or the single messages of a day."""

    BULK = "bulk", "one text for everybody who matches"
    DIRECT = "direct", "single messages"


class OnMissing(models.TextChoices):
    """What becomes of a client without a value that a personal text names."""

    DEFAULT = "default", "the placeholder's default"
    SKIP = "skip", "nothing is sent to this client"


class PauseCode(models.TextChoices):
    """Why a mailing is paused, or held back before its start. Empty: it is neither."""

    OPERATOR = "operator", "an operator wanted it"
    REFUSED = "refused", "the gateway refuses our token"
    GATEWAY_BRAKE = "gateway_brake", "the gateway gave nothing but bad answers, to everything"
    MAILING_BRAKE = "mailing_brake", "the gateway gave nothing but bad answers to this mailing"
    RESTORED = "restored", "it came out of a backup, and may have been sent since"
    WRONG_TEXT = "wrong_text", "its personal text cannot be read, so its audience cannot be built"


class BatchState(models.TextChoices):
    """The state of a batch: waiting for its due time, leased by a dispatcher, or with nothing left to send."""

    READY = "ready", "waits to be leased"
    LEASED = "leased", "a dispatcher sends it"
    DONE = "done", "no message is queued or sending"


class MessageState(models.IntegerChoices):
    """What became of a message. Stored as a small integer: there are a hundred million of them."""

    QUEUED = 0, "queued"
    SENT = 1, "sent"
    DELIVERED = 2, "delivered"
    UNDELIVERED = 3, "undelivered"
    FAILED = 4, "failed"
    EXPIRED = 5, "expired"
    CANCELLED = 6, "cancelled"
    UNKNOWN = 7, "unknown"


#: The word for the derived state: handed to the gateway, no outcome recorded yet.
SENDING = "sending"

#: The nine words of the contract, in the order of the totals.
MESSAGE_STATES: tuple[str, ...] = (
    "queued",
    SENDING,
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "expired",
    "cancelled",
    "unknown",
)

#: The roll-up ``status`` of the contract for each of the nine words.
STATUS_OF_STATE: dict[str, str] = {
    "queued": "CREATED",
    SENDING: "PROCESSING",
    "sent": "COMPLETE",
    "delivered": "COMPLETE",
    "undelivered": "ERROR",
    "failed": "ERROR",
    "expired": "ERROR",
    "cancelled": "ERROR",
    "unknown": "ERROR",
}

#: The four roll-ups, in the order of the totals.
MESSAGE_STATUSES: tuple[str, ...] = tuple(dict.fromkeys(STATUS_OF_STATE.values()))

MAILING_TRANSITIONS: dict[MailingState, frozenset[MailingState]] = {
    MailingState.SCHEDULED: frozenset(
        {MailingState.RUNNING, MailingState.PAUSED, MailingState.CANCELLED, MailingState.EXPIRED}
    ),
    MailingState.RUNNING: frozenset(
        {MailingState.PAUSED, MailingState.COMPLETED, MailingState.EXPIRED, MailingState.CANCELLED}
    ),
    MailingState.PAUSED: frozenset(
        {MailingState.RUNNING, MailingState.COMPLETED, MailingState.EXPIRED, MailingState.CANCELLED}
    ),
    # Only vestnik.mailings.unknown does this: over early, with messages that an operator decides to send again.
    MailingState.COMPLETED: frozenset({MailingState.RUNNING}),
    MailingState.EXPIRED: frozenset({MailingState.RUNNING}),
    MailingState.CANCELLED: frozenset(),
}

MESSAGE_TRANSITIONS: dict[MessageState, frozenset[MessageState]] = {
    MessageState.QUEUED: frozenset(
        {MessageState.SENT, MessageState.FAILED, MessageState.EXPIRED, MessageState.CANCELLED, MessageState.UNKNOWN}
    ),
    MessageState.SENT: frozenset({MessageState.DELIVERED, MessageState.UNDELIVERED}),
    MessageState.UNKNOWN: frozenset(
        {MessageState.QUEUED, MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED, MessageState.FAILED}
    ),
    MessageState.DELIVERED: frozenset(),
    MessageState.UNDELIVERED: frozenset(),
    MessageState.FAILED: frozenset(),
    MessageState.EXPIRED: frozenset(),
    MessageState.CANCELLED: frozenset(),
}

#: Where a message ends that did not reach anybody, or may not have.
NO_SUCCESS = (
    MessageState.UNDELIVERED,
    MessageState.FAILED,
    MessageState.EXPIRED,
    MessageState.CANCELLED,
    MessageState.UNKNOWN,
)

#: The words of the states, as the ledger writes them.
STATE_WORDS: dict[int, str] = {int(state): str(state.label) for state in MessageState}

#: A mailing in one of these has not ended.
LIVE_STATES: tuple[MailingState, ...] = (MailingState.SCHEDULED, MailingState.RUNNING, MailingState.PAUSED)


def states_that_lead_to(target: MailingState) -> tuple[MailingState, ...]:
    """The mailing states from which ``target`` may follow, in the order of the life-cycle."""
    return tuple(state for state in MailingState if target in MAILING_TRANSITIONS[state])
