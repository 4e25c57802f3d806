"""Retention: after so many days a mailing's messages lose their phone numbers, and later their rows. The totals stay.

Both are counted from the moment when the totals were frozen. Numbers are erased mailing by mailing, to the day, as
people were promised, and texts that people sent to us as many days after they came. Rows are dropped a partition (1,000
mailings) at a time, when all of it is old enough, to free the disk. What receipts said of a mailing is counted before
either goes: operators are told by numbers, and all else by rows.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from vestnik.accounts.audit import record
from vestnik.db.connection import set_for_transaction
from vestnik.db.locks import Lock, session_lock
from vestnik.db.statements import Statements
from vestnik.ledger.retention import delete_batches, erase_next_phones, keep_gateway_totals
from vestnik.models import Mailing
from vestnik.receipts.inbound import forget_inbound
from vestnik.statistics.delivery import count_before_retention
from vestnik.statistics.parts import count_parts_before_retention

SQL = Statements("vestnik.upkeep")
#: Messages whose numbers are erased in one transaction, and batches that are deleted in one: some 50 ms each.
ERASED_AT_ONCE, DELETED_AT_ONCE = 5_000, 10_000
#: Milliseconds that a drop waits for its lock, while everybody who writes messages waits behind it.
LOCK_MILLISECONDS = 250

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """The result of one round: mailings whose numbers were erased, partitions that were dropped."""

    erased: int = 0
    dropped: int = 0


def keep_no_longer(*, phone_days: int | None, message_days: int | None, stopped: Callable[[], bool]) -> Retained:
    """Erase and drop what is older than the settings allow (days; None: no limit), until ``stopped``.

    Interrupted anywhere it goes on the next time. Returns nothing done when another process is at it.
    """
    if phone_days is None and message_days is None:
        return Retained()
    with session_lock(connection, Lock.RETENTION) as alone:
        if not alone:
            return Retained()
        # Rows that are dropped need not be changed before.
        dropped = 0 if message_days is None else drop_old_partitions(days=message_days, stopped=stopped)
        erased = 0 if phone_days is None else erase_old_phones(days=phone_days, stopped=stopped)
        while phone_days is not None and not stopped() and forget_inbound(days=phone_days):
            pass
    return Retained(erased=erased, dropped=dropped)


def erase_old_phones(*, days: int, stopped: Callable[[], bool]) -> int:
    """Erase the numbers (and the clients) of the messages of mailings that are over for ``days``. Returns mailings."""
    old = Mailing.objects.filter(
        frozen_at__lte=timezone.now() - timedelta(days=days), phones_erased_at=None, messages_dropped_at=None
    )
    done = 0
    for mailing in list(old.order_by("id").values_list("id", flat=True)):
        messages = _erase_phones(mailing, stopped)
        if messages is None:
            break
        with transaction.atomic():
            Mailing.objects.filter(id=mailing).update(phones_erased_at=timezone.now())
            _note("retention.erase_phones", mailing, {"days": days, "messages": messages})
        done += 1
    return done


def drop_old_partitions(*, days: int, stopped: Callable[[], bool]) -> int:
    """Drop the partitions whose mailings are all over for ``days``. Returns how many were dropped."""
    dropped = 0
    for name, first, beyond in SQL.run(connection, "old_partitions", before=timezone.now() - timedelta(days=days)):
        counted = count_before_retention(first=first, beyond=beyond, stopped=stopped)
        if not (counted and count_parts_before_retention(first=first, beyond=beyond)):
            break
        if stopped() or not _drop(name, first, beyond, days):
            break
        dropped += 1
    while not stopped() and _delete_batches():
        pass
    return dropped


def _erase_phones(mailing: int, stopped: Callable[[], bool]) -> int | None:
    """Erase piece by piece, by keyset. None: stopped before the end."""
    if not count_before_retention(first=mailing, beyond=mailing + 1, stopped=stopped):
        return None
    after, erased = 0, 0
    while not stopped():
        last, count = erase_next_phones(mailing=mailing, after=after, most=ERASED_AT_ONCE)
        if last is None:
            return erased
        after, erased = last, erased + count
    return None


def _drop(name: str, first: int, beyond: int, days: int) -> bool:
    """Drop one partition, unless somebody works on messages for long: then the next round tries again."""
    try:
        with transaction.atomic():
            set_for_transaction(connection, lock_timeout=f"{LOCK_MILLISECONDS}ms")
            SQL.run(connection, "lock_partition", {"name": connection.ops.quote_name(name)})
            # Receipts that came since everything was counted: none, or a few.
            counted = count_before_retention(
                first=first, beyond=beyond, stopped=lambda: False
            ) and count_parts_before_retention(first=first, beyond=beyond)
            if counted:
                _drop_locked(name, first, beyond, days)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        counted = False
    log.info("dropped %s" if counted else "%s is in use: it is dropped in the next round", name)
    return counted


def _drop_locked(name: str, first: int, beyond: int, days: int) -> None:
    keep_gateway_totals(first=first, beyond=beyond)
    Mailing.objects.filter(id__gte=first, id__lt=beyond).update(messages_dropped_at=timezone.now())
    _note("retention.drop_messages", None, {"days": days, "first_mailing": first, "last_mailing": beyond - 1})
    SQL.run(connection, "drop_partition", {"name": connection.ops.quote_name(name)})
    for table in ("vestnik_outcome_log", "vestnik_provider_message"):
        SQL.run(connection, "drop_partition", {"name": f"{table}_{first}"})


def _delete_batches() -> bool:
    """Delete some batches whose messages were dropped: the totals of their mailings say what they said."""
    return bool(delete_batches(most=DELETED_AT_ONCE))


def _note(action: str, mailing: int | None, details: dict[str, int]) -> None:
    record(actor=None, action=action, object_type="mailing", object_id=mailing, details=details)
