"""The list of mailings, the newest first."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from vestnik.console.mailings.views import views_of
from vestnik.console.mailings.words import MAILING_WORDS
from vestnik.console.pages import Page
from vestnik.console.paging import from_here, page_of
from vestnik.mailings.find import search_mailings
from vestnik.models import MailingState

PAGE = 25


class MailingsPage(Page):
    """All mailings, filtered by state and by words of their name. Pages have no total count."""

    template = "console/mailings/list.html"
    heading = _("Mailings")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page. An unknown state is ignored."""
        state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
        state = state if state in MailingState.values else ""
        page = page_of(request, search_mailings(state=state, words=words), size=PAGE, newest_first=True)
        return self.shown(
            request,
            page=page._replace(rows=views_of(page.rows)),
            states=MAILING_WORDS.items(),
            state=state,
            words=words,
            filtered=bool(state or words),
            from_here=from_here(request),
        )
