"""Logs the account of a person in whom the provider has identified."""

from typing import cast

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.translation import gettext as _

from vestnik.accounts.people import change_role
from vestnik.console.cookies import take_over
from vestnik.errors import Refused
from vestnik.models import Role, User
from vestnik.openid_connect import OpenIdConnect


def provider_set() -> OpenIdConnect:
    """Return the configured provider. The pages of the login exist only if there is one."""
    return cast("OpenIdConnect", settings.ENVIRONMENT.openid_connect)


def enter(request: HttpRequest, user: User, *, role: Role) -> None:
    """Log the account in to the console.

    Args:
        request: Its session gets a new key. The previous login of the session ends.
        user: The account.
        role: The role of its groups. It is used only if groups decide roles.

    Raises:
        Refused: The account is not active.
    """
    if not user.is_active:
        raise Refused(_("This account is switched off. Ask an administrator."))
    if provider_set().group_roles:
        change_role(user, role=role, actor=None, by="openid_connect")
    take_over(request, user)  # before the login is on record: the first one takes the browser's language
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
