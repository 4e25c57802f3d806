"""Webhooks: where events are sent to, the events, what is still to be delivered, and the last attempts."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from vestnik.models.account import User
from vestnik.models.states import MessageState


class WebhookEventType(models.TextChoices):
    """What an endpoint can be told. Triggers write the events (``vestnik/models/sql/webhooks.sql``)."""

    MESSAGE_SENT = "message.sent", "a gateway has taken messages"
    MESSAGE_DELIVERED = "message.delivered", "messages have arrived"
    MESSAGE_UNDELIVERED = "message.undelivered", "messages have not arrived"
    MESSAGE_FAILED = "message.failed", "a gateway has refused messages"
    MESSAGE_UNKNOWN = "message.unknown", "nobody knows whether messages were delivered"
    MAILING_STARTED = "mailing.started", "a mailing has started"
    MAILING_PAUSED = "mailing.paused", "a mailing is paused"
    MAILING_RESUMED = "mailing.resumed", "a mailing goes on"
    MAILING_CANCELLED = "mailing.cancelled", "a mailing is cancelled"
    MAILING_FINISHED = "mailing.finished", "nothing of a mailing is left to send; the event has its totals"
    IMPORT_FINISHED = "import.finished", "an import is done, has failed, or was cancelled"
    GATEWAY_DOWN = "gateway.down", "a gateway cannot be reached"
    GATEWAY_OUT = "gateway.out", "a gateway rejects our account"
    GATEWAY_UP = "gateway.up", "a gateway takes messages again"
    INBOUND_RECEIVED = "inbound.received", "somebody has sent a text to us"


#: The event of each outcome of a message; no other state is told.
MESSAGE_EVENTS: dict[MessageState, WebhookEventType] = {
    MessageState.SENT: WebhookEventType.MESSAGE_SENT,
    MessageState.DELIVERED: WebhookEventType.MESSAGE_DELIVERED,
    MessageState.UNDELIVERED: WebhookEventType.MESSAGE_UNDELIVERED,
    MessageState.FAILED: WebhookEventType.MESSAGE_FAILED,
    MessageState.UNKNOWN: WebhookEventType.MESSAGE_UNKNOWN,
}


class DisabledCode(models.TextChoices):
    """Why an endpoint is disabled."""

    OPERATOR = "operator", "an administrator wanted it"
    GONE = "gone", "it answered 410"
    FAILING = "failing", "nothing could be delivered for 75 hours"


class WebhookEndpoint(models.Model):
    """An address that events are delivered to.

    - ``event_types``: what it is told. Events are kept while an endpoint wants them, and for a week after it was
      disabled.
    - ``secrets``: encrypted, ``now`` and, while one is rotated, ``before``, which counts until ``before_until``.
    - ``disabled_code``: why it is disabled; empty: it is not. ``disabled_at``: since when.
    - ``failures``: attempts in a row that failed, over all its events. ``failing_since``: the first of them.
      ``waits_until``: it is down, so no event is tried before then.
    - ``version`` grows with each change that somebody makes.
    """

    id = models.BigAutoField(primary_key=True)
    url = models.TextField()
    description = models.CharField(max_length=200, default="", blank=True)
    event_types = ArrayField(models.CharField(max_length=30))
    secrets = models.TextField()
    before_until = models.DateTimeField(null=True)
    enabled = models.BooleanField(default=True)
    disabled_code = models.CharField(max_length=10, choices=DisabledCode.choices, default="", blank=True)
    disabled_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    waits_until = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)

    class Meta:
        db_table = "vestnik_webhook_endpoint"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(event_types__len__gt=0), name="webhook_has_events"),
            models.CheckConstraint(
                condition=Q(enabled=True, disabled_code="") | (Q(enabled=False) & ~Q(disabled_code="")),
                name="webhook_disabled_for_a_reason",
            ),
        ]


class WebhookEvent(models.Model):
    """Something that happened, written in the transaction that made it happen. ``uid``: what receivers know it by."""

    id = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    type = models.CharField(max_length=30)
    at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        db_table = "vestnik_webhook_event"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["at"], name="webhook_event_at")]


class WebhookOutcome(models.Model):
    """Outcomes of messages that are not in an event yet: those of one mailing and one state, as a statement wrote them.

    ``ids``: the messages. Or, of a flush into the log, ``bits``: bit n stands for the message ``first_id + n``.
    """

    id = models.BigAutoField(primary_key=True)
    mailing_id = models.BigIntegerField()
    state = models.SmallIntegerField()
    at = models.DateTimeField()
    ids = ArrayField(models.BigIntegerField(), null=True)
    first_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "vestnik_webhook_outcome"


class WebhookDelivery(models.Model):
    """An event that an endpoint has not acknowledged yet. The row goes when it has, or when we give up.

    ``due_at``: the next attempt; while one is under way, the time at which it counts as lost.
    ``since``: when it was to be delivered first.
    """

    pk = models.CompositePrimaryKey("endpoint_id", "event_id")
    endpoint_id = models.BigIntegerField()
    event_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    since = models.DateTimeField()

    class Meta:
        db_table = "vestnik_webhook_delivery"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["endpoint_id", "due_at", "event_id"], name="webhook_delivery_due"),
            models.Index(fields=["event_id"], name="webhook_delivery_event"),
        ]


class WebhookAttempt(models.Model):
    """One attempt to deliver an event. The last few hundred of an endpoint are kept.

    ``status``: the HTTP status; null: there was no answer, and ``error`` says why. ``answer``: its first bytes, as
    text. ``milliseconds``: how long it took.
    """

    id = models.BigAutoField(primary_key=True)
    endpoint_id = models.BigIntegerField()
    event_uid = models.UUIDField()
    event_type = models.CharField(max_length=30)
    at = models.DateTimeField(db_default=Now())
    status = models.IntegerField(null=True)
    error = models.CharField(max_length=200, default="", blank=True)
    answer = models.TextField(default="", blank=True)
    milliseconds = models.IntegerField()

    class Meta:
        db_table = "vestnik_webhook_attempt"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["endpoint_id", "id"], name="webhook_attempt_of"),
        ]
