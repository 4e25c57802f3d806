"""Edits of a mailing: before the start all fields, then the end, at last nothing (docs/explanation/design.md, Edits).

Every edit is one conditional UPDATE on state and version, so an edit and a start cannot overwrite each other.
"""

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.db.clock import database_now
from vestnik.errors import StateForbids
from vestnik.mailings.earlier import check_earlier
from vestnik.mailings.fields import MailingFields, check_times, columns, fields_of
from vestnik.mailings.find import forbid_direct, get_mailing
from vestnik.mailings.personal import check_personal, keep_earlier_releases_away
from vestnik.mailings.wake import wake_all
from vestnik.models import Mailing, MailingState, PauseCode, User

#: How often an edit is tried again when the row changed between reading and writing.
_TRIES = 5


def edit_mailing(*, mailing_id: int, change: Callable[[MailingFields], MailingFields], actor: User | None) -> Mailing:
    """Apply ``change`` to the present fields of a mailing.

    Raises:
        NotFound: there is no such mailing.
        InvalidInput: the changed fields are wrong.
        StateForbids: the state does not allow this change.
    """
    for _try in range(_TRIES):
        mailing = get_mailing(mailing_id=mailing_id)
        forbid_direct(mailing)
        before = fields_of(mailing)
        after = change(before)
        if mailing.state not in (MailingState.SCHEDULED, MailingState.RUNNING, MailingState.PAUSED):
            raise StateForbids(_("The mailing is %(state)s and can no longer be edited.") % {"state": mailing.state})
        if after == before:
            return mailing
        check_allowed(mailing, before, after)
        if _write(mailing, before, after, actor):
            mailing.refresh_from_db()
            return mailing
    raise StateForbids(_("The mailing is changing too often at the moment: try again."))


def check_allowed(mailing: Mailing, before: MailingFields, after: MailingFields) -> None:
    """Check the rules for an edit in the mailing's state.

    Raises:
        InvalidInput: the times would be wrong, the earlier mailing, or a personal text.
        StateForbids: the mailing has started, and more than its end would change (or the text that it is paused
            for); or its end has passed.
    """
    started = mailing.state != MailingState.SCHEDULED
    same = replace(after, end_time=before.end_time)
    if _may_mend_text(mailing):
        same = replace(same, message_text=before.message_text, personal=before.personal)
    if started and same != before:
        raise StateForbids(_("The mailing is %(state)s: only end_time can be changed now.") % {"state": mailing.state})
    if started and before.end_time <= database_now():
        raise StateForbids(_("The mailing has ended and can no longer be edited."))
    check_times(after.start_time, after.end_time)
    if (after.personal, after.message_text) != (before.personal, before.message_text):
        check_personal(after)
    if after.earlier != before.earlier:
        check_earlier(after.earlier, own_id=mailing.id)


def _may_mend_text(mailing: Mailing) -> bool:
    """Whether it is paused for its text, and no message is made of that: values are frozen in the order of the text."""
    return mailing.pause_code == PauseCode.WRONG_TEXT and mailing.audience_cursor == 0


def _write(mailing: Mailing, before: MailingFields, after: MailingFields, actor: User | None) -> bool:
    old, new = columns(before), columns(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    with transaction.atomic():
        rows = Mailing.objects.filter(
            id=mailing.id, state=mailing.state, version=mailing.version, hidden_at=None, frozen_at=None
        ).update(version=F("version") + 1, **changed)
        if rows:
            keep_earlier_releases_away(after)
            details = {"changed": sorted(changed)}
            record(actor=actor, action="mailing.edit", object_type="mailing", object_id=mailing.id, details=details)
            wake_all("mailing")
    return bool(rows)
