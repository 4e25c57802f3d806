"""Puts the batches of single messages together: each request makes one, and a day may have a million requests."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from vestnik.ledger.direct import DirectBatch, merge, next_batches, settled_until
from vestnik.ledger.packing import MAX_SPAN
from vestnik.models import Mailing, MailingKind

#: Messages of a batch at most, as in a mailing; and batches that are looked at in one transaction, some 100 ms.
MAX_MESSAGES, AT_ONCE = 1_000, 2_000
#: Days after their end for which mailings are looked at.
DAYS = 8


def merge_single_messages(*, stopped: Callable[[], bool]) -> int:
    """Put the batches of single messages together that are done for ten minutes, until ``stopped``.

    It can be interrupted anywhere, and several processes may do it. Returns how many batches are gone.
    """
    lately = Mailing.objects.filter(kind=MailingKind.DIRECT, messages_dropped_at=None)
    lately = lately.exclude(frozen_at__lt=timezone.now() - timedelta(days=DAYS))
    until = settled_until(connection)
    return sum(_merge(mailing, until, stopped) for mailing in list(lately.order_by("id").values_list("id", flat=True)))


def _merge(mailing: int, until: float, stopped: Callable[[], bool]) -> int:
    after, gone = 0, 0
    while not stopped():
        batches = next_batches(connection, mailing=mailing, after=after, until=until, most=AT_ONCE)
        groups = groups_of(batches)
        if groups:
            with transaction.atomic():
                gone += merge(connection, groups, mailing=mailing)
        if len(batches) < AT_ONCE:
            break
        after = batches[-1].first_id
    return gone


def groups_of(batches: Iterable[DirectBatch]) -> list[list[int]]:
    """Which batches become one: those that follow each other, are of one gateway, and fit into a row of the log.

    Args:
        batches: of one mailing, in the order of their ids, none left out.
    """
    groups: list[list[int]] = []
    first: DirectBatch | None = None
    messages = 0
    for batch in batches:
        fits = (
            first is not None and batch.mergeable and batch.gateway == first.gateway
            and batch.last_id - first.first_id < MAX_SPAN and messages + batch.messages <= MAX_MESSAGES
        )  # fmt: skip
        if fits:
            groups[-1].append(batch.id)
            messages += batch.messages
        elif batch.mergeable:
            first, messages = batch, batch.messages
            groups.append([batch.id])
        else:
            first = None
    return [group for group in groups if len(group) > 1]
