"""The pages of this part."""

from django.views import View

from vestnik.console.clients.client import ClientDeletePage, ClientErasePage, ClientNewPage, ClientPage
from vestnik.console.clients.importing import (
    CancelPage,
    ColumnsPage,
    DiscardPage,
    ImportPage,
    JobPage,
    PreviewPage,
    RefusedPage,
    WarningsPage,
)
from vestnik.console.clients.listing import ClientsPage, ExportPage
from vestnik.console.clients.stop_list import StopListPage, StopListRemovePage

ROUTES: list[tuple[str, type[View], str]] = [
    ("clients", ClientsPage, "clients"),
    ("clients/new", ClientNewPage, "client-new"),
    ("clients/export", ExportPage, "client-export"),
    ("clients/<id:pk>", ClientPage, "client"),
    ("clients/<id:pk>/delete", ClientDeletePage, "client-delete"),
    ("clients/<id:pk>/erase", ClientErasePage, "client-erase"),
    ("clients/import", ImportPage, "client-import"),
    ("clients/import/<id:pk>", JobPage, "client-import-job"),
    ("clients/import/<id:pk>/columns", ColumnsPage, "client-import-columns"),
    ("clients/import/<id:pk>/preview", PreviewPage, "client-import-preview"),
    ("clients/import/<id:pk>/discard", DiscardPage, "client-import-discard"),
    ("clients/import/<id:pk>/cancel", CancelPage, "client-import-cancel"),
    ("clients/import/<id:pk>/refused", RefusedPage, "client-import-refused"),
    ("clients/import/<id:pk>/warnings", WarningsPage, "client-import-warnings"),
    ("stop-list", StopListPage, "stop-list"),
    ("stop-list/<id:pk>/remove", StopListRemovePage, "stop-list-remove"),
]
