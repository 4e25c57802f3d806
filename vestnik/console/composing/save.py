"""Saves a mailing exactly once, as the sheet showed it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from vestnik.console.composing.forms import MailingForm, digest, digest_of
from vestnik.errors import EditedMeanwhile
from vestnik.mailings.create import create_mailing
from vestnik.mailings.edit import edit_mailing
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.once import answers_to, once
from vestnik.models import Mailing, User

#: The share by which an audience may change between sheet and confirmation without a new sheet. The directory of a busy
#: installation changes all the time. With a hundred clients or fewer, any change shows the sheet again.
_DRIFT = 0.01


def has_drifted(*, shown: int, now: int) -> bool:
    """Return whether the audience differs too much from the one that was shown."""
    return abs(now - shown) > _DRIFT * shown


def save_new(*, form: MailingForm, said: MailingFields, user: User, made: Callable[[int], None]) -> int:
    """Create the mailing of a valid form, unless the form has created it already. Return its id.

    ``made`` is called with the id of a mailing that was just created, in the same transaction.

    Raises:
        InvalidInput: The end has passed.
    """

    def make() -> int:
        mailing_id = create_mailing(fields=said, actor=user).id
        made(mailing_id)
        return mailing_id

    return _once(form, user, make)


def save_edit(*, form: MailingForm, said: MailingFields, mailing_id: int, user: User) -> int:
    """Change a mailing that has not started, if nobody else has changed it. Return its id.

    Raises:
        EditedMeanwhile: Somebody else has changed the mailing.
        StateForbids: The mailing has started.
        InvalidInput: The end has passed.
    """

    def change(before: MailingFields) -> MailingFields:
        _check_seen(before, form.cleaned_data["seen"])
        return said

    return _once(form, user, lambda: edit_mailing(mailing_id=mailing_id, change=change, actor=user).id)


def save_end(*, mailing_id: int, end: datetime, seen: str, user: User) -> Mailing:
    """Change the end of a mailing. Nothing happens if it has this end already.

    Raises:
        EditedMeanwhile: Somebody else has changed the mailing.
        StateForbids: The mailing is over.
        InvalidInput: The end has passed.
    """

    def change(before: MailingFields) -> MailingFields:
        if before.end_time != end:
            _check_seen(before, seen)
        return replace(before, end_time=end)

    return edit_mailing(mailing_id=mailing_id, change=change, actor=user)


def sent_before(*, form: MailingForm, user: User) -> list[int]:
    """Return the mailings that this form has already created, for example before the user went back in the browser."""
    answers = answers_to(user=user, prefix=_prefix(form))
    return list(dict.fromkeys(int(answer["mailing"]) for answer in answers))


def _once(form: MailingForm, user: User, make: Callable[[], int]) -> int:
    """Run ``make`` once for each form and content, however often the form is sent (a double click, a reload)."""
    said: dict[str, Any] = {**form.as_json(), "seen": form.cleaned_data["seen"]}
    key = f"{_prefix(form)}{digest(said)}"
    answer, _repeated = once(user=user, key=key, body=said, make=lambda: {"mailing": make()})
    return int(answer["mailing"])


def _prefix(form: MailingForm) -> str:
    return f"console:{form.cleaned_data['token']}:"


def _check_seen(before: MailingFields, seen: str) -> None:
    if digest_of(before) != seen:
        raise EditedMeanwhile(_("Somebody else has changed the mailing since you opened it."))
