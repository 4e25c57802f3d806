"""One mailing: its live books, what may be done with it, what it says and to whom."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from vestnik.console.mailings.messages import messages_asked_for
from vestnik.console.mailings.views import MailingView, view_of
from vestnik.console.pages import Page
from vestnik.mailings.creation import get_mailing, window_of


class MailingPage(Page):
    """One mailing."""

    template = "console/mailings/one.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        view = view_of(get_mailing(mailing_id=pk))
        return self.shown(request, title=view.title, **_context(view), **messages_asked_for(request, view))


class LivePart(Page):
    """What moves on a mailing's page; htmx asks for it every second until the mailing is over."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part; and, when the state is another than the page shows, what depends on it elsewhere."""
        view = view_of(get_mailing(mailing_id=pk))
        changed = request.GET.get("seen") != view.looks
        return self.fragment(request, "console/mailings/moved.html", changed=changed, **_context(view))


def _context(view: MailingView) -> dict[str, Any]:
    return {"view": view, "mailing": view.mailing, "window": window_of(view.mailing)}
