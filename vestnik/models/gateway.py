"""Gateways (connections to providers) and routes (which gateways a message may go over)."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from vestnik.models.account import User

#: The id of the gateway ``default``: the one that the environment names (GATEWAY_URL …), or else the simulator.
DEFAULT_GATEWAY = 1


class Gateway(models.Model):
    """A named connection to a provider. Its state (breaker, rate) is the :class:`GatewayState` of the same id.

    - ``kind``: the adapter (:mod:`vestnik.gateways.adapters`). ``settings``: its fields without the secret ones.
      ``secrets``: the secret ones as JSON, encrypted; empty: there is none.
    - ``concurrency``: messages in flight of one dispatcher. ``max_rate``: messages a second of all; null: no limit.
      ``timeout``: seconds for one message. ``idempotent``: the provider recognises a message that is sent again.
    - ``enabled``: messages may go over it. ``checked_at``, ``tested_at``: when a check and a test message succeeded
      with the settings of now.
    - ``receipts_from``: addresses and networks from which receipts are taken; empty: from all.
    - ``receipts_turn``: how often the secret in the address for receipts was changed. ``receipts_before_until``: the
      address before the last change counts until then, too.
    - ``version`` grows with every change; dispatchers open the way again then.
    - ``removed_at``: nobody sees it any more; the row stays, since messages name it.

    The row with id 1 is ``default``. Only the environment says what it is: its other columns mean nothing.
    """

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(default="", blank=True)
    concurrency = models.IntegerField(default=64)
    max_rate = models.IntegerField(null=True)
    timeout = models.IntegerField(default=30)
    idempotent = models.BooleanField(default=False)
    enabled = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    receipts_from = ArrayField(models.CharField(max_length=50), default=list, db_default=[], blank=True)
    receipts_turn = models.SmallIntegerField(default=0, db_default=0)
    receipts_before_until = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("name"), name="gateway_name_unique", condition=Q(removed_at=None)),
            models.CheckConstraint(condition=Q(concurrency__range=(1, 10_000)), name="gateway_concurrency_range"),
            models.CheckConstraint(condition=Q(timeout__range=(1, 600)), name="gateway_timeout_range"),
            models.CheckConstraint(
                condition=Q(max_rate=None) | Q(max_rate__range=(1, 1_000_000)), name="gateway_rate_range"
            ),
            models.CheckConstraint(condition=Q(removed_at=None) | Q(enabled=False), name="gateway_removed_is_off"),
        ]


class Route(models.Model):
    """A rule: which gateways messages go over. The first that matches, by ``position``, holds; none: ``default``.

    - ``operator_codes``: of these operators' clients only; null: of all.
      ``mailing``: of this mailing only; null: of all.
    - ``gateways``: among these, by ``weights`` (as many numbers from 1 to 1,000). ``fallbacks``: when none of those can
      take messages, the first of these that can.
    - ``removed_at``: it holds no more. The row stays, since batches name it; theirs go on by the rules that are left.
    """

    id = models.BigAutoField(primary_key=True)
    position = models.IntegerField()
    name = models.CharField(max_length=100, default="", blank=True)
    operator_codes = ArrayField(models.SmallIntegerField(), null=True)
    mailing = models.ForeignKey("Mailing", on_delete=models.CASCADE, null=True)
    gateways = ArrayField(models.SmallIntegerField())
    weights = ArrayField(models.SmallIntegerField())
    fallbacks = ArrayField(models.SmallIntegerField(), default=list)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(gateways__len__gt=0), name="route_has_a_gateway"),
            models.CheckConstraint(
                condition=Q(operator_codes=None) | Q(operator_codes__len__gt=0), name="route_codes_not_empty"
            ),
        ]


class RouteShare(models.Model):
    """How many messages of a mailing a gateway has taken by a route with several, so that the weights hold.

    ``route_id``: 0 where no rule matched. ``wanted_at``: when the gateway last had room for more.
    """

    pk = models.CompositePrimaryKey("mailing_id", "route_id", "gateway_id")
    mailing_id = models.BigIntegerField()
    route_id = models.BigIntegerField()
    gateway_id = models.SmallIntegerField()
    taken = models.BigIntegerField(default=0)
    wanted_at = models.DateTimeField(null=True)


class BatchGateway(models.Model):
    """What a gateway did of a batch that went on over another one: so many messages in each state.

    The rest of the batch's counters belongs to the gateway that the batch names.
    """

    pk = models.CompositePrimaryKey("batch_id", "gateway_id")
    batch_id = models.BigIntegerField()
    gateway_id = models.SmallIntegerField()
    mailing_id = models.BigIntegerField()
    sent = models.IntegerField(default=0)
    delivered = models.IntegerField(default=0)
    undelivered = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["mailing_id"], name="batch_gateway_mailing")]
