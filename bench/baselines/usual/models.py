"""The model of the usual project."""

from typing import ClassVar

from django.db import models


class Message(models.Model):
    """A message and what came of it: 0 waits, 1 was sent, 4 failed."""

    id = models.BigIntegerField(primary_key=True)
    phone = models.BigIntegerField(unique=True)
    state = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    #: Django's own, named so that the type checker finds it: the app is not among ours.
    objects: ClassVar[models.Manager["Message"]] = models.Manager()

    class Meta:
        app_label = "usual"
        db_table = "bench_message"
