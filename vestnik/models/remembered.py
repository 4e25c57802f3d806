"""Answered requests, so that a repetition gets the same answer and is not done again."""

from typing import ClassVar

from django.db import models

from vestnik.models.account import User


class RememberedRequest(models.Model):
    """A request of a user that came with an ``Idempotency-Key``: a digest of its body, and the first answer to it.

    ``answer`` is null only inside of the transaction that makes it.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "key"], name="remembered_once_a_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["created_at"], name="remembered_age")]
