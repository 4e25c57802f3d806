"""The routes below ``/console/``.

Their names are used as ``admin:NAME``, because Unfold's templates expect the site to be called ``admin``.
"""

from django.urls import URLPattern, path
from django.views import View

import vestnik.web.ids
import vestnik.web.names  # noqa: F401 - both: `<id:pk>` and `<gateway:name>` in a path
from vestnik.console.clients.bulk import BulkPage, BulkUndoPage
from vestnik.console.clients.client import ClientDeletePage, ClientErasePage, ClientNewPage, ClientPage
from vestnik.console.clients.corrections import CorrectPage, RefusedPage
from vestnik.console.clients.importing import (
    CancelPage,
    ColumnsPage,
    DiscardPage,
    ImportPage,
    JobPage,
    PreviewPage,
    WarningsPage,
)
from vestnik.console.clients.listing import ClientsPage, ExportPage
from vestnik.console.clients.phone import PhonePage, PhoneStopPage
from vestnik.console.clients.stop_list import StopListPage, StopListRemovePage
from vestnik.console.clients.texts import TextsExportPage, TextsPage
from vestnik.console.composing.choices import CodesPart, TagsPart
from vestnik.console.composing.edit import EditMailingPage
from vestnik.console.composing.own_test import OwnTestPart
from vestnik.console.composing.own_text import OwnTextPart
from vestnik.console.composing.parts import CounterPart, EstimatePart
from vestnik.console.composing.preflight import PreflightPart
from vestnik.console.composing.sizes import SizesPart
from vestnik.console.composing.template_parts import TemplateKeepPart, TemplateTextPart
from vestnik.console.composing.templates import TemplatePage, TemplatesPage
from vestnik.console.drafts.listing import DraftDeletePage, DraftRestorePage, DraftsPage
from vestnik.console.drafts.page import WriteMailingPage
from vestnik.console.drafts.saving import SavePart
from vestnik.console.gateways.listing import GatewaysPage, RuleActionPage, RulePage
from vestnik.console.gateways.one import GatewayPage, NewGatewayPage
from vestnik.console.home import HomePage, NowPart
from vestnik.console.mailings.actions import ActionPage, DeletePage
from vestnik.console.mailings.delivery import DeliveryPart
from vestnik.console.mailings.listing import MailingsPage
from vestnik.console.mailings.messages import DownloadPage, MessagesPage
from vestnik.console.mailings.one import AheadPart, LivePart, MailingPage, OutcomesPart
from vestnik.console.messages.pages import MessagePage, NewMessagePage
from vestnik.console.people.account import AccountPage, ApiKeysPage
from vestnik.console.people.audit import AuditExportPage, AuditPage
from vestnik.console.people.persons import PeoplePage, PersonPage
from vestnik.console.people.reports import ReportsPage
from vestnik.console.segments.pages import (
    ExcludedCodesPart,
    ExcludedTagsPart,
    IncludedCodesPart,
    IncludedTagsPart,
    NewSegmentPage,
    SegmentCountPart,
    SegmentEstimatePart,
    SegmentPage,
    SegmentsPage,
)
from vestnik.console.site import site
from vestnik.console.webhooks.pages import WebhookPage, WebhooksPage

app_name = site.name

#: Path below ``/console/``, page, and name. `mailings/new` stands before `mailings/<id:pk>`.
ROUTES: list[tuple[str, type[View], str]] = [
    ("", HomePage, "index"),
    ("now", NowPart, "now"),
    ("clients", ClientsPage, "clients"),
    ("clients/new", ClientNewPage, "client-new"),
    ("clients/export", ExportPage, "client-export"),
    ("clients/bulk", BulkPage, "client-bulk"),
    ("clients/bulk/undo", BulkUndoPage, "client-bulk-undo"),
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
    ("clients/import/<id:pk>/correct", CorrectPage, "client-import-correct"),
    ("clients/import/<id:pk>/warnings", WarningsPage, "client-import-warnings"),
    ("phones/<id:pk>", PhonePage, "phone"),
    ("phones/<id:pk>/stop", PhoneStopPage, "phone-stop"),
    ("inbound", TextsPage, "inbound"),
    ("inbound.csv", TextsExportPage, "inbound-export"),
    ("stop-list", StopListPage, "stop-list"),
    ("stop-list/<id:pk>/remove", StopListRemovePage, "stop-list-remove"),
    ("mailings/new", WriteMailingPage, "mailing-new"),
    ("mailings/new/counter", CounterPart, "mailing-counter"),
    ("mailings/new/estimate", EstimatePart, "mailing-estimate"),
    ("mailings/new/own-test", OwnTestPart, "mailing-own-test"),
    ("mailings/new/preflight", PreflightPart, "mailing-preflight"),
    ("mailings/new/tags", TagsPart, "mailing-tags"),
    ("mailings/new/codes", CodesPart, "mailing-codes"),
    ("mailings/new/sizes", SizesPart, "mailing-sizes"),
    ("mailings/new/own-text", OwnTextPart, "mailing-own-text"),
    ("mailings/new/templates", TemplateKeepPart, "mailing-templates"),
    ("mailings/new/text", TemplateTextPart, "mailing-text"),
    ("mailings/<id:pk>/edit", EditMailingPage, "mailing-edit"),
    ("mailings", MailingsPage, "mailings"),
    ("mailings/<id:pk>", MailingPage, "mailing"),
    ("mailings/<id:pk>/live", LivePart, "mailing-live"),
    ("mailings/<id:pk>/ahead", AheadPart, "mailing-ahead"),
    ("mailings/<id:pk>/outcomes", OutcomesPart, "mailing-outcomes"),
    ("mailings/<id:pk>/delivery", DeliveryPart, "mailing-delivery"),
    ("mailings/<id:pk>/act", ActionPage, "mailing-act"),
    ("mailings/<id:pk>/delete", DeletePage, "mailing-delete"),
    ("mailings/<id:pk>/messages", MessagesPage, "mailing-messages"),
    ("mailings/<id:pk>/results.csv", DownloadPage, "mailing-export"),
    ("drafts", DraftsPage, "drafts"),
    ("drafts/save", SavePart, "draft-save"),
    ("drafts/<id:pk>", WriteMailingPage, "draft"),
    ("drafts/<id:pk>/delete", DraftDeletePage, "draft-delete"),
    ("drafts/<id:pk>/restore", DraftRestorePage, "draft-restore"),
    ("messages/new", NewMessagePage, "message-new"),
    ("messages/<id:pk>", MessagePage, "message"),
    ("segments", SegmentsPage, "segments"),
    ("segments/new", NewSegmentPage, "segment-new"),
    ("segments/estimate", SegmentEstimatePart, "segment-estimate"),
    ("segments/tags", IncludedTagsPart, "segment-tags"),
    ("segments/codes", IncludedCodesPart, "segment-codes"),
    ("segments/exclude-tags", ExcludedTagsPart, "segment-exclude-tags"),
    ("segments/exclude-codes", ExcludedCodesPart, "segment-exclude-codes"),
    ("segments/<id:pk>", SegmentPage, "segment"),
    ("segments/<id:pk>/count", SegmentCountPart, "segment-count"),
    ("templates", TemplatesPage, "templates"),
    ("templates/<id:pk>", TemplatePage, "template"),
    ("account", AccountPage, "account"),
    ("webhooks", WebhooksPage, "webhooks"),
    ("webhooks/<id:pk>", WebhookPage, "webhook"),
    ("people", PeoplePage, "people"),
    ("people/<id:pk>", PersonPage, "person"),
    ("api-keys", ApiKeysPage, "api-keys"),
    ("gateways", GatewaysPage, "gateways"),
    ("gateway-new", NewGatewayPage, "gateway-new"),
    ("gateways/<gateway:name>", GatewayPage, "gateway"),
    ("rules/new", RulePage, "rule-new"),
    ("rules/<id:pk>", RulePage, "rule"),
    ("rules/<id:pk>/act", RuleActionPage, "rule-act"),
    ("reports", ReportsPage, "reports"),
    ("audit", AuditPage, "audit"),
    ("audit.csv", AuditExportPage, "audit-export"),
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
