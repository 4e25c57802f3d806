"""Stored results about the messages of mailings, so that no page has to count them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class Progress(models.Model):
    """The totals of a mailing at an instant: ``sent`` (also delivered and undelivered), ``bad`` (failed and unknown).

    ``unknown``: those of ``bad`` that are unknown; samples of earlier releases have 0.

    A mailing that stands still has no new rows. No foreign key: a row is written every few seconds.
    """

    id = models.BigAutoField(primary_key=True)
    mailing_id = models.BigIntegerField()
    at = models.DateTimeField()
    sent = models.BigIntegerField()
    bad = models.BigIntegerField()
    unknown = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["mailing_id", "at"], name="progress_mailing"),
            # Rows come in the order of time: a few pages of this index hold years.
            BrinIndex(fields=["at"], name="progress_time"),
        ]


class BatchOutcomes(models.Model):
    """Codes of a batch's messages that ended without success; counted once, when somebody looked.

    ``stamp``: the batch's attempt and its counters when that was; if the counters differ now, it is counted again.
    ``outcomes``: a list of ``[state, code, messages, words]``.
    """

    batch_id = models.BigIntegerField(primary_key=True)
    stamp = ArrayField(models.IntegerField())
    outcomes = models.JSONField()


class BatchParts(models.Model):
    """The SMS parts of a batch's messages beyond those that the mailing's own text has; counted when somebody looked.

    ``taken``: messages that gateways had taken when that was; if it is another number now, it is counted again.
    ``extra``: a list of ``[gateway, parts]``; a number may be negative.
    """

    batch_id = models.BigIntegerField(primary_key=True)
    taken = models.IntegerField()
    extra = models.JSONField()


class TotalsCheck(models.Model):
    """The last comparison of a finished mailing's totals with its messages, and how many differed."""

    mailing_id = models.BigIntegerField(primary_key=True)
    checked_at = models.DateTimeField()
    differences = models.IntegerField()

    class Meta:
        #: Older releases, which may run beside this one, know the table by this name.
        db_table = "vestnik_bookscheck"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["mailing_id"], name="books_that_differ", condition=models.Q(differences__gt=0)),
        ]
