"""The last signs of life of parts that leave no other trace in the ledger."""

from typing import ClassVar

from django.db import models


class Heartbeat(models.Model):
    """A part writes here, again and again, that it works.

    ``beat``: it has handed a tick to the broker. ``nudges``: a worker got something out of the broker.
    ``facts``: somebody looked at the facts, and saw that the ledger takes changes.
    """

    BEAT: ClassVar[str] = "beat"
    NUDGES: ClassVar[str] = "nudges"
    LOOKED_AT: ClassVar[str] = "facts"

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()
