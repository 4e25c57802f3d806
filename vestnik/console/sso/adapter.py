"""The hooks that allauth calls: they find the account of a person, and answer errors."""

import logging
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _

from vestnik.accounts.identities import Identity, given_once
from vestnik.accounts.outside import Vouched, account_with_email, make_account, role_of_groups
from vestnik.console.cookies import PREFIX
from vestnik.console.sso.consent import Pending, ask
from vestnik.console.sso.entry import enter, provider_set
from vestnik.errors import Refused
from vestnik.models import Role, User

log = logging.getLogger(__name__)


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Takes over after the provider has identified the person. Accounts and logins are our own."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Log the person in, and redirect.

        If groups decide roles, the account gets the role of its current groups. At the first login, if an account with
        the same e-mail exists, the person must enter its password.

        Raises:
            ImmediateHttpResponse: A redirect to the requested page, or to the page that asks for the password.
            Refused: The account is not active.
        """
        role = role_of_groups(_groups(sociallogin.account.extra_data), provider_set())
        user = _again(sociallogin) if sociallogin.is_existing else self._first_time(request, sociallogin, role)
        enter(request, user, role=role)
        raise ImmediateHttpResponse(HttpResponseRedirect(sociallogin.get_redirect_url(request) or PREFIX))

    def _first_time(self, request: HttpRequest, sociallogin: Any, role: Role) -> User:
        """Create an account for the identity.

        Raises:
            ImmediateHttpResponse: An account has this e-mail. Redirects to the page that asks for its password.
            Refused: That account is not active, or the identity was linked at the same moment.
        """
        who = _who(sociallogin)
        identity = _identity(sociallogin)
        known = account_with_email(who)
        if known is not None:
            asked_for = sociallogin.get_redirect_url(request) or PREFIX
            raise ImmediateHttpResponse(ask(request, known, Pending(identity, who.email, role, asked_for)))
        with given_once(), transaction.atomic():
            user = make_account(who, role=role)
            identity.give_to(user)
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        """Report that the login failed.

        Raises:
            Refused: Always.
        """
        del request, provider, extra_context
        log.warning("a login through the OpenID Connect provider failed: %s %s", error, type(exception).__name__)
        raise Refused(_("Login failed. Try again. If it keeps failing, ask an administrator."))


def _identity(sociallogin: Any) -> Identity:
    return Identity(provider=sociallogin.account.provider, uid=sociallogin.account.uid)


def _who(sociallogin: Any) -> Vouched:
    claims = sociallogin.account.get_provider_account().get_user_data() or {}
    return Vouched(
        name=str(claims.get("preferred_username") or claims.get("name") or ""),
        email=str(claims.get("email") or "") if claims.get("email_verified") is True else "",
    )


def _again(sociallogin: Any) -> User:
    """Return the account of an identity.

    allauth has just stored what the provider says about the person. Only the subject is needed, so the rest is deleted.
    """
    _identity(sociallogin).forget_claims()
    user: User = sociallogin.user
    return user


def _groups(data: dict[str, Any]) -> list[str]:
    """Return the groups of the person, from the user information or from the token."""
    claim = provider_set().groups_claim
    for said in (data.get("userinfo"), data.get("id_token")):
        found = said or {}
        for name in [claim] if claim in found else claim.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str):
            return [found]
        if isinstance(found, list):
            return [one for one in found if isinstance(one, str)]
    return []
