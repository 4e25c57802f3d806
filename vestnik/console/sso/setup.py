"""Django's settings for a login through an OpenID Connect provider. allauth implements the protocol.

The settings import this module, so it must not import a model. Without a provider, nothing of it is installed.
"""

from typing import Any

from vestnik.openid_connect import OpenIdConnect

#: allauth's id of the provider. It is part of the callback's path, and of the row that links an identity to an account.
PROVIDER = "sso"
APPS = ["allauth", "allauth.account", "allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]


def settings_of(provider: OpenIdConnect, *, https: bool) -> dict[str, Any]:
    """Return Django's settings for this provider. ``https`` says whether the callback uses HTTPS."""
    app = {
        "provider_id": PROVIDER,
        "name": provider.name,
        "client_id": provider.client_id,
        "secret": provider.client_secret,
        "settings": {"server_url": provider.issuer, "scope": list(provider.scope)},
    }
    return {
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}},
        "SOCIALACCOUNT_ADAPTER": "vestnik.console.sso.adapter.Adapter",
        # The login is a link and not a form, because browsers apply form-action of the content policy to redirects
        # after a form. This is safe: the state is bound to the session, and a login never links an identity to the
        # account that is logged in, so an attacker gains nothing by starting one.
        "SOCIALACCOUNT_LOGIN_ON_GET": True,
        "SOCIALACCOUNT_REQUESTS_TIMEOUT": 10,
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": "https" if https else "http",
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_RATE_LIMITS": False,
    }
