"""The look of the console: name, colours, and menu.

The settings import this module, so it must not import a model.
"""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

#: Teal instead of Unfold's violet. OKLCH gives lightness, chroma and hue. Each step has enough contrast for its use.
_TEAL = {
    "50": "oklch(98% .012 195)",
    "100": "oklch(95% .03 195)",
    "200": "oklch(90% .055 195)",
    "300": "oklch(83% .085 195)",
    "400": "oklch(74% .105 197)",
    "500": "oklch(62% .105 200)",
    "600": "oklch(52% .092 203)",
    "700": "oklch(45% .078 206)",
    "800": "oklch(38% .062 209)",
    "900": "oklch(32% .05 212)",
    "950": "oklch(23% .036 216)",
}


def _item(title: Any, icon: str, route: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{route}")}


def _settings_items(language: str) -> list[dict[str, Any]]:
    administrators_only = "vestnik.console.roles.is_administrator"
    return [
        _item(_("My account"), "account_circle", "account"),
        {**_item(_("Users"), "group", "people"), "permission": administrators_only},
        _item(_("API keys"), "key", "api-keys"),
        # Outside of the console, which knows the language of the account.
        {"title": _("REST API"), "icon": "api", "link": f"/docs/?language={language}"},
        {**_item(_("Gateways"), "settings_input_antenna", "gateways"), "permission": administrators_only},
        {**_item(_("Webhooks"), "webhook", "webhooks"), "permission": administrators_only},
        {**_item(_("Reports"), "forward_to_inbox", "reports"), "permission": administrators_only},
        _item(_("Audit log"), "history", "audit"),
    ]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu. Unfold hides the items that the account may not see."""
    return [
        {
            "items": [
                _item(_("Overview"), "monitoring", "index"),
                _item(_("Mailings"), "campaign", "mailings"),
                _item(_("Clients"), "contacts", "clients"),
                _item(_("Inbound"), "sms", "inbound"),
                _item(_("Stop list"), "block", "stop-list"),
            ]
        },
        {"title": _("Settings"), "separator": True, "items": _settings_items(getattr(request.user, "language", "en"))},
    ]


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Vestnik",
    "SITE_HEADER": "Vestnik",
    "SITE_SYMBOL": "send",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("console/icon.svg")},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": False,
    "BORDER_RADIUS": "8px",
    "COLORS": {"primary": _TEAL},
    "STYLES": [lambda _request: static("console/console.css")],
    "SCRIPTS": [lambda _request: static("console/console.js")],
    "LOGIN": {"form": "vestnik.console.login.LoginForm"},
    "ACCOUNT": {"navigation": [{"title": _("My account"), "link": reverse_lazy("admin:account")}]},
    "SIDEBAR": {"show_search": False, "command_search": False, "navigation": navigation},
}
