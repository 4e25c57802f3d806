"""The models of the tutorials' project."""

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models


class Client(models.Model):
    """Somebody who is sent messages."""

    phone_number = models.CharField(max_length=11, unique=True, validators=[RegexValidator(r"^7\d{10}$")])
    mobile_operator_code = models.CharField(max_length=3, blank=True)
    tag = models.CharField(max_length=64)
    timezone = models.CharField(max_length=64)
    objects: ClassVar[models.Manager["Client"]] = models.Manager()

    class Meta:
        app_label = "tutorial"


class Mailing(models.Model):
    """One text for everybody who matches a filter."""

    name = models.CharField(max_length=200, blank=True)
    message_text = models.TextField()
    start_time = models.DateTimeField()
    end_time = models.DateTimeField()
    filter: "models.JSONField[Any, Any]" = models.JSONField()
    objects: ClassVar[models.Manager["Mailing"]] = models.Manager()

    class Meta:
        app_label = "tutorial"


class Message(models.Model):
    """A message and what came of it."""

    class Status(models.TextChoices):
        """The four of the contract."""

        CREATED = "CREATED"
        PROCESSING = "PROCESSING"
        COMPLETE = "COMPLETE"
        ERROR = "ERROR"

    created_at = models.DateTimeField(auto_now_add=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CREATED)
    dispatch = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="messages")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="messages")
    objects: ClassVar[models.Manager["Message"]] = models.Manager()

    class Meta:
        app_label = "tutorial"
