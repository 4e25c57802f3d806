"""Finishes mailings: messages that were not sent get their final state, and the totals are frozen."""

import logging
from collections.abc import Callable

from vestnik.db.connection import Connection
from vestnik.ledger import endings
from vestnik.ledger.endings import Ended
from vestnik.mailings.hours import LAST_SECOND
from vestnik.mailings.windows import SendWindow, is_open, zone_of
from vestnik.message_lines import log_changes
from vestnik.metrics.counted import MESSAGES
from vestnik.models import STATE_WORDS, MailingState, MessageState

#: What a message says that was not sent: state, code, words.
_ENDED = (MessageState.EXPIRED, "end", "the mailing's end time passed before it could be sent")
_OWN_END = (MessageState.EXPIRED, "end", "its end time passed before it could be sent")
_ASKED = (MessageState.EXPIRED, "wait", "the mailing's end time passed while the gateway had asked to wait")
_CLOSED = (MessageState.EXPIRED, "window", "the client's send window was closed when the mailing's end time came")
_NO_ZONE = (MessageState.EXPIRED, "window", "the client's time zone is not known, so its hours are not known either")
_CANCELLED = (MessageState.CANCELLED, "cancelled", "the mailing was cancelled")

log = logging.getLogger(__name__)


def expire_unstarted(connection: Connection) -> list[int]:
    """Expire mailings whose end passed before they were started. Return their ids."""
    expired = endings.expire_unstarted(connection)
    for mailing in expired:
        log.info("the mailing is expired: its end passed before it could start", extra={"mailing": mailing})
    return expired


def settle_ended(connection: Connection, *, stopped: Callable[[], bool]) -> int:
    """Give the queued messages of cancelled and ended mailings their final state, one batch a transaction.

    Returns the number of batches settled.
    """
    settled = 0
    while not stopped() and _settle_one(connection):
        settled += 1
    return settled


def _settle_one(connection: Connection) -> bool:
    with connection.transaction():
        ended = endings.next_ended(connection)
        if ended is None:
            return False
        state, code, detail = _CANCELLED if ended.cancelled else _why_expired(ended)
        if ended.asked and code == _ENDED[1]:
            state, code, detail = _ASKED
        expired, cancelled, unknown, changed = endings.settle(connection, ended, state=state, code=code, detail=detail)
    for word, rows in (("expired", expired), ("cancelled", cancelled), ("unknown", unknown)):
        MESSAGES.labels(word).inc(rows)
    log.info(
        "a batch is settled: %s expired, %s cancelled, %s unknown",
        expired,
        cancelled,
        unknown,
        extra={"mailing": ended.mailing, "batch": ended.batch},
    )
    log_changes(changed, STATE_WORDS, mailing=ended.mailing, batch=ended.batch, code=code)
    return True


def _why_expired(ended: Ended) -> tuple[MessageState, str, str]:
    """The window's fault when it was closed in the last second in which a request could have left."""
    if ended.own_end:
        return _OWN_END
    if ended.timezone is None or ended.opens is None or ended.closes is None:
        return _ENDED
    zone = zone_of(ended.timezone)
    if zone is None:
        return _NO_ZONE
    return _ENDED if is_open(SendWindow(ended.opens, ended.closes), zone, ended.end - LAST_SECOND) else _CLOSED


def finish_settled(connection: Connection) -> list[int]:
    """Finish every mailing that has nothing left to send. Return the ids of those that were finished here."""
    return [mailing for mailing in endings.unsettled(connection) if finish(connection, mailing) is not None]


def finish(connection: Connection, mailing: int) -> MailingState | None:
    """Freeze the totals of a mailing if it is prepared and nothing of it is queued or sending.

    Returns its final state; None when it is not over, or was finished before.
    """
    if not endings.may_finish(connection, mailing=mailing):
        return None
    with connection.transaction():
        if not endings.lock_to_finish(connection, mailing=mailing):
            return None
        state = endings.freeze(connection, mailing=mailing)
    if state is None:
        return None
    log.info("the mailing is %s: its totals are frozen", state, extra={"mailing": mailing})
    return state
