"""The identity of the database that the ledger is in, so that a copy restored from a backup is recognised."""

from typing import ClassVar

from django.db import models


class LedgerIdentity(models.Model):
    """The only row (id 1): the PostgreSQL cluster and the database that the ledger was in when it was last looked at.

    ``system``: the identifier that initdb gave the cluster. ``database``: the object id of the database in it.
    ``restored_at``: when the ledger was last found to be a restored copy.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    system = models.CharField(max_length=40)
    database = models.BigIntegerField()
    restored_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="ledger_identity_one_row"),
        ]
