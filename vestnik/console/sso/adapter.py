"""Where allauth asks us: who somebody is that the provider vouches for, and what to say when it does not."""

import logging
from typing import Any, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _

from vestnik.accounts.outside import Vouched, account_of, role_of_groups
from vestnik.accounts.people import change_role
from vestnik.console.languages import PREFIX, take_over
from vestnik.errors import Refused
from vestnik.models import Role, User
from vestnik.openid_connect import OpenIdConnect

log = logging.getLogger(__name__)


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Takes over as soon as the provider has said who it is: the accounts are ours, and so is the login."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Log the person in, and send them on.

        Where groups give roles, the account gets the role that its groups give now.

        Raises:
            ImmediateHttpResponse: to the page that was asked for.
            Refused: the account is not active.
        """
        provider = cast("OpenIdConnect", settings.ENVIRONMENT.openid_connect)
        groups = _groups(sociallogin.account.extra_data, provider.groups_claim)
        role = role_of_groups(groups, provider)
        user = _again(sociallogin) if sociallogin.is_existing else _first_time(sociallogin, role)
        if not user.is_active:
            raise Refused(_("This account is switched off. Ask an administrator."))
        if provider.group_roles:
            change_role(user, role=role, actor=None, by="openid_connect")
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


def _first_time(sociallogin: Any, role: Role) -> User:
    """Tie the identity to an account."""
    claims = sociallogin.account.get_provider_account().get_user_data() or {}
    who = Vouched(
        name=str(claims.get("preferred_username") or claims.get("name") or ""),
        email=str(claims.get("email") or "") if claims.get("email_verified") is True else "",
    )
    with transaction.atomic():
        user = account_of(who, role=role)
        sociallogin.account.user = user
        sociallogin.account.extra_data = {}
        sociallogin.account.save(force_insert=True)
    return user


def _again(sociallogin: Any) -> User:
    """The account of an identity. allauth has just kept what the provider says of the person: its subject is enough."""
    SocialAccount.objects.filter(pk=sociallogin.account.pk).update(extra_data={})
    user: User = sociallogin.user
    return user


def _groups(data: dict[str, Any], claim: str) -> list[str]:
    """The groups of the person, wherever the provider says them: in the answer about the user, or in the token."""
    for said in (data.get("userinfo"), data.get("id_token")):
        found = said or {}
        for name in [claim] if claim in found else claim.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str):
            return [found]
        if isinstance(found, list):
            return [one for one in found if isinstance(one, str)]
    return []
