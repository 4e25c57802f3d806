"""Texts that people sent to us, the newest first, and as a file."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from vestnik.console.clients.fields import LastDigitsField
from vestnik.console.csv_files import csv_style
from vestnik.console.days import DayField, beginning_of, end_of
from vestnik.console.pages import Page
from vestnik.console.paging import Listed, page_of
from vestnik.db.pages import count_up_to
from vestnik.models import Inbound
from vestnik.receipts.inbound import find_inbound, inbound_lines
from vestnik.web.downloads import csv_download

#: The greatest number of texts that is counted: beyond it a count would take longer than the page.
MAX_COUNTED = 10_000


class TextsSearch(forms.Form):
    """The filters of the list, read from the query string."""

    ends = LastDigitsField()
    since = DayField(label=_("From day"))
    until = DayField(label=_("Until day"))

    def found(self) -> QuerySet[Inbound]:
        """Return the texts that match. The form must be valid. Days begin at midnight in the user's time zone."""
        asked = self.cleaned_data
        return find_inbound(
            last_digits=asked["ends"], since=beginning_of(asked["since"]), before=end_of(asked["until"])
        )


class TextsPage(Page):
    """The list. Phones lead to the pages of their clients."""

    template = "console/clients/texts.html"
    heading = _("Inbound")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the list. Errors in a filter are shown beside it."""
        search = TextsSearch(request.GET)
        page, total = Listed([], "", ""), 0
        if search.is_valid():
            found = search.found()
            page, total = page_of(request, found, newest_first=True), count_up_to(found, most=MAX_COUNTED)
        asked = request.GET.copy()
        asked.pop("cursor", None)
        searched = any(asked.values())
        context: dict[str, Any] = {"total": total, "most": MAX_COUNTED, "query": asked.urlencode()}
        return self.shown(request, search=search, page=page, searched=searched, **context)


class TextsExportPage(Page):
    """The filtered list as a file."""

    whole_phones = True
    template = TextsPage.template
    heading = TextsPage.heading

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Stream all matching texts as CSV."""
        search = TextsSearch(request.GET)
        if not search.is_valid():
            return self.shown(request, status=400, search=search, page=Listed([], "", ""), searched=True, query="")
        return csv_download(inbound_lines(search.found(), style=csv_style()), "inbound.csv")
