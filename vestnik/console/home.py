"""Home: what is happening now."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from vestnik.console.pages import Page


class HomePage(Page):
    """What is happening now, and what needs a decision."""

    template = "console/home.html"
    heading = _("Now")

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return self.shown(request)
