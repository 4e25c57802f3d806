"""The list of clients, and its export."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from vestnik.clients.directory import find_clients
from vestnik.clients.export import export_lines
from vestnik.console.clients.forms import ClientSearch
from vestnik.console.pages import Page
from vestnik.console.paging import Listed, page_of
from vestnik.web.downloads import csv_download


class ClientsPage(Page):
    """The directory, searched by phone, tag, operator and zone: the newest first, or by phone where one is sought."""

    template = "console/clients/list.html"
    heading = _("Clients")

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of it; what cannot be looked for is said at its field."""
        search = ClientSearch(request.GET)
        page = Listed([], "", "")
        if search.is_valid():
            filters = search.filters()
            # Sought by phone, clients stand in the order of phones: in that of ids, a directory that was imported in
            # the order of phones would be read through to its end (0.8 s at a million, on a busy machine).
            by, newest_first = ("phone_number", False) if filters["phone_prefix"] else ("id", True)
            page = page_of(request, find_clients(**filters), by=by, newest_first=newest_first)
        asked = request.GET.copy()
        asked.pop("cursor", None)
        searched = any(asked.values())
        return self.shown(request, search=search, page=page, searched=searched, query=asked.urlencode())


class ExportPage(Page):
    """What the list shows, as a file."""

    template = ClientsPage.template
    heading = ClientsPage.heading

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """CSV of all that match, streamed; an import takes it back unchanged."""
        search = ClientSearch(request.GET)
        if not search.is_valid():
            return self.shown(request, status=400, search=search, page=Listed([], "", ""), searched=True, query="")
        return csv_download(export_lines(find_clients(**search.filters())), "clients.csv")
