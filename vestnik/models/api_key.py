"""API keys: how machines say who they are."""

from typing import ClassVar

from django.db import models

from vestnik.models.account import Role, User


class ApiKey(models.Model):
    """A key of an account, for a machine. The key itself is not kept, only its SHA-256.

    It works until ``expires_at`` (null: no limit) and while ``revoked_at`` is null, with the lower one of its own role
    and its owner's.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=13, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    starts_with = models.CharField(max_length=8)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="api_key_role_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["owner", "id"], name="api_key_owner")]
