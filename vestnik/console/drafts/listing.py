"""The list of drafts, from which they are opened and deleted, which can be undone for a day."""

from typing import ClassVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.pages import Page
from vestnik.console.roles import user_of
from vestnik.errors import NotFound
from vestnik.mailings.drafts import MAX_DRAFTS, count_drafts, delete_draft, find_draft, find_drafts, restore_draft
from vestnik.models import Draft, Role
from vestnik.web.ids import id_of

#: The number of drafts that are listed.
_MAX_SHOWN = 200


class DraftsPage(Page):
    """All drafts, the last changed first. ``?deleted=ID`` offers to restore one."""

    sees: ClassVar[Role] = Role.OPERATOR
    template = "console/drafts/list.html"
    heading = _lazy("Drafts")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        drafts = list(find_drafts()[:_MAX_SHOWN])
        return self.shown(
            request,
            drafts=drafts,
            more=count_drafts() - len(drafts) if len(drafts) == _MAX_SHOWN else 0,
            most=MAX_DRAFTS,
            days=settings.ENVIRONMENT.draft_retention_days,
            deleted=_deleted(request.GET.get("deleted", "")),
        )


class DraftDeletePage(Page):
    """``POST drafts/ID/delete``: deletes it."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete it, and go back to the list."""
        try:
            delete_draft(draft_id=pk, actor=user_of(request))
        except NotFound as error:
            messages.warning(request, str(error))
            return redirect("admin:drafts")
        return redirect(f"{reverse('admin:drafts')}?deleted={pk}")


class DraftRestorePage(Page):
    """``POST drafts/ID/restore``: takes the deletion back."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Restore it, and go back to the list."""
        try:
            restore_draft(draft_id=pk, actor=user_of(request))
        except NotFound as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("The draft is back."))
        return redirect("admin:drafts")


def _deleted(asked: str) -> Draft | None:
    """Return the draft with this id if it was deleted and can be restored."""
    draft_id = id_of(asked)
    draft = None if draft_id is None else find_draft(draft_id)
    return draft if draft and draft.ended_at is not None and draft.became is None else None
