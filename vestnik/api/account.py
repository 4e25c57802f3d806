"""The account that makes a request, and what its role allows.

Django REST framework's views import this module (as the default permissions); so it must import none of them.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from vestnik.accounts.keys import lower_role
from vestnik.accounts.logins import Origin
from vestnik.accounts.tokens import LoginAccessToken
from vestnik.errors import LoginEnded
from vestnik.models import ApiKey, Login, Role, User

if TYPE_CHECKING:
    from rest_framework.views import APIView


def actor_of(request: Request) -> User | None:
    """The account that makes this request."""
    return request.user if isinstance(request.user, User) else None


def account_of(request: Request) -> User:
    """The account that makes this request.

    Raises:
        LoginEnded: nobody is logged in.
    """
    user = actor_of(request)
    if user is None:
        raise LoginEnded(_("Log in first."))
    return user


def address_of(request: Request) -> str:
    """Where the request comes from; ``X-Forwarded-For`` counts only as far as NUM_PROXIES says it can be trusted."""
    return BaseThrottle().get_ident(request)


def origin_of(request: Request) -> Origin:
    """Where a login over REST comes from: no cookie comes with it."""
    return Origin(address=address_of(request))


def login_of(request: Request) -> Login | None:
    """The login whose access token came with this request."""
    return request.auth.login if isinstance(request.auth, LoginAccessToken) else None


def role_of(request: Request) -> Role | None:
    """What this request may do: the account's role, or the key's where that is lower; None: nobody is logged in."""
    user = actor_of(request)
    if user is None:
        return None
    return lower_role(user.role, request.auth.role) if isinstance(request.auth, ApiKey) else Role(user.role)


class KeysOnlyRead(BasePermission):
    """API keys may read the account but not change it: a leaked key must not make others, or take the account over."""

    message = _lazy("An API key cannot do this: log in.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Does it only read, or did a login's token come with it?"""
        del view
        return request.method in SAFE_METHODS or not isinstance(request.auth, ApiKey)


class MayWrite(BasePermission):
    """Viewers read; operators and administrators also write."""

    message = _lazy("Your account may only read.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Is the method allowed to the role?"""
        del view
        role = role_of(request)
        return role is not None and (request.method in SAFE_METHODS or role != Role.VIEWER)
