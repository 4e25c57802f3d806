"""Counts of tries, for actions that have a limit."""

from typing import ClassVar

from django.db import models


class Tries(models.Model):
    """Tries in the period that began at ``began_at``.

    ``bucket`` names a limit and, as a digest, who tries: no address and no name is kept.
    """

    bucket = models.CharField(max_length=80, primary_key=True)
    began_at = models.DateTimeField()
    count = models.IntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["began_at"], name="tries_age")]
