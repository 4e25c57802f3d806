"""A mailing is made, and found again."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.on_record import create_on_record
from vestnik.db.prepared import fetch
from vestnik.db.rows import find_row
from vestnik.errors import InvalidInput, NotFound
from vestnik.mailings.wake import starts_unheard, tell_scheduled, wake_all
from vestnik.mailings.windows import SendWindow
from vestnik.models import Mailing, User


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingFields:
    """What an operator says of a mailing. Times are aware; None for tags or codes: not filtered by it.

    ``send_window``: the hours of each client's own clock in which messages may leave; None: all of them.
    """

    name: str
    message_text: str
    filter_tags: list[str] | None
    filter_codes: list[int] | None
    start_time: datetime
    end_time: datetime
    send_window: SendWindow | None = None


def create_mailing(*, fields: MailingFields, actor: User | None, now: datetime | None = None) -> Mailing:
    """Write a mailing down; when its time has come it starts by itself.

    Args:
        fields: what was said of it.
        actor: who said it.
        now: by the database's clock, if the caller has just asked.

    Raises:
        InvalidInput: the times are reversed, or the end has passed.
    """
    now = now or database_now()
    check_times(fields.start_time, fields.end_time, now)
    mailing = Mailing(created_by=actor, **columns(fields))
    if starts_unheard(fields.start_time, now):
        create_on_record(mailing, actor=actor, action="mailing.create", details={})
        return mailing
    with transaction.atomic():
        create_on_record(mailing, actor=actor, action="mailing.create", details={})
        if fields.start_time > now:
            tell_scheduled()
        else:
            wake_all("mailing")
    return mailing


def columns(fields: MailingFields) -> dict[str, object]:
    """The columns of the ledger for ``fields``."""
    return {
        "name": fields.name,
        "message_text": fields.message_text,
        "filter_tags": fields.filter_tags,
        "filter_codes": fields.filter_codes,
        "start_time": fields.start_time,
        "end_time": fields.end_time,
        "send_window_from": fields.send_window and fields.send_window.opens,
        "send_window_to": fields.send_window and fields.send_window.closes,
    }


def window_of(mailing: Mailing) -> SendWindow | None:
    """The send window of a mailing, if it has one."""
    if mailing.send_window_from is None or mailing.send_window_to is None:
        return None
    return SendWindow(mailing.send_window_from, mailing.send_window_to)


def check_times(start: datetime, end: datetime, now: datetime | None = None) -> None:
    """Hold the rules for a mailing's times, at ``now`` by the database's clock, which is asked when it is not given.

    Raises:
        InvalidInput: ``end`` is not after ``start``, or has passed.
    """
    if end <= start:
        raise InvalidInput({"end_time": [_("The end must be after the start.")]})
    if end <= (now or database_now()):
        raise InvalidInput({"end_time": [_("The end must be in the future.")]})


def database_now() -> datetime:
    """One clock decides: the database's."""
    ((now,),) = fetch("SELECT clock_timestamp()", ())
    if not isinstance(now, datetime):
        raise TypeError("the ledger did not say what time it is")
    return now


def find_mailings() -> QuerySet[Mailing]:
    """All mailings that were not deleted."""
    return Mailing.objects.filter(hidden_at=None)


def get_mailing(*, mailing_id: int) -> Mailing:
    """The mailing with this id.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    mailing = find_row(Mailing, "id = %s AND hidden_at IS NULL", mailing_id)
    if mailing is None:
        raise NotFound(_("There is no mailing with this id."))
    return mailing


def lock_mailing(*, mailing_id: int) -> Mailing:
    """The mailing with this id, as nobody else can change it until the transaction ends.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    # NO KEY: the batches of an audience that is being built go on referring to it.
    mailing = find_mailings().select_for_update(no_key=True).filter(id=mailing_id).first()
    if mailing is None:
        raise NotFound(_("There is no mailing with this id."))
    return mailing
