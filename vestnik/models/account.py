"""Who may do what: users, their logins, and the record of what they decided."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class Role(models.TextChoices):
    """What an account may do. Administrators get the daily report."""

    ADMINISTRATOR = "administrator", "everything"
    OPERATOR = "operator", "clients and mailings"
    VIEWER = "viewer", "reads only"


class Language(models.TextChoices):
    """The languages that Vestnik writes to people in."""

    ENGLISH = "en", "English"
    RUSSIAN = "ru", "русский"


class User(AbstractUser):
    """An account. ``language``: that it is written to in. ``timezone``: an IANA name; empty: TIME_ZONE.

    Names and e-mails are unique without regard to case; an e-mail may be absent (empty).
    """

    role = models.CharField(max_length=13, choices=Role.choices, default=Role.OPERATOR)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.ENGLISH, db_default="en")
    timezone = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta(AbstractUser.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique", condition=~models.Q(email="")),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=models.Q(language__in=Language.values), name="user_language_known"),
        ]


class Login(models.Model):
    """One login: both its tokens carry this id (``sid``) and work only while ``revoked_at`` is null.

    ``refresh_jti`` is the only refresh token of the login that is still good; using an older one revokes the login.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="logins")
    refresh_jti = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["expires_at"], name="login_expires")]


class AuditEntry(models.Model):
    """A decision somebody took, for ever: who (null: the system), what, on which object, with which details."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32)
    object_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["object_type", "object_id", "id"], name="audit_object")
        ]
