"""The last click: makes or changes a mailing exactly once, as it was shown."""

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

#: How much an audience may change between the sheet and the click without being shown again: the directory of a busy
#: installation changes all the time. With a hundred clients or fewer, not at all.
_DRIFT = 0.01


def has_drifted(*, shown: int, now: int) -> bool:
    """Has an audience become another one than was shown?"""
    return abs(now - shown) > _DRIFT * shown


def save_new(*, form: MailingForm, said: MailingFields, user: User) -> int:
    """Make the mailing of a valid form, unless it was made already. Returns its id.

    Raises:
        InvalidInput: the end has passed meanwhile.
    """
    return _once(form, user, lambda: create_mailing(fields=said, actor=user).id)


def save_edit(*, form: MailingForm, said: MailingFields, mailing_id: int, user: User) -> int:
    """Change a mailing that has not started, if it still says what the form was made of. Returns its id.

    Raises:
        EditedMeanwhile: it says something else by now.
        StateForbids: it has started.
        InvalidInput: the end has passed meanwhile.
    """

    def change(before: MailingFields) -> MailingFields:
        _check_seen(before, form.cleaned_data["seen"])
        return said

    return _once(form, user, lambda: edit_mailing(mailing_id=mailing_id, change=change, actor=user).id)


def save_end(*, mailing_id: int, end: datetime, seen: str, user: User) -> Mailing:
    """Change the end of a mailing; one that has this end already stays as it is.

    Raises:
        EditedMeanwhile: it says something else than was seen.
        StateForbids: it is over.
        InvalidInput: the end has passed meanwhile.
    """

    def change(before: MailingFields) -> MailingFields:
        if before.end_time != end:
            _check_seen(before, seen)
        return replace(before, end_time=end)

    return edit_mailing(mailing_id=mailing_id, change=change, actor=user)


def sent_before(*, form: MailingForm, user: User) -> list[int]:
    """The mailings that were made of this very form already, as when somebody goes back and sends it again."""
    answers = answers_to(user=user, prefix=_prefix(form))
    return list(dict.fromkeys(int(answer["mailing"]) for answer in answers))


def _once(form: MailingForm, user: User, make: Callable[[], int]) -> int:
    """One form that says the same makes the same, however often it is sent: a double click, a reload."""
    said: dict[str, Any] = {**form.as_json(), "seen": form.cleaned_data["seen"]}
    key = f"{_prefix(form)}{digest(said)}"
    answer, _repeated = once(user=user, key=key, body=said, make=lambda: {"mailing": make()})
    return int(answer["mailing"])


def _prefix(form: MailingForm) -> str:
    return f"console:{form.cleaned_data['token']}:"


def _check_seen(before: MailingFields, seen: str) -> None:
    if digest_of(before) != seen:
        raise EditedMeanwhile(_("Somebody else has changed the mailing since you opened it."))
