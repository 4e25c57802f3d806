"""The URL table: every path of the contract, in both slash forms, so that no POST is ever redirected."""

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from rest_framework.views import APIView

import vestnik.web.ids
import vestnik.web.names  # noqa: F401 - both: `<id:pk>`, `<gateway:name>` and `<attribute:name>` in a path
from vestnik.api import (
    attributes,
    auth,
    clients,
    delivery,
    docs,
    errors,
    gateway_trials,
    gateways,
    health,
    imports,
    inbound,
    keys,
    mailings,
    messages,
    preview,
    preview_texts,
    receipts,
    routes,
    segments,
    statistics,
    stop_list,
    templates,
    webhooks,
)
from vestnik.console import urls as console
from vestnik.console.problems import ledger_away_page
from vestnik.db.away import why_away

handler400 = "vestnik.api.errors.bad_request"
handler403 = "vestnik.api.errors.forbidden"
handler404 = "vestnik.api.errors.not_found"

#: Path as the contract writes it, view, name. The other slash form works too, but is not in the schema.
#: Django tries one route after the other, so what is asked most stands first. No path fits two of them.
ROUTES: list[tuple[str, type[APIView], str]] = [
    ("client/", clients.ClientListView, "clients"),
    ("client/<id:pk>", clients.ClientView, "client"),
    ("sender/notifications", mailings.MailingListView, "mailings"),
    ("sender/notifications/<id:pk>", mailings.MailingView, "mailing"),
    ("sender/notifications/<id:pk>/statistics", statistics.MailingStatisticsView, "mailing-statistics"),
    (
        "sender/notifications/<id:pk>/statistics/gateways",
        statistics.GatewayStatisticsView,
        "mailing-gateway-statistics",
    ),
    (
        "sender/notifications/<id:pk>/statistics/delivery",
        delivery.DeliveryStatisticsView,
        "mailing-delivery-statistics",
    ),
    ("sender/notifications/<id:pk>/messages", statistics.MessagesView, "messages"),
    ("sender/notifications/statistics", statistics.StatisticsListView, "statistics"),
    ("sender/notifications/preview", preview.PreviewView, "mailing-preview"),
    ("sender/notifications/preview/texts", preview_texts.TextsPreviewView, "mailing-preview-texts"),
    ("sender/notifications/<id:pk>/pause", mailings.PauseView, "mailing-pause"),
    ("sender/notifications/<id:pk>/resume", mailings.ResumeView, "mailing-resume"),
    ("sender/notifications/<id:pk>/cancel", mailings.CancelView, "mailing-cancel"),
    ("sender/notifications/<id:pk>/unknown", mailings.UnknownView, "mailing-unknown"),
    ("messages", messages.MessageListView, "single-messages"),
    ("messages/<id:pk>", messages.MessageView, "single-message"),
    ("client/import", imports.ImportView, "client-import"),
    ("client/import/<id:pk>", imports.ImportJobView, "client-import-job"),
    ("client/import/<id:pk>/refused", imports.RefusedView, "client-import-refused"),
    ("client/import/<id:pk>/warnings", imports.WarningsView, "client-import-warnings"),
    ("client/export", imports.ExportView, "client-export"),
    ("inbound", inbound.InboundView, "inbound"),
    ("client/stop-list", stop_list.StopListView, "stop-list"),
    ("attributes", attributes.AttributeListView, "attributes"),
    ("attributes/<attribute:name>", attributes.AttributeView, "attribute"),
    ("segments", segments.SegmentListView, "segments"),
    ("segments/<id:pk>", segments.SegmentView, "segment"),
    ("templates", templates.TemplateListView, "templates"),
    ("templates/<id:pk>", templates.TemplateView, "template"),
    ("auth/registration/", auth.RegistrationView, "registration"),
    ("auth/login/", auth.LoginView, "login"),
    ("auth/logout/", auth.LogoutView, "logout"),
    ("auth/token/refresh/", auth.RefreshView, "token-refresh"),
    ("auth/token/verify/", auth.VerifyView, "token-verify"),
    ("auth/user/", auth.UserView, "user"),
    ("auth/password/change/", auth.PasswordView, "password-change"),
    ("auth/keys/", keys.ApiKeyListView, "api-keys"),
    ("auth/keys/<id:pk>", keys.ApiKeyView, "api-key"),
    ("gateways", gateways.GatewayListView, "gateways"),
    ("gateways/<gateway:name>", gateways.OneGatewayView, "gateway"),
    ("gateways/<gateway:name>/check", gateways.GatewayCheckView, "gateway-check"),
    ("gateways/<gateway:name>/test", gateway_trials.GatewayTestView, "gateway-test"),
    ("gateways/<gateway:name>/dry-run", gateway_trials.GatewayDryRunView, "gateway-dry-run"),
    ("gateways/<gateway:name>/enable", gateways.GatewayEnableView, "gateway-enable"),
    ("gateways/<gateway:name>/disable", gateways.GatewayDisableView, "gateway-disable"),
    ("gateways/<gateway:name>/put-back", gateways.GatewayPutBackView, "gateway-put-back"),
    ("gateways/<gateway:name>/rotate-receipts", gateways.GatewayRotateView, "gateway-rotate-receipts"),
    ("gateway-kinds", gateways.GatewayKindsView, "gateway-kinds"),
    ("routes", routes.RouteListView, "routes"),
    ("routes/<id:pk>", routes.RouteView, "route"),
    ("routes/preview", routes.RoutePreviewView, "route-preview"),
    ("webhooks", webhooks.WebhookListView, "webhooks"),
    ("webhooks/<id:pk>", webhooks.OneWebhookView, "webhook"),
    ("webhooks/<id:pk>/rotate", webhooks.WebhookRotateView, "webhook-rotate"),
    ("webhooks/<id:pk>/test", webhooks.WebhookTestView, "webhook-test"),
    ("webhooks/<id:pk>/attempts", webhooks.WebhookAttemptsView, "webhook-attempts"),
    ("webhooks/<id:pk>/replay", webhooks.WebhookReplayView, "webhook-replay"),
    ("health/live", health.LiveView, "live"),
    ("health/ready", health.ReadyView, "ready"),
    ("metrics", health.MetricsView, "metrics"),
    ("docs/", docs.SwaggerView, "docs"),
    ("redoc/", docs.RedocView, "redoc"),
    ("schema/", docs.SchemaView, "schema"),
]


def handler500(request: HttpRequest) -> HttpResponse:
    """What no view turned into an answer: a bug, or a ledger that is away, which the console shows as a page."""
    away = why_away(sys.exc_info()[1])
    if away is not None and request.path_info.startswith("/console/"):
        return ledger_away_page(away)
    return errors.server_error(request)


def _both(route: str, view: type[APIView], name: str) -> list[URLPattern]:
    other = route[:-1] if route.endswith("/") else f"{route}/"
    return [path(route, view.as_view(), name=name), path(other, view.as_view(schema=None))]


def _sign_on() -> list[URLResolver]:
    """The pages of a login through an OpenID Connect provider, where there is one: else their app is not installed."""
    return [path("", include("vestnik.console.sso.urls"))] if settings.ENVIRONMENT.openid_connect is not None else []


_to_console = RedirectView.as_view(url="/console/")

urlpatterns: list[URLPattern | URLResolver] = [
    # Answered before (vestnik.api.receipts.CallbackMiddleware).
    *receipts.ROUTES,
    *(pattern for route in ROUTES for pattern in _both(*route)),
    *(path(route, _to_console) for route in ("", "console", "admin", "admin/")),
    *_sign_on(),
    path("console/", include(console)),
]
