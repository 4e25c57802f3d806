"""Creates a mailing: writes it to the database with its audit entry, and wakes the processes that start it."""

from datetime import datetime

from django.db import transaction

from vestnik.accounts.on_record import create_on_record
from vestnik.db.clock import database_now
from vestnik.mailings.earlier import check_earlier
from vestnik.mailings.fields import PERSONAL_COLUMNS, MailingFields, check_times, columns
from vestnik.mailings.personal import check_personal, keep_earlier_releases_away
from vestnik.mailings.wake import starts_unheard, tell_scheduled, wake_all
from vestnik.models import Mailing, User


def create_mailing(*, fields: MailingFields, actor: User | None, now: datetime | None = None) -> Mailing:
    """Create a mailing. It starts by itself at its start time.

    Args:
        fields: of the mailing.
        actor: who creates it.
        now: by the database's clock, if the caller has just asked.

    Raises:
        InvalidInput: the times are reversed, the end has passed, the earlier mailing has no messages any more, or a
            personal text is wrong.
    """
    now = now or database_now()
    check_times(fields.start_time, fields.end_time, now)
    check_earlier(fields.earlier)
    check_personal(fields)
    mailing = Mailing(created_by=actor, **columns(fields))
    if fields.personal is None and starts_unheard(fields.start_time, now):
        create_on_record(mailing, actor=actor, action="mailing.create", details={})
        return mailing
    with transaction.atomic():
        keep_earlier_releases_away(fields)
        written = () if fields.personal is None else PERSONAL_COLUMNS
        create_on_record(mailing, actor=actor, action="mailing.create", details={}, beyond_defaults=written)
        if fields.start_time > now:
            tell_scheduled()
        else:
            wake_all("mailing")
    return mailing
