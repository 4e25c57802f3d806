"""What receipts have said of mailings, counted: for pages that show it without reading messages."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class DeliveryKind(models.IntegerChoices):
    """What a :class:`DeliveryCount` is counted by, and what its ``key`` is."""

    GATEWAY = 1, "the gateway's id"
    OPERATOR = 2, "the operator's name as the provider says it, or # and the operator code; empty: the phone was erased"
    HOUR = 3, "the hour in which the message was sent, as hours since 1970 in UTC"
    CODE = 4, "the provider's code of what was not delivered"
    DELAY = 5, "the gateway's id, a colon and the number of a bucket of delays"


class BatchDelivery(models.Model):
    """What a batch has given to the counts of its mailing.

    ``stamp``: its counters delivered and undelivered when that was; if they differ now, it is counted again.
    ``counts``: a list of ``[kind, key, state, messages]``.
    """

    batch_id = models.BigIntegerField(primary_key=True)
    stamp = ArrayField(models.IntegerField())
    counts = models.JSONField()

    class Meta:
        db_table = "vestnik_batchdelivery"


class DeliveryCount(models.Model):
    """How many messages of a mailing are delivered or undelivered, by one thing. It outlasts the messages.

    ``words``: of the provider, with a code.
    """

    pk = models.CompositePrimaryKey("mailing_id", "kind", "key", "state")
    mailing_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=DeliveryKind.choices)
    key = models.TextField()
    state = models.SmallIntegerField()
    count = models.BigIntegerField()
    words = models.TextField(null=True)

    class Meta:
        db_table = "vestnik_deliverycount"
