"""What receipts have said of a mailing: by gateway, operator, hour and reason, and how long delivery took.

It is counted batch by batch, each once, in limited steps, and kept: see ``sql/count_delivery.sql``.
"""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from vestnik.db.locks import Lock, try_lock
from vestnik.db.statements import Statements
from vestnik.ledger.fragments import MESSAGE_NUMBERS
from vestnik.models import DeliveryKind, Gateway, Mailing, MessageState
from vestnik.statistics.durations import duration

#: Buckets for each doubling of a delay: a median is right to 2.2 %.
BUCKETS = 16
SQL = Statements(
    "vestnik.statistics",
    DELAYS=str(BUCKETS),
    **MESSAGE_NUMBERS,
    **{kind.name: str(int(kind)) for kind in DeliveryKind},
)
#: Batches that are counted in one statement (some 50 ms), and seconds after which no other statement is begun.
BATCHES_AT_ONCE, PATIENCE = 20, 0.1
#: Seconds for one mailing where nobody waits for a page.
PATIENCE_UNWATCHED = 30.0
#: Days after the end of a mailing for which receipts of it are counted without anybody asking.
RECEIPT_DAYS = 8
#: Reasons that are shown, the most frequent first.
MAX_REASONS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Seconds from sent to delivered: ``median``, and the 95th percentile. ``messages``: of how many it is known."""

    median: float
    p95: float
    messages: int

    @property
    def median_words(self) -> str:
        """The median in words. Nothing is zero: a delay of a fraction is a second."""
        return duration(max(1.0, self.median))

    @property
    def p95_words(self) -> str:
        """The same of the 95th percentile."""
        return duration(max(1.0, self.p95))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What receipts said of some messages of a mailing."""

    delivered: int = 0
    undelivered: int = 0

    @property
    def known(self) -> int:
        """How many have a final receipt."""
        return self.delivered + self.undelivered

    @property
    def rate(self) -> float | None:
        """How many of those with a final receipt are delivered, from 0 to 1. None: there is none."""
        return self.delivered / self.known if self.known else None

    @property
    def percent(self) -> float | None:
        """The same in percent."""
        return None if self.rate is None else 100 * self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDelivery(Share):
    """By gateway. ``name``: None: it is not known any more."""

    name: str | None
    delay: Delay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorDelivery(Share):
    """By operator: its ``name`` as the provider says it; None: it says none, and ``code`` is that of the phone.

    Both are None where the phone was erased before it was counted.
    """

    name: str | None
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourDelivery(Share):
    """By the hour in which the messages were sent. ``hour``: its beginning."""

    hour: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why messages were not delivered: the provider's ``code``, and its ``words`` for one of them."""

    code: str
    words: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What receipts have said of a mailing. ``whole``: all batches are counted; else ask again for more."""

    whole: bool
    total: Share = field(default_factory=Share)
    delay: Delay | None = None
    reasons: list[Reason] = field(default_factory=list)
    gateways: list[GatewayDelivery] = field(default_factory=list)
    operators: list[OperatorDelivery] = field(default_factory=list)
    hours: list[HourDelivery] = field(default_factory=list)


def delivery_of(mailing_id: int, *, patience: float = PATIENCE) -> Delivery:
    """Count what has changed since somebody last asked, and return what is counted.

    Args:
        mailing_id: whose messages.
        patience: seconds to count for, at most.
    """
    return deliveries_of([mailing_id], patience=patience)


def deliveries_of(mailings: Sequence[int], *, patience: float = PATIENCE) -> Delivery:
    """The same of several mailings together. ``patience``: for each."""
    wholes = [_count(mailing, patience) for mailing in mailings]
    return _delivery(all(wholes), SQL.run(connection, "delivery_counts", mailings=list(mailings)))


def count_recent_deliveries(*, stopped: Callable[[], bool]) -> None:
    """Count the receipts of mailings that run or have ended lately, so that a page finds them counted."""
    since = timezone.now() - timedelta(days=RECEIPT_DAYS)
    lately = Mailing.objects.exclude(started_at=None).exclude(frozen_at__lt=since)
    for mailing in list(lately.order_by("id").values_list("id", flat=True)):
        if stopped():
            break
        _count(mailing, PATIENCE_UNWATCHED)


def count_before_retention(*, first: int, beyond: int, stopped: Callable[[], bool]) -> bool:
    """Count all receipts of mailings whose messages or numbers are about to go. Return False if some are left.

    Args:
        first: the id of the first mailing.
        beyond: the id behind the last one.
        stopped: says when to stop; what was counted by then is kept.
    """
    stale = [row[0] for row in SQL.run(connection, "stale_deliveries", first=first, beyond=beyond)]
    return all(not stopped() and _count(mailing, PATIENCE_UNWATCHED) for mailing in stale)


def forget_deliveries() -> None:
    """Delete what deleted batches have given to the counts; the counts stay."""
    SQL.change(connection, "forget_delivery")


def _count(mailing_id: int, patience: float) -> bool:
    """Count stale batches. False: there may be more, or somebody else counts them."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with transaction.atomic():
            if not try_lock(connection, Lock.DELIVERY, mailing_id):
                return False
            ((counted,),) = SQL.run(connection, "count_delivery", mailing=mailing_id, most=BATCHES_AT_ONCE)
        if counted < BATCHES_AT_ONCE:
            return True
    return False


def _delivery(whole: bool, rows: Iterable[tuple[Any, ...]]) -> Delivery:
    shares: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    reasons: list[Reason] = []
    delays: dict[int, Counter[int]] = defaultdict(Counter)
    for kind, key, state, count, words in rows:
        if kind == DeliveryKind.CODE:
            reasons.append(Reason(code=key, words=words, count=count))
        elif kind == DeliveryKind.DELAY:
            gateway, _, bucket = key.partition(":")
            delays[int(gateway)][int(bucket)] += count
        else:
            shares[kind][key][str(MessageState(state).label)] = count
    gateways = _gateways(shares[DeliveryKind.GATEWAY], delays)
    return Delivery(
        whole=whole,
        total=Share(
            delivered=sum(each.delivered for each in gateways), undelivered=sum(each.undelivered for each in gateways)
        ),
        delay=delay_of(sum(delays.values(), Counter())),
        reasons=sorted(reasons, key=lambda each: (-each.count, each.code))[:MAX_REASONS],
        gateways=gateways,
        operators=_operators(shares[DeliveryKind.OPERATOR]),
        hours=[
            HourDelivery(hour=datetime.fromtimestamp(int(key) * 3600, UTC), **counts)
            for key, counts in sorted(shares[DeliveryKind.HOUR].items(), key=lambda item: int(item[0]))
        ],
    )


def _gateways(shares: dict[str, dict[str, int]], delays: dict[int, Counter[int]]) -> list[GatewayDelivery]:
    names = dict(Gateway.objects.filter(id__in=map(int, shares)).values_list("id", "name"))
    return [
        GatewayDelivery(name=names.get(gateway), delay=delay_of(delays[gateway]), **shares[str(gateway)])
        for gateway in sorted(map(int, shares))
    ]


def _operators(shares: dict[str, dict[str, int]]) -> list[OperatorDelivery]:
    """The most messages first."""
    found = [_operator(key, counts) for key, counts in shares.items()]
    return sorted(found, key=lambda each: (-each.delivered - each.undelivered, each.name or "", each.code or ""))


def _operator(key: str, counts: dict[str, int]) -> OperatorDelivery:
    is_code = key.startswith("#")
    return OperatorDelivery(name=None if is_code else key or None, code=key[1:] if is_code else None, **counts)


def delay_of(buckets: Counter[int]) -> Delay | None:
    """The percentiles of delays that were counted by bucket. None: there are none."""
    messages = buckets.total()
    if not messages:
        return None
    numbers = sorted(buckets)
    upto = list(accumulate(buckets[number] for number in numbers))

    def at(share: float) -> float:
        rank = math.ceil(share * messages)
        number = next(number for number, count in zip(numbers, upto, strict=True) if count >= rank)
        return round(math.pow(2, (number + 0.5) / BUCKETS), 2)

    return Delay(median=at(0.5), p95=at(0.95), messages=messages)
