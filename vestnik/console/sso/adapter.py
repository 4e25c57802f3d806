"""Where allauth asks us: who somebody is that the provider vouches for, and what to say when it does not."""

import logging
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _

from vestnik.accounts.outside import Vouched, account_of
from vestnik.console.languages import PREFIX, take_over
from vestnik.errors import Refused
from vestnik.models import Role, User

log = logging.getLogger(__name__)


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Takes over as soon as the provider has said who it is: the accounts are ours, and so is the login."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Log the person in, and send them on.

        Raises:
            ImmediateHttpResponse: to the page that was asked for.
            Refused: the account is not active.
        """
        user = sociallogin.user if sociallogin.is_existing else _first_time(sociallogin)
        if not user.is_active:
            raise Refused(_("This account is switched off. Ask an administrator."))
        # Takes the session's key away, and whoever was logged in before.
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        take_over(request, user)
        raise ImmediateHttpResponse(HttpResponseRedirect(sociallogin.get_redirect_url(request) or PREFIX))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        """Say that it did not work.

        Raises:
            Refused: always.
        """
        del request, provider, extra_context
        log.warning("a login through the OpenID Connect provider failed: %s %s", error, type(exception).__name__)
        raise Refused(_("The login did not work: try again. If it goes on, ask an administrator."))


def _first_time(sociallogin: Any) -> User:
    """Tie the identity to an account. Only its subject is kept of what the provider says."""
    claims = sociallogin.account.get_provider_account().get_user_data() or {}
    who = Vouched(
        name=str(claims.get("preferred_username") or claims.get("name") or ""),
        email=str(claims.get("email") or "") if claims.get("email_verified") is True else "",
    )
    with transaction.atomic():
        user = account_of(who, role=Role(sociallogin.account.get_provider().app.settings["role"]))
        sociallogin.account.user = user
        sociallogin.account.extra_data = {}
        sociallogin.account.save()
    return user
