"""The shapes of webhooks in REST. A secret is shown once, by what makes it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from vestnik.api.fields import CleanTextField, TextField
from vestnik.models import WebhookAttempt, WebhookEndpoint, WebhookEventType
from vestnik.webhooks.delivery import public_id
from vestnik.webhooks.endpoints import MAX_DESCRIPTION, pause_end, waiting_events
from vestnik.webhooks.targets import MAX_URL

_TYPES = [(each.value, each.value) for each in WebhookEventType]


class WebhookSerializer(serializers.Serializer[WebhookEndpoint]):
    """An endpoint: an address of yours that events are posted to."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.ChoiceField(choices=_TYPES))
    enabled = serializers.BooleanField()
    disabled_reason = serializers.SerializerMethodField(
        help_text="`operator`: an administrator wanted it; `gone`: it answered 410; `failing`: nothing arrived for 75"
        " hours. Null: it is enabled.",
    )
    disabled_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(help_text="Attempts in a row that failed, until now.")
    failing_since = serializers.DateTimeField(allow_null=True)
    waits_until = serializers.SerializerMethodField(
        help_text="No event is tried before then: attempts failed, or it asked us to wait. A test event that arrives"
        " ends the pause. Null: nothing keeps events back."
    )
    waiting = serializers.SerializerMethodField(help_text="Events that have not arrived yet.")
    before_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then events are signed with the secret before the last rotation, too."
    )
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(source="created_by.username", allow_null=True, default=None)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_disabled_reason(self, row: WebhookEndpoint) -> str | None:
        """Return why it is disabled."""
        return row.disabled_code or None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_waits_until(self, row: WebhookEndpoint) -> str | None:
        """Return the end of its pause, written as all times."""
        until = pause_end(row)
        return None if until is None else serializers.DateTimeField().to_representation(until)

    def get_waiting(self, row: WebhookEndpoint) -> int:
        """Return how many events wait."""
        return waiting_events(endpoint=row)


class WebhookWithSecretSerializer(WebhookSerializer):
    """An endpoint with the secret that was just made."""

    secret = serializers.CharField(help_text="`whsec_…`, for a library of Standard Webhooks. It is shown this once.")


class NewWebhookSerializer(serializers.Serializer[Any]):
    """A new endpoint."""

    url = TextField(min_length=1, max_length=MAX_URL, help_text="https, at an address of the public internet.")
    event_types = serializers.ListField(
        child=serializers.ChoiceField(choices=_TYPES), min_length=1, max_length=100, help_text="What it is told."
    )
    description = CleanTextField(required=False, allow_blank=True, max_length=MAX_DESCRIPTION)


class WebhookChangesSerializer(NewWebhookSerializer):
    """Changes of an endpoint. What is absent stays."""

    enabled = serializers.BooleanField(required=False, help_text="Enabled again, what still waits is due at once.")


class AttemptSerializer(serializers.Serializer[WebhookAttempt]):
    """One attempt to deliver an event."""

    id = serializers.IntegerField()
    webhook_id = serializers.SerializerMethodField(help_text="The head `webhook-id`: the same with each attempt.")
    type = serializers.CharField(source="event_type")
    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True, help_text="Of HTTP. Null: there was no answer.")
    error = serializers.CharField(help_text="Why there was no answer, for people; else empty.")
    answer = serializers.CharField(help_text="Its first bytes.")
    milliseconds = serializers.IntegerField()

    def get_webhook_id(self, row: WebhookAttempt) -> str:
        """Return what receivers know the event by."""
        return public_id(row.event_uid)


class ReplaySerializer(serializers.Serializer[Any]):
    """What a replay found."""

    events = serializers.IntegerField(help_text="So many are delivered again.")
