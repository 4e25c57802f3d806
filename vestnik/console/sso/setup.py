"""Django's settings for a login through an OpenID Connect provider: allauth does the protocol.

The settings import this module, so it must import no model. Without a provider nothing of it is installed.
"""

from typing import Any

from vestnik.openid_connect import OpenIdConnect

#: How allauth calls the provider: a part of the callback's path, and of the row that ties an identity to an account.
PROVIDER = "sso"
APPS = ["allauth", "allauth.account", "allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]


def settings_of(provider: OpenIdConnect, *, https: bool) -> dict[str, Any]:
    """Django's settings for this provider. ``https``: the callback is reached by HTTPS."""
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
        # A link, no form: browsers hold the policy's form-action against where a form is sent on to. The state is bound
        # to the session, and a login never ties an identity to the account that is logged in: an attacker gains nothing
        # by starting one.
        "SOCIALACCOUNT_LOGIN_ON_GET": True,
        "SOCIALACCOUNT_REQUESTS_TIMEOUT": 10,
        "ACCOUNT_DEFAULT_HTTP_PROTOCOL": "https" if https else "http",
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_RATE_LIMITS": False,
    }
