"""The list of clients, and its export."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from vestnik.clients.bulk import MAX_CLIENTS
from vestnik.clients.directory import find_clients
from vestnik.clients.export import export_lines
from vestnik.console.clients.bulk import too_many_clients, undo_offered
from vestnik.console.clients.forms import ClientSearch
from vestnik.console.csv_files import csv_style
from vestnik.console.pages import Page
from vestnik.console.paging import Listed, from_here, page_of
from vestnik.db.pages import count_up_to
from vestnik.phones.reader import phones_are_masked
from vestnik.web.downloads import csv_download

#: The greatest number of clients that is counted: beyond it a count would take longer than the page. Those that are
#: counted can be changed at once.
MAX_COUNTED = MAX_CLIENTS


class ClientsPage(Page):
    """The directory with filters for the first or last digits of the phone, tag, operator and time zone.

    The newest clients come first. A search by phone is sorted by phone.
    """

    template = "console/clients/list.html"
    heading = _("Clients")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the list. Errors in a filter are shown beside it."""
        search = ClientSearch(request.GET)
        page, total = Listed([], "", ""), 0
        if search.is_valid():
            filters = search.filters()
            # A search by phone is sorted by phone. Sorted by id, a directory that was imported in the order of its
            # phones would be read to its end (0.8 s for a million clients on a busy machine).
            # Cursors of that order are phones, so readers who see phones masked do without: they give a code, no more.
            by_phone = filters["phone_prefix"] and not phones_are_masked()
            by, newest_first = ("phone_number", False) if by_phone else ("id", True)
            page = page_of(request, find_clients(**filters), by=by, newest_first=newest_first)
            total = count_up_to(find_clients(**filters), most=MAX_COUNTED)
        asked = request.GET.copy()
        asked.pop("cursor", None)
        searched = any(asked.values())
        return self.shown(
            request,
            search=search,
            page=page,
            total=total,
            most=MAX_COUNTED,
            has_attributes=any(client.attributes for client in page.rows),
            searched=searched,
            query=asked.urlencode(),
            from_here=from_here(request),
            undo=undo_offered(request),
            too_many=too_many_clients() if total > MAX_COUNTED else "",
        )


class ExportPage(Page):
    """The filtered list as a file."""

    whole_phones = True
    template = ClientsPage.template
    heading = ClientsPage.heading

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Stream all matching clients as CSV. The file can be imported again unchanged."""
        search = ClientSearch(request.GET)
        if not search.is_valid():
            return self.shown(request, status=400, search=search, page=Listed([], "", ""), searched=True, query="")
        return csv_download(export_lines(find_clients(**search.filters()), style=csv_style()), "clients.csv")
