"""Messages are recalled: their phone entered the stop list, or their client was deleted.

Who makes messages sendable (an audience, a resend) holds the stop list's advisory lock shared while it looks at the
list and writes; who recalls holds it exclusively. So either the one sees the entry, or the other sees the messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

from vestnik.db.sql_files import sql
from vestnik.ledger.statements import IS_SENDING
from vestnik.message_lines import log_changes
from vestnik.models import STATE_WORDS

SQL = "vestnik.clients"
#: The advisory lock of the stop list (transaction level).
STOP_LIST_LOCK = 0x5653544F50


@dataclass(frozen=True, slots=True)
class Why:
    """Why messages are recalled, as they say it: a stable code, and words."""

    code: str
    detail: str


ON_STOP_LIST = Why("stop_list", "the phone is on the stop list")
CLIENT_DELETED = Why("client_deleted", "the client was deleted from the directory")


class Recalled(NamedTuple):
    """What a recall did, in messages.

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
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STOP_LIST_LOCK])


def recall(*, phones: Sequence[int], why: Why) -> Recalled:
    """Cancel the queued messages to ``phones`` in all live mailings, in the transaction of the caller.

    The protocol with the dispatchers that hold some of them stands in ``sql/recall.sql``.
    The caller holds :func:`lock_stop_list`.
    """
    statement = sql(SQL, "recall", is_sending=IS_SENDING)
    with connection.cursor() as cursor:
        cursor.execute(sql(SQL, "lock_recalled"), {"phones": list(phones)})
        cursor.execute(statement, {"phones": list(phones), "code": why.code, "detail": why.detail})
        cancelled, unknown, sending, changed, _ = cursor.fetchone() or (0, 0, 0, None, None)
    transaction.on_commit(lambda: _log(changed or [], why))
    return Recalled(cancelled, unknown, sending)


def _log(changed: Sequence[Sequence[int]], why: Why) -> None:
    """A message that may be on the network stays queued: its holder decides."""
    for mailing, batch, message, state, client, phone in changed:
        log_changes([(message, state, client, phone)], STATE_WORDS, mailing=mailing, batch=batch, code=why.code)


def queued_to(*, phone: int) -> int:
    """How many messages to ``phone`` wait to be sent, and would be recalled; at most one a live mailing."""
    with connection.cursor() as cursor:
        cursor.execute(sql(SQL, "queued_to_phone"), {"phone": phone})
        row = cursor.fetchone()
    return int(row[0]) if row else 0
