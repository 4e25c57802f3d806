"""What a dispatcher does about messages that were recalled while it holds their batch, or were never to be sent.

The whole protocol stands in ``vestnik/ledger/sql/recall.sql``; this is the holder's side of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vestnik.db.connection import Connection
from vestnik.dispatch.lease import Lease, LeaseUpdate, Recall
from vestnik.ledger.leases import Held, still_to_send, withdraw
from vestnik.ledger.recalls import ON_STOP_LIST
from vestnik.message_lines import log_changes
from vestnik.models import STATE_WORDS


def heed_recalls(
    connection: Connection, updates: Sequence[LeaseUpdate], held: Mapping[int, Held]
) -> tuple[list[LeaseUpdate], dict[int, Recall]]:
    """Hold back the grants of batches with new recalls. Returns the updates as they are to be written, and the news.

    A flush that is repeated because its answer was lost finds its own mark in the ledger: that grant stands.
    """
    heeded: list[LeaseUpdate] = []
    recalls: dict[int, Recall] = {}
    for update in updates:
        lease, now = update.lease, held[update.lease.batch]
        if now.recalls == lease.recalls:
            heeded.append(update)
            continue
        granted = update if now.high_water == update.mark else replace(update, granted=0, mark=lease.mark)
        recalls[lease.batch] = Recall(now.recalls, _still_to_send(connection, lease), granted.granted, granted.mark)
        heeded.append(granted)
    return heeded, recalls


def withdraw_granted(connection: Connection, updates: Sequence[LeaseUpdate], recalls: Mapping[int, Recall]) -> None:
    """Cancel messages that were granted and then recalled, and that the dispatcher has not handed over.

    These are the messages that it names, or all that are left when it returns the lease.
    """
    for update in updates:
        lease = update.lease
        ids = list(update.withdrawn)
        if update.release and lease.batch in recalls:
            kept = recalls[lease.batch].kept
            ids += [message for message in lease.ids[lease.handed : lease.granted] if message not in kept]
        if ids:
            _withdraw(connection, lease.batch, lease.mailing, ids, granted=True)


def withdraw_loaded(connection: Connection, batch: int, mailing: int, ids: Sequence[int]) -> None:
    """Cancel what a claim found in its batch that is not to be sent. Call it in the claim's own transaction."""
    _withdraw(connection, batch, mailing, ids, granted=False)


def _still_to_send(connection: Connection, lease: Lease) -> frozenset[int]:
    if not lease.ids:
        return frozenset()
    return still_to_send(connection, mailing=lease.mailing, batch=lease.batch, first=lease.ids[0], last=lease.ids[-1])


def _withdraw(connection: Connection, batch: int, mailing: int, ids: Sequence[int], *, granted: bool) -> None:
    changed = withdraw(connection, ids, batch=batch, mailing=mailing, granted=granted, code=ON_STOP_LIST.code)
    # Inside the transaction, and so once more if it is repeated.
    log_changes(changed, STATE_WORDS, mailing=mailing, batch=batch, code="withdrawn")
