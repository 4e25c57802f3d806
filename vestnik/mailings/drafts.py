"""Drafts: what somebody has typed into the form of a new mailing, kept until it becomes one, is deleted or is too old.

Everybody who may compose sees all drafts. A draft is opened by a form (one page load), which saves it again and again.
Two forms may have the same draft open: the one that would overwrite what it has not seen is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.audit import record
from vestnik.characters import clean_text
from vestnik.db.pages import PageRequest, fetch_page_by
from vestnik.errors import EditedMeanwhile, InvalidInput, NotFound, StateForbids
from vestnik.models import Draft, User

#: The fields of a form as they were typed.
Typed = Mapping[str, list[str]]
#: Drafts of one person, at most.
MAX_DRAFTS = 50
#: Characters of all that is typed, at most: a thousand tags, and a text a hundred times as long as any mailing's.
MAX_TYPED = 200_000
#: How long a draft that was deleted can be restored.
RESTORED_WITHIN = timedelta(days=1)
_SHOWN = 200
_GONE = _lazy("This draft does not exist. It may have been deleted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One save of a form.

    Args:
        form: Which form saves. It is the same from the loading of the page until it is left.
        turn: Which save of that form it is. Later ones have greater numbers.
        seen: The version of the draft that the form has. 0: none.
        typed: The fields of the form.
    """

    form: UUID
    turn: int
    seen: int
    typed: Typed


def find_drafts() -> QuerySet[Draft]:
    """All drafts, without what was typed."""
    return Draft.objects.filter(ended_at=None).defer("typed").select_related("created_by", "changed_by")


def page_by_change(page: PageRequest) -> list[Draft]:
    """The drafts that a page shows, by when they were changed, and one more if there are more.

    The page's cursor is the id of a draft, which may have ended a short while ago.
    """
    return fetch_page_by(find_drafts(), page, column="changed_at", edges=Draft.objects.all())


def count_drafts() -> int:
    """The number of all drafts."""
    return Draft.objects.filter(ended_at=None).count()


def find_draft(draft_id: int) -> Draft | None:
    """The draft with this id. It may have ended a short while ago. None: there is none."""
    return Draft.objects.select_related("changed_by", "ended_by").filter(id=draft_id).first()


def get_draft(*, draft_id: int) -> Draft:
    """The draft with this id. It may have become a mailing a short while ago.

    Raises:
        NotFound: There is none, or it was deleted.
    """
    draft = find_draft(draft_id)
    if draft is None or (draft.ended_at is not None and draft.became is None):
        raise NotFound(str(_GONE))
    return draft


def save_draft(*, draft_id: int | None, save: Save, actor: User) -> Draft:
    """Save a draft, or begin one if ``draft_id`` is None. A form begins one draft, however often it asks to.

    Nothing is changed if the draft says the same already, or if a later save of the same form has come before.

    Raises:
        NotFound: The draft was deleted, or has become a mailing.
        EditedMeanwhile: Another form has changed the draft after this one had read it.
        StateForbids: The person has too many drafts.
        InvalidInput: ``typed``: It is too long.
    """
    typed = {name: [text.replace("\x00", "") for text in texts] for name, texts in save.typed.items()}
    if sum(len(text) for texts in typed.values() for text in texts) > MAX_TYPED:
        raise InvalidInput({"typed": [_("It is too long.")]})
    if draft_id is None:
        draft = _begin(typed, save, actor)
        if draft is not None:
            return draft
    with transaction.atomic():
        draft = _locked(draft_id, save.form)
        if draft.ended_at is not None:
            raise NotFound(str(_GONE))
        if draft.form == save.form and save.turn < draft.turn:
            return draft
        if draft.typed != typed:
            check_seen(draft, form=save.form, seen=save.seen)
            _write(draft, typed)
            draft.version += 1
            draft.changed_by = actor
            Draft.objects.filter(id=draft.id).update(changed_at=Now())
        if draft.form != save.form:  # A form has one draft. It goes back to an earlier one.
            Draft.objects.filter(form=save.form).update(form=None)
        draft.form, draft.turn = save.form, save.turn
        draft.save(update_fields=["typed", "name", "beginning", "form", "turn", "version", "changed_by"])
        draft.refresh_from_db(fields=["changed_at"])
    return draft


def check_seen(draft: Draft, *, form: UUID, seen: int) -> None:
    """Refuse a form that has not seen the draft as it is.

    A form that was the last to save has seen it, whatever it says: it may not have got the answer to that save.

    Raises:
        EditedMeanwhile: Another form has changed the draft.
    """
    if draft.version != seen and draft.form != form:
        raise EditedMeanwhile(_("The draft was changed since you opened it."))


def become_mailing(*, draft_id: int, form: UUID, seen: int, known: int | None, mailing_id: int, actor: User) -> None:
    """End a draft because it has become a mailing. Must run in the transaction that creates the mailing.

    A draft that was deleted meanwhile hinders nothing.

    Args:
        draft_id: Which draft.
        form: The form that was reviewed.
        seen: The version that was reviewed.
        known: The mailing that the draft became before, if the person was told of it.
        mailing_id: The new mailing.
        actor: Who has reviewed it.

    Raises:
        EditedMeanwhile: Another form has changed the draft.
        StateForbids: The draft has become a mailing of which the person was not told.
    """
    draft = Draft.objects.select_for_update(no_key=True).filter(id=draft_id).first()
    if draft is None:
        return
    if draft.became not in {None, known}:
        raise StateForbids(_("A mailing was created from this draft in the meantime. Please review again."))
    if draft.ended_at is None:
        check_seen(draft, form=form, seen=seen)
        Draft.objects.filter(id=draft_id).update(ended_at=Now(), ended_by=actor, form=None, became=mailing_id)


def delete_draft(*, draft_id: int, actor: User) -> None:
    """Delete a draft. It can be restored for a day.

    Raises:
        NotFound: It is not there any more.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update(no_key=True).filter(id=draft_id, ended_at=None).first()
        if draft is None:
            raise NotFound(str(_GONE))
        _note("delete", draft, actor)
        Draft.objects.filter(id=draft_id).update(ended_at=Now(), ended_by=actor, form=None)


def restore_draft(*, draft_id: int, actor: User) -> None:
    """Restore a draft that was deleted. One that is there already stays as it is.

    Raises:
        NotFound: It was deleted too long ago, or has become a mailing.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update(no_key=True).filter(id=draft_id, became=None).first()
        if draft is None:
            raise NotFound(_("This draft can no longer be restored."))
        if draft.ended_at is not None:
            _note("restore", draft, actor)
            Draft.objects.filter(id=draft_id).update(ended_at=None, ended_by=None, changed_at=Now())


def forget_drafts(*, days: int) -> int:
    """Delete the drafts that nobody has changed for ``days``, each on record, and the rows of those that have ended.

    A draft that became a mailing loses its text after a day, and its row after ``days``.

    Returns:
        The number of drafts that were too old.
    """
    with transaction.atomic():
        ended = Draft.objects.filter(ended_at__lte=Now() - RESTORED_WITHIN)
        ended.filter(became=None).delete()
        # Who has reviewed it and comes back after days has to be told that it was sent: its row stays, its text goes.
        ended.exclude(became=None).exclude(typed={}).update(typed={})
        ended.exclude(became=None).filter(ended_at__lte=Now() - timedelta(days=days)).delete()
        old = Draft.objects.filter(ended_at=None, changed_at__lte=Now() - timedelta(days=days))
        found = list(old.select_for_update(skip_locked=True).defer("typed"))
        for draft in found:
            _note("delete", draft, None, days=days)
        Draft.objects.filter(id__in=[draft.id for draft in found]).delete()
    return len(found)


def _begin(typed: dict[str, list[str]], save: Save, actor: User) -> Draft | None:
    """Begin a draft. None: this form has begun one already."""
    if Draft.objects.filter(form=save.form).exists():
        return None
    if Draft.objects.filter(created_by=actor, ended_at=None).count() >= MAX_DRAFTS:
        raise StateForbids(_("You have %(most)d drafts already. Delete one first.") % {"most": MAX_DRAFTS})
    draft = Draft(form=save.form, turn=save.turn, created_by=actor, changed_by=actor)
    _write(draft, typed)
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError as error:  # The form has asked twice at once.
        if "draft_form_once" not in str(error):
            raise
        return None
    draft.refresh_from_db()
    return draft


def _locked(draft_id: int | None, form: UUID) -> Draft:
    """The draft with this id, or else the one that the form has saved last, locked.

    Raises:
        NotFound: There is none.
    """
    drafts = Draft.objects.select_for_update(no_key=True)
    draft = drafts.filter(form=form).first() if draft_id is None else drafts.filter(id=draft_id).first()
    if draft is None:
        raise NotFound(str(_GONE))
    return draft


def _write(draft: Draft, typed: dict[str, list[str]]) -> None:
    """Set what was typed, and what the list shows of it."""
    draft.typed = typed
    draft.name = clean_text(" ".join(typed.get("name", ())))[:_SHOWN]
    draft.beginning = " ".join(" ".join(typed.get("message_text", ())).split())[:_SHOWN]


def _note(action: str, draft: Draft, actor: User | None, **details: int) -> None:
    """Write it down with the draft's name. Its text does not belong into the audit log."""
    named = {"name": draft.name} if draft.name else {}
    record(actor=actor, action=f"draft.{action}", object_type="draft", object_id=draft.id, details={**named, **details})
