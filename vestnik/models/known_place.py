"""Places from which accounts have logged in before."""

from typing import ClassVar

from django.db import models

from vestnik.models.account import User


class KnownPlace(models.Model):
    """An address, or a browser, from which somebody logged in to the account with the right password.

    ``digest``: a keyed digest (HMAC-SHA-256) of account and place; neither address nor cookie is kept.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_places")
    digest = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user", "seen_at"], name="known_place_age")]
