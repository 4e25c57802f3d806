"""An operator's recorded decision about messages whose outcome cannot be known: leave them, or send them again.

Only before the mailing's end, and not when it was cancelled: afterwards nothing more may be sent, so there is nothing
to decide.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.db.clock import database_now
from vestnik.errors import StateForbids
from vestnik.ledger import resends
from vestnik.mailings.find import find_mailings, get_mailing
from vestnik.mailings.wake import wake_all
from vestnik.message_lines import log_changes
from vestnik.models import STATE_WORDS, Batch, Mailing, MailingState, User

#: States in which something may still be sent. A mailing that ended early runs again by a recorded resend.
DECIDABLE = (MailingState.RUNNING, MailingState.PAUSED, MailingState.COMPLETED, MailingState.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The result of a decision: messages queued again, messages that stay unknown, and the mailing afterwards."""

    resent: int
    left: int
    mailing: Mailing


def leave_unknown(*, mailing_id: int, actor: User | None) -> Decided:
    """Leave the unknown messages as they are, with an audit entry; nobody is asked about them again.

    Raises:
        NotFound: there is no such mailing.
        StateForbids: its end has passed, or its state forbids it.
    """
    with transaction.atomic():
        mailing = get_mailing(mailing_id=mailing_id)
        check_decidable(mailing)
        count = count_unknown(mailing_id)
        find_mailings().filter(id=mailing_id).update(unknown_left=count, version=F("version") + 1)
        _note("leave", mailing_id, actor, count)
    return Decided(resent=0, left=count, mailing=get_mailing(mailing_id=mailing_id))


def resend_unknown(*, mailing_id: int, actor: User | None) -> Decided:
    """Queue the unknown messages again, except those to stopped phones and deleted clients.

    Each batch is one transaction, so an interrupted call can be repeated. A completed mailing runs again.

    Raises:
        NotFound: there is no such mailing.
        StateForbids: its end has passed, or its state forbids it.
    """
    check_decidable(get_mailing(mailing_id=mailing_id))
    count = count_unknown(mailing_id)
    resent, after, noted = 0, 0, False
    while (step := _resend_next(mailing_id, after, None if noted else count, actor)) is not None:
        after, again = step
        resent, noted = resent + again, noted or again > 0
    return Decided(resent=resent, left=count_unknown(mailing_id), mailing=get_mailing(mailing_id=mailing_id))


def count_unknown(mailing_id: int) -> int:
    """The number of unknown messages of a mailing, by its counters."""
    total = Batch.objects.filter(mailing_id=mailing_id).aggregate(total=Sum("unknown"))["total"]
    return int(total or 0)


def is_decidable(mailing: Mailing, now: datetime) -> bool:
    """Return whether somebody may still decide about its unknown messages. ``now`` is the database's."""
    return mailing.state in DECIDABLE and mailing.end_time > now and mailing.hidden_at is None


def decidable_mailings() -> "QuerySet[Mailing]":
    """All mailings of :func:`is_decidable`, with or without unknown messages."""
    return find_mailings().filter(state__in=DECIDABLE, end_time__gt=Now())


def check_decidable(mailing: Mailing) -> None:
    """Check that somebody may still decide about unknown messages.

    Raises:
        StateForbids: with the states that allow one.
    """
    if mailing.state not in DECIDABLE:
        words = ", ".join(DECIDABLE[:-1])
        raise StateForbids(
            _(
                "The mailing is %(state)s: unknown messages can be decided about only while it is %(words)s or"
                " %(last)s, and before its end."
            )
            % {"state": mailing.state, "words": words, "last": DECIDABLE[-1]}
        )
    if not is_decidable(mailing, database_now()):
        raise StateForbids(_("The mailing's end has passed: its unknown messages stay unknown."))


def _resend_next(mailing_id: int, after: int, count: int | None, actor: User | None) -> tuple[int, int] | None:
    """Queue the unknown messages of the next batch again. Returns (batch, messages), None when there is no other.

    The order of locks is that of everybody: stop list, batch, mailing. ``count`` is given until the decision is noted.
    """
    with transaction.atomic():
        batch = resends.lock_next(mailing=mailing_id, after=after)
        if batch is None:
            return None
        again, _left, changed = resends.resend(mailing=mailing_id, batch=batch)
        if again:
            if not resends.reopen(mailing=mailing_id):
                raise StateForbids(_("The mailing ended or was cancelled meanwhile: nothing more is sent again."))
            if count is not None:
                _note("resend", mailing_id, actor, count)
            wake_all("mailing")
    log_changes(changed, STATE_WORDS, mailing=mailing_id, batch=batch, code="resend")
    return batch, again


def _note(decision: str, mailing_id: int, actor: User | None, count: int) -> None:
    action = f"mailing.unknown.{decision}"
    record(actor=actor, action=action, object_type="mailing", object_id=mailing_id, details={"unknown": count})
