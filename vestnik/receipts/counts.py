"""What came of the receipts of a gateway, counted."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from vestnik.models import Gateway, ReceiptCount

#: All kinds, in the order in which they are shown. The last five need somebody's eye.
KINDS = ("applied", "same", "orphan", "contradiction", "foreign", "forged", "bad")
STRANGE = frozenset(KINDS[2:])
#: Stands for a gateway in the count of calls to names that no gateway has. Nobody is told of those.
NO_GATEWAY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangeReceipts:
    """Receipts of a gateway that changed nothing: how many of a kind there have been. ``name``: the gateway's."""

    name: str
    kind: str
    count: int


def receipt_counts(gateway: int) -> list[ReceiptCount]:
    """The counts of a gateway, by kind; what never came is left out."""
    found = ReceiptCount.objects.filter(gateway_id=gateway, kind__in=KINDS)
    return sorted(found, key=lambda each: KINDS.index(each.kind))


def strange_receipts(*, within: timedelta) -> list[StrangeReceipts]:
    """What could not be applied, or was refused, of gateways where the last such receipt came lately."""
    names = dict(Gateway.objects.values_list("id", "name"))
    lately = ReceiptCount.objects.filter(
        kind__in=STRANGE, last_at__gte=timezone.now() - within, gateway_id__gt=NO_GATEWAY
    )
    return [
        StrangeReceipts(name=names.get(each.gateway_id, str(each.gateway_id)), kind=each.kind, count=each.count)
        for each in lately.order_by("gateway_id", "kind")
    ]


def gateways_with_receipts() -> set[int]:
    """The ids of gateways that have ever sent a receipt that we could use."""
    return set(ReceiptCount.objects.filter(kind__in=("applied", "same")).values_list("gateway_id", flat=True))
