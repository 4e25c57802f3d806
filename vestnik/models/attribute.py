"""The attributes that clients may have: each name with its type, once for the whole directory."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class AttributeType(models.TextChoices):
    """What the values of an attribute are. JSON has no dates, so the type of a value cannot be seen by itself."""

    TEXT = "text", "a text"
    NUMBER = "number", "a number"
    DATE = "date", "a day"


class Attribute(models.Model):
    """A name that clients' attributes may have, and the type of its values; clients may have it or not.

    ``is_counted``: whether the rows of :class:`AttributeCount` say how many clients have it. They do from the start,
    except where clients had it before the ledger counted (migration 0054): until all clients were counted once.
    """

    name = models.CharField(max_length=40, primary_key=True)
    type = models.CharField(max_length=6, choices=AttributeType.choices)
    created_at = models.DateTimeField(db_default=Now())
    is_counted = models.BooleanField(db_default=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(name__regex="^[a-z][a-z0-9_]{0,39}$"), name="attribute_name_is_plain"
            ),
            models.CheckConstraint(condition=models.Q(type__in=("text", "number", "date")), name="attribute_type"),
        ]


class AttributeCount(models.Model):
    """So many clients more, or fewer, have an attribute. The sum of a name's rows is the number of its clients.

    The database writes and folds the rows (``vestnik/models/sql/attribute_counts.sql``). No foreign key: it would lock
    the attribute for each client that is written.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=40)
    clients = models.BigIntegerField()
