"""The routes below ``/console/``.

Their names are used as ``admin:NAME``, because Unfold's templates expect the site to be called ``admin``.
"""

from django.urls import URLPattern, path
from django.views import View

import vestnik.web.ids  # noqa: F401 - registers `<id:pk>`
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
from vestnik.console.composing.edit import EditMailingPage
from vestnik.console.composing.new import NewMailingPage
from vestnik.console.composing.parts import CodesPart, CounterPart, EstimatePart, TagsPart
from vestnik.console.home import HomePage, NowPart
from vestnik.console.mailings.actions import ActionPage, DeletePage
from vestnik.console.mailings.listing import MailingsPage
from vestnik.console.mailings.messages import DownloadPage, MessagesPage
from vestnik.console.mailings.one import LivePart, MailingPage, OutcomesPart
from vestnik.console.people.account import AccountPage, ApiKeysPage
from vestnik.console.people.audit import AuditPage
from vestnik.console.people.gateway import GatewayPage
from vestnik.console.people.persons import PeoplePage, PersonPage
from vestnik.console.site import site

app_name = site.name

#: Path below ``/console/``, page, and name. `mailings/new` stands before `mailings/<id:pk>`.
ROUTES: list[tuple[str, type[View], str]] = [
    ("", HomePage, "index"),
    ("now", NowPart, "now"),
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
    ("mailings/new", NewMailingPage, "mailing-new"),
    ("mailings/new/counter", CounterPart, "mailing-counter"),
    ("mailings/new/estimate", EstimatePart, "mailing-estimate"),
    ("mailings/new/tags", TagsPart, "mailing-tags"),
    ("mailings/new/codes", CodesPart, "mailing-codes"),
    ("mailings/<id:pk>/edit", EditMailingPage, "mailing-edit"),
    ("mailings", MailingsPage, "mailings"),
    ("mailings/<id:pk>", MailingPage, "mailing"),
    ("mailings/<id:pk>/live", LivePart, "mailing-live"),
    ("mailings/<id:pk>/outcomes", OutcomesPart, "mailing-outcomes"),
    ("mailings/<id:pk>/act", ActionPage, "mailing-act"),
    ("mailings/<id:pk>/delete", DeletePage, "mailing-delete"),
    ("mailings/<id:pk>/messages", MessagesPage, "mailing-messages"),
    ("mailings/<id:pk>/results.csv", DownloadPage, "mailing-export"),
    ("account", AccountPage, "account"),
    ("people", PeoplePage, "people"),
    ("people/<id:pk>", PersonPage, "person"),
    ("api-keys", ApiKeysPage, "api-keys"),
    ("gateway", GatewayPage, "gateway"),
    ("audit", AuditPage, "audit"),
]

#: Login, logout and our own pages. Other pages of Django and Unfold (`password_change/`, `search/`, `autocomplete/`,
#: `jsi18n/`, `r/`) are left out, because they would bypass the services, their limits and the audit.
urlpatterns: list[URLPattern] = [
    path("login/", site.login, name="login"),
    path("logout/", site.admin_view(site.logout), name="logout"),
    *(path(route, site.admin_view(page.as_view()), name=name) for route, page, name in ROUTES),
    # An unknown path gives an error page, after a login.
    path("<path:url>", site.admin_view(site.catch_all_view)),
]
