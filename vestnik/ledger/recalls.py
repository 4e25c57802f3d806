"""Recalls messages whose phone entered the stop list, or whose client was deleted.

Statements that make messages sendable (an audience, a resend) hold the stop list's advisory lock shared while they read
the list and write. A recall holds it exclusively. So either the one sees the entry, or the other sees the messages. The
protocol with dispatchers that hold some of them is in ``sql/recall.sql``.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

from vestnik.db.connection import HasCursor
from vestnik.db.locks import Lock, lock
from vestnik.ledger.bound import recount
from vestnik.ledger.fragments import SQL
from vestnik.ledger.outcome_log import fold
from vestnik.message_lines import log_changes
from vestnik.models import STATE_WORDS, MessageState


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of a recall: a stable code, and words."""

    code: str
    detail: str


ON_STOP_LIST = Why("stop_list", "the phone is on the stop list")
CLIENT_DELETED = Why("client_deleted", "the client was deleted from the directory")


class Recalled(NamedTuple):
    """The result of a recall, in messages.

    ``cancelled`` now; ``unknown`` now, for an earlier attempt may have been delivered; ``sending``: may be on the
    network, so its answer decides, and it is not tried again.
    """

    cancelled: int
    unknown: int
    sending: int


def lock_stop_list() -> None:
    """Wait for audiences and resends under way, and keep others out until the transaction ends.

    Call it first in the transaction: batches are locked after it, never before.
    """
    lock(connection, Lock.STOP_LIST)


def share_stop_list(connection: HasCursor) -> None:
    """Keep recalls out until the transaction ends, so that messages made meanwhile respect every earlier entry.

    A statement of its own: the next one's snapshot then sees every phone that was stopped before.
    """
    lock(connection, Lock.STOP_LIST, shared=True)


def recall(*, phones: Sequence[int], why: Why, client: int | None = None) -> Recalled:
    """Cancel the queued messages to ``phones`` in all live mailings, in the transaction of the caller.

    The caller holds :func:`lock_stop_list`.

    Args:
        phones: the numbers.
        why: the reason.
        client: only the messages that were made for the client of this id; None: all.
    """
    recalled, _changed = _recall(phones, why, client)
    return recalled


def recall_each(*, phones: Sequence[int], why: Why) -> dict[int, Recalled]:
    """Do what :func:`recall` does, and return the result of each phone. Those without queued messages are left out."""
    _recalled, changed = _recall(phones, why, None)
    states = (MessageState.CANCELLED, MessageState.UNKNOWN, MessageState.QUEUED)
    counted = Counter((phone, state) for *_, state, _client, phone in changed)
    return {phone: Recalled(*(counted[phone, state] for state in states)) for phone, _state in counted}


def _recall(phones: Sequence[int], why: Why, client: int | None) -> tuple[Recalled, Sequence[Sequence[int]]]:
    """Recall, and return how many messages, and what changed: mailing, batch, message, state, client, phone."""
    SQL.run(connection, "lock_recalled", phones=list(phones), client=client)
    ((cancelled, unknown, sending, rows, to_fold, _),) = SQL.run(
        connection, "recall", phones=list(phones), client=client, code=why.code, detail=why.detail
    )
    changed: Sequence[Sequence[int]] = rows or []
    _recount(changed)
    for mailing, batch in to_fold or []:
        fold(connection, mailing=mailing, batches=[batch])
    transaction.on_commit(lambda: _log(changed, why))
    return Recalled(cancelled, unknown, sending), changed


def _recount(changed: Sequence[Sequence[int]]) -> None:
    """Only what an earlier attempt may have delivered was bound to a gateway, and counts for one now."""
    doubtful: dict[int, set[int]] = {}
    for mailing, batch, _, state, _, _ in changed:
        if state == MessageState.UNKNOWN:
            doubtful.setdefault(mailing, set()).add(batch)
    for mailing, batches in doubtful.items():
        recount(connection, sorted(batches), mailing=mailing)


def _log(changed: Sequence[Sequence[int]], why: Why) -> None:
    """Log the changes. A message that may be on the network stays queued: its holder decides."""
    for mailing, batch, message, state, client, phone in changed:
        log_changes([(message, state, client, phone)], STATE_WORDS, mailing=mailing, batch=batch, code=why.code)


def queued_to(*, phone: int) -> int:
    """The number of queued messages to ``phone``, which a recall would cancel; at most one per live mailing."""
    ((count,),) = SQL.run(connection, "queued_to_phone", phone=phone)
    return int(count)


def erase(*, phones: Sequence[int]) -> int:
    """Erase the numbers in every message to ``phones``, after :func:`recall` in its transaction. Returns messages."""
    return SQL.change(connection, "erase_messages", phones=list(phones))


def erase_from_given_away(*, phones: Sequence[int], client: int) -> int:
    """Erase a client from messages to ``phones``, which are another client's now, after :func:`recall`.

    Returns messages.
    """
    return SQL.change(connection, "erase_from_given_away", phones=list(phones), client=client)
