"""Saves the form of a new mailing as a draft, while it is typed and at *Review*, and says what came of it."""

import re
import uuid
from dataclasses import dataclass, field, replace
from typing import ClassVar

from django.http import HttpRequest, HttpResponse, QueryDict

from vestnik.console.composing.forms import MailingForm
from vestnik.console.drafts.versions import Difference, differences
from vestnik.console.pages import Page
from vestnik.console.roles import user_of
from vestnik.errors import EditedMeanwhile, InvalidInput, NotFound, StateForbids
from vestnik.mailings.drafts import Save, Typed, find_draft, save_draft
from vestnik.models import Draft, Role, User
from vestnik.web.ids import id_of

#: The fields of the form that are not part of a draft: which form it is, and which mailing it edits.
_NOT_TYPED = {"token", "seen"}
_TOKEN = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """How a form stands to its draft, for the template ``console/drafts/state.html``.

    Args:
        draft: The draft that the form says, if it was saved.
        draft_id: The draft that the next save goes into. None: a new one.
        seen: The version of it that the form has.
        turn: The number of saves of this form.
        theirs: The draft as somebody else has saved it meanwhile.
        differences: Between what was typed and theirs.
        ended: The draft that is there no more. It is None if nobody remembers it.
        is_gone: Whether the draft is there no more.
        problem: Why it was not saved.
    """

    draft: Draft | None = None
    draft_id: int | None = None
    seen: int = 0
    turn: int = 0
    theirs: Draft | None = None
    differences: list[Difference] = field(default_factory=list)
    ended: Draft | None = None
    is_gone: bool = False
    problem: str = ""

    @property
    def is_saved(self) -> bool:
        """Whether what was typed is in the draft."""
        return self.draft is not None


def saving_of(draft: Draft) -> Saving:
    """Return how a form that was just made of a draft stands to it."""
    return Saving(draft=draft, draft_id=draft.id, seen=draft.version)


def kept_saving(draft_id: int, typed: QueryDict) -> Saving:
    """Return how a form that was kept in the session stands to its draft."""
    draft, save = find_draft(draft_id), save_of(typed)
    stands = Saving(draft_id=draft_id, seen=save.seen if save else 0, turn=save.turn if save else 0)
    return stands if draft and draft.ended_at is None else replace(stands, is_gone=True, ended=draft)


def save_typed(posted: QueryDict, *, draft_id: int | None, actor: User) -> Saving:
    """Save what was posted.

    ``draft_over`` is the version that the person has decided to overwrite. ``draft_anew`` begins another draft.
    """
    save = save_of(posted)
    if save is None:
        return Saving(draft_id=draft_id)
    draft_id = None if posted.get("draft_anew") else draft_id
    stands = Saving(draft_id=draft_id, seen=save.seen, turn=save.turn)
    try:
        draft = _saved(save, draft_id, actor)
    except EditedMeanwhile:
        return conflict_of(save, draft_id)
    except NotFound:
        return replace(stands, is_gone=True, ended=None if draft_id is None else find_draft(draft_id))
    except StateForbids as error:
        return replace(stands, problem=str(error))
    except InvalidInput as error:
        problem = " ".join(str(text) for texts in error.fields.values() for text in texts)
        return replace(stands, problem=problem)
    return Saving(draft=draft, draft_id=draft.id, seen=draft.version, turn=save.turn)


def _saved(save: Save, draft_id: int | None, actor: User) -> Draft:
    """Save it, also over a version that differs only in what nobody sees, such as tags that are not chosen."""
    try:
        return save_draft(draft_id=draft_id, save=save, actor=actor)
    except EditedMeanwhile:
        theirs = None if draft_id is None else find_draft(draft_id)
        if theirs is None or differences(save.typed, theirs.typed):
            raise
        return save_draft(draft_id=draft_id, save=replace(save, seen=theirs.version), actor=actor)


def conflict_of(save: Save, draft_id: int | None) -> Saving:
    """Return what a form is shown that must not overwrite a draft without being asked."""
    theirs = None if draft_id is None else find_draft(draft_id)
    rows = [] if theirs is None else differences(save.typed, theirs.typed)
    return Saving(draft_id=draft_id, seen=save.seen, turn=save.turn, theirs=theirs, differences=rows)


def typed_of(posted: QueryDict) -> Typed:
    """Return what a draft keeps of a posted form: the fields of a mailing, and nothing of what stands beside them."""
    names = MailingForm.base_fields.keys() - _NOT_TYPED
    return {name: posted.getlist(name) for name in sorted(names) if name in posted}


def save_of(posted: QueryDict) -> Save | None:
    """Return the save that was posted, or None if it does not say of which form."""
    token = posted.get("token", "")
    if not _TOKEN.fullmatch(token):
        return None
    return Save(
        form=uuid.UUID(token),
        turn=_number(posted.get("draft_turn")),
        seen=_number(posted.get("draft_over") or posted.get("draft_version")),
        typed=typed_of(posted),
    )


class SavePart(Page):
    """``POST drafts/save``: saves the form, and shows what came of it."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save it. What hinders it is said with a status of 200: htmx would leave out the answer otherwise."""
        saving = save_typed(request.POST, draft_id=id_of(request.POST.get("draft", "")), actor=user_of(request))
        return self.fragment(request, "console/drafts/state.html", saving=saving, just_saved=saving.is_saved)


def _number(text: str | None) -> int:
    """Return the number, or 0 if the text is none. PostgreSQL holds it."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
