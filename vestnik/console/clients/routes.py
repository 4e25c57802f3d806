"""The pages of this part."""

from django.views import View

from vestnik.console.clients.client import ClientDeletePage, ClientErasePage, ClientNewPage, ClientPage
from vestnik.console.clients.listing import ClientsPage, ExportPage
from vestnik.console.clients.stop_list import StopListPage, StopListRemovePage
from vestnik.console.home import HomePage

ROUTES: list[tuple[str, type[View], str]] = [
    ("clients", ClientsPage, "clients"),
    ("clients/new", ClientNewPage, "client-new"),
    ("clients/export", ExportPage, "client-export"),
    ("clients/<id:pk>", ClientPage, "client"),
    ("clients/<id:pk>/delete", ClientDeletePage, "client-delete"),
    ("clients/<id:pk>/erase", ClientErasePage, "client-erase"),
    # Imports come with the page that matches their columns.
    ("clients/import", HomePage, "client-import"),
    ("stop-list", StopListPage, "stop-list"),
    ("stop-list/<id:pk>/remove", StopListRemovePage, "stop-list-remove"),
]
