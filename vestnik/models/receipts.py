"""What providers tell us by themselves: receipts, and texts that people sent to us."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from vestnik.models.client import LAST_DIGITS


class ReceiptVerdict(models.TextChoices):
    """Why a receipt changed nothing and is kept for people to see."""

    ORPHAN = "orphan", "no message of ours was found for a day"
    CONTRADICTION = "contradiction", "its message had come to another end before"
    FOREIGN = "foreign", "its message did not go over this gateway"
    BAD = "bad", "it could not be written into its message"


class ReceiptBody(models.Model):
    """Receipts of one gateway that came together, kept before they are acknowledged, until somebody looks at them.

    - ``fates``: 0 accepted, 1 on its way, 2 delivered, 3 undelivered; a receipt for each.
    - The others have as many elements, in the same order, or are null if no receipt has any. They are as in
      :class:`StoredReceipt`; ``times``: unix seconds.
    """

    id = models.BigAutoField(primary_key=True)
    gateway_id = models.SmallIntegerField()
    received_at = models.DateTimeField()
    fates = ArrayField(models.SmallIntegerField())
    provider_ids = ArrayField(models.TextField(null=True), null=True)
    message_ids = ArrayField(models.BigIntegerField(null=True), null=True)
    codes = ArrayField(models.TextField(), null=True)
    words = ArrayField(models.TextField(), null=True)
    operators = ArrayField(models.TextField(null=True), null=True)
    times = ArrayField(models.FloatField(null=True), null=True)

    class Meta:
        db_table = "vestnik_receipt_body"


class StoredReceipt(models.Model):
    """A receipt that was looked at, and waits for the outcome of its message, or changed nothing and is kept.

    - ``provider_id``, ``message_id``: the provider's id of the message, and ours, as far as it names them.
    - ``fate``: 0 accepted, 1 on its way, 2 delivered, 3 undelivered. ``code``, ``words``: the provider's own.
      ``at``: when it says so; null: it does not. ``operator``: that of the phone, if it names one.
    - ``due_at``: it is looked at from then on. One that comes before its message has an outcome waits.
    - ``verdict``: it could not be applied, and is kept for a while.
    """

    id = models.BigAutoField(primary_key=True)
    gateway_id = models.SmallIntegerField()
    provider_id = models.TextField(null=True)
    message_id = models.BigIntegerField(null=True)
    fate = models.SmallIntegerField()
    code = models.TextField(default="", db_default="")
    words = models.TextField(default="", db_default="")
    operator = models.TextField(null=True)
    at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    verdict = models.CharField(max_length=13, choices=ReceiptVerdict.choices, default="", db_default="", blank=True)

    class Meta:
        db_table = "vestnik_receipt"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at", "id"], name="receipt_due", condition=Q(verdict="")),
            models.Index(fields=["received_at"], name="receipt_kept", condition=~Q(verdict="")),
        ]


class ReceiptCount(models.Model):
    """How many receipts of a gateway came to what.

    ``kind``: ``applied``, ``same`` (it said nothing new), a :class:`ReceiptVerdict`, ``forged``: its signature, the
    secret of its address or its sender was wrong, ``bad``: it could not be read, or not be applied.
    ``gateway_id``: 0: calls to a name that no gateway has.
    """

    pk = models.CompositePrimaryKey("gateway_id", "kind")
    gateway_id = models.SmallIntegerField()
    kind = models.CharField(max_length=13)
    count = models.BigIntegerField()
    last_at = models.DateTimeField()


class Inbound(models.Model):
    """A text that somebody sent to us.

    ``phone``: eleven digits if it is a number that we could write to; null: it is not.
    ``sender``, ``recipient``: as the provider writes them.
    ``provider_id``: its id there; one that comes again is not kept twice.
    """

    id = models.BigAutoField(primary_key=True)
    gateway_id = models.SmallIntegerField()
    provider_id = models.TextField(default="", db_default="")
    phone = models.BigIntegerField(null=True)
    sender = models.TextField()
    recipient = models.TextField(default="", db_default="")
    text = models.TextField()
    at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["gateway_id", "provider_id"], name="inbound_once", condition=~Q(provider_id="")
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["phone", "id"], name="inbound_phone"),
            models.Index(F("phone") % 10**LAST_DIGITS, F("id"), name="inbound_last_digits"),
            models.Index(fields=["received_at"], name="inbound_received_at"),
        ]
