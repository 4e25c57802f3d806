"""Templates: texts that are kept under a name and used again."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from vestnik.models.account import User
from vestnik.models.states import OnMissing


class Template(models.Model):
    """A text under a name. A mailing takes a copy of it, so a change here changes no mailing.

    - ``personal``, ``on_missing``, ``locale``: as of a mailing (:class:`vestnik.models.mailing.Mailing`).
    - ``version`` grows with each change that somebody makes.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    message_text = models.CharField(max_length=2000)
    personal = models.BooleanField(default=False)
    on_missing = models.CharField(max_length=7, choices=OnMissing.choices, default="", blank=True)
    locale = models.CharField(max_length=2, default="", blank=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name"], name="template_name_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(message_text=""), name="template_not_empty"),
            models.CheckConstraint(
                condition=Q(personal=False, on_missing="", locale="")
                | (Q(personal=True, on_missing__in=["default", "skip"]) & ~Q(locale="")),
                name="template_personal_whole",
            ),
        ]
