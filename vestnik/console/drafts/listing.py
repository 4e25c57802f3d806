"""The list of drafts, from which they are opened and deleted, which can be undone for a day."""

from typing import ClassVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.pages import Page
from vestnik.console.paging import Listed, back_to, first_page, from_here, listed, page_asked_for
from vestnik.console.roles import user_of
from vestnik.db.pages import fetch_page
from vestnik.errors import NotFound
from vestnik.mailings.drafts import (
    MAX_DRAFTS,
    count_drafts,
    delete_draft,
    find_draft,
    find_drafts,
    page_by_change,
    restore_draft,
)
from vestnik.models import Draft, Role
from vestnik.web.ids import id_of

#: The values of ``sort``. Without one, the last changed come first.
SORTS = {"new": _lazy("the newest first")}


class DraftsPage(Page):
    """All drafts, the last changed first, or the newest. ``?deleted=ID`` offers to restore one."""

    sees: ClassVar[Role] = Role.OPERATOR
    template = "console/drafts/list.html"
    heading = _lazy("Drafts")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        sort = request.GET.get("sort", "")
        return self.shown(
            request,
            page=_page(request, by_change=sort not in SORTS),
            total=count_drafts(),
            sort=sort,
            sorts=SORTS.items(),
            from_here=from_here(request),
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
            return redirect(back_to(request, "drafts"))
        return redirect(back_to(request, "drafts", deleted=str(pk)))


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
        return redirect(back_to(request, "drafts", deleted=""))


def _page(request: HttpRequest, *, by_change: bool) -> Listed:
    """Return the page, or the first one if nothing is left of it: drafts come and go."""
    asked = page_asked_for(request, newest_first=True)
    for page in (asked, first_page(newest_first=True)):
        rows = page_by_change(page) if by_change else fetch_page(find_drafts(), page)
        if rows or page.first:
            break
    return listed(request, page, rows)


def _deleted(asked: str) -> Draft | None:
    """Return the draft with this id if it was deleted and can be restored."""
    draft_id = id_of(asked)
    draft = None if draft_id is None else find_draft(draft_id)
    return draft if draft and draft.ended_at is not None and draft.became is None else None
