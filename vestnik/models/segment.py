"""Segments: filters over clients that are kept under a name and used again."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from vestnik.models.account import User


class Segment(models.Model):
    """A filter over clients under a name. A mailing takes a copy of it, so a change here changes no mailing.

    - ``conditions``, ``exclude``: who is in, and who of them is left out (null: nobody), as JSON
      (:mod:`vestnik.clients.segments.conditions`).
    - ``version`` grows with each change that somebody makes.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    conditions = models.JSONField()
    exclude = models.JSONField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name"], name="segment_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="segment_name_not_empty"),
        ]
