"""When parts without a trace of their own in the ledger were last at work."""

from django.db import models


class Heartbeat(models.Model):
    """A part writes here, again and again, that it works: ``beat`` whenever it has handed a tick to the broker."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()
