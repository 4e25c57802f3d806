"""Drafts: what somebody has typed into the form of a new mailing, before there is one."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from vestnik.models.account import User


class Draft(models.Model):
    """A mailing that is being written. It is no mailing: nothing but the console's drafts reads it.

    - ``typed``: the fields of the form as they were typed, each a list of texts. They may be incomplete or wrong.
    - ``name``, ``beginning``: the name of the mailing and the first characters of its text, for the list.
    - ``form``: the form (one page load) that saved last; None once the draft has ended.
    - ``turn``: which save of that form it was. A save that arrives after a later one changes nothing.
    - ``version`` grows with each change.
    - ``ended_at``, ``ended_by``: it was deleted, or became the mailing ``became``, which may be deleted since. The row
      is kept for a day, so that this can be undone, and said to others who have the draft open.
    """

    id = models.BigAutoField(primary_key=True)
    typed = models.JSONField()
    name = models.CharField(max_length=200, blank=True)
    beginning = models.CharField(max_length=200, blank=True)
    form = models.UUIDField(null=True)
    turn = models.IntegerField(default=0)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    became = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["form"], name="draft_form_once"),
            models.CheckConstraint(
                condition=Q(ended_at=None, became=None) | Q(ended_at__isnull=False, form=None), name="draft_ended_whole"
            ),
        ]
