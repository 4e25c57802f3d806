"""Users, their logins, and the record of their decisions."""

import uuid
from collections.abc import Iterator
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac


class Role(models.TextChoices):
    """The role of an account. Administrators get the daily report."""

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
    ``name_key``: what the name looks like, the same for names that look alike; null: not computed yet.
    ``logins_ended``: raised each time that all logins of the account end. A session of the console, and a request that
    is under way, hold only as long as it is what they saw first.
    ``password_is_temporary``: somebody else chose it, so the account has to choose another one.
    ``own_phone``: to whom its own test messages go; null: it has not said.
    """

    role = models.CharField(max_length=13, choices=Role.choices, default=Role.OPERATOR)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.ENGLISH, db_default="en")
    timezone = models.CharField(max_length=64, blank=True, default="", db_default="")
    name_key = models.CharField(max_length=600, null=True, editable=False)
    logins_ended = models.IntegerField(default=0, db_default=0, editable=False)
    password_is_temporary = models.BooleanField(default=False, db_default=False, editable=False)
    own_phone = models.BigIntegerField(null=True, editable=False)

    class Meta(AbstractUser.Meta):
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["name_key"], name="user_name_key")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique", condition=~models.Q(email="")),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=models.Q(language__in=Language.values), name="user_language_known"),
        ]

    def set_password(self, raw_password: str | None) -> None:
        """Django's, and no login from before holds any more."""
        super().set_password(raw_password)
        self.logins_ended += 1

    def set_unusable_password(self) -> None:
        """Django's, and no login from before holds any more."""
        super().set_unusable_password()
        self.logins_ended += 1

    def get_session_auth_hash(self) -> str:
        """The hash that a console session must have. It depends on ``logins_ended``, so closing ends it for good."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Sessions from before a change of ``SECRET_KEY`` hold while ``SECRET_KEY_FALLBACKS`` names the earlier key.

        Sessions of an earlier release, which were bound to the password alone, hold until it changes.
        """
        for key in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(key)
        if not self.logins_ended:
            yield super().get_session_auth_hash()

    def _session_hash(self, key: str) -> str:
        value = f"{self.pk} {self.logins_ended}"
        return salted_hmac("vestnik.session", value, secret=key, algorithm="sha256").hexdigest()


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
    """A decision somebody took, kept permanently: who (null: the system), what, on which object, with which details."""

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
