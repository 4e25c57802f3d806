"""The serializers of the tutorials' project."""

from rest_framework import serializers

from bench.baselines.tutorial.models import Client, Mailing, Message


class ClientSerializer(serializers.ModelSerializer[Client]):
    """A client."""

    class Meta:
        model = Client
        fields = ("id", "phone_number", "mobile_operator_code", "tag", "timezone")


class MailingSerializer(serializers.ModelSerializer[Mailing]):
    """A mailing."""

    class Meta:
        model = Mailing
        fields = ("id", "name", "message_text", "start_time", "end_time", "filter")


class MessageSerializer(serializers.ModelSerializer[Message]):
    """A message."""

    class Meta:
        model = Message
        fields = ("id", "created_at", "status", "dispatch", "client")


class StatisticsSerializer(serializers.ModelSerializer[Mailing]):
    """A mailing with the counts of its messages."""

    total_count = serializers.IntegerField()
    created_count = serializers.IntegerField()
    processing_count = serializers.IntegerField()
    complete_count = serializers.IntegerField()
    error_count = serializers.IntegerField()

    class Meta:
        model = Mailing
        fields = (
            "id", "name", "start_time", "end_time", "message_text", "total_count", "created_count",
            "processing_count", "complete_count", "error_count",
        )  # fmt: skip
