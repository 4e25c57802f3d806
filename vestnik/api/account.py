"""The account of a request, and what its role allows.

The views of Django REST framework import this module (as the default permissions), so it must not import them.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from vestnik.accounts.logins import Origin
from vestnik.accounts.tokens import LoginAccessToken
from vestnik.api.authentication import role_with
from vestnik.errors import LoginEnded
from vestnik.models import ApiKey, Login, Role, User
from vestnik.phones.reader import phones_are_masked

if TYPE_CHECKING:
    from rest_framework.views import APIView


def actor_of(request: Request) -> User | None:
    """Return the account of the request, or None."""
    return request.user if isinstance(request.user, User) else None


def account_of(request: Request) -> User:
    """Return the account of the request.

    Raises:
        LoginEnded: Nobody is logged in.
    """
    user = actor_of(request)
    if user is None:
        raise LoginEnded(_("Log in first."))
    return user


def address_of(request: Request) -> str:
    """Return the client's address. NUM_PROXIES decides how far ``X-Forwarded-For`` is trusted."""
    return BaseThrottle().get_ident(request)


def origin_of(request: Request) -> Origin:
    """Return where a login over REST comes from. Such a login has no cookie."""
    return Origin(address=address_of(request))


def login_of(request: Request) -> Login | None:
    """Return the login that the access token of the request belongs to, or None."""
    return request.auth.login if isinstance(request.auth, LoginAccessToken) else None


def role_of(request: Request) -> Role | None:
    """Return the role of the request, or None if nobody is logged in."""
    user = actor_of(request)
    return None if user is None else role_with(user, request.auth)


def may_read_sent_texts(request: Request) -> bool:
    """Return whether the role may read texts that were sent to a person: they hold what is known of people."""
    return role_of(request) in {Role.OPERATOR, Role.ADMINISTRATOR}


class KeysOnlyRead(BasePermission):
    """Lets API keys read the account, but not change it.

    A leaked key must not be enough to create other keys or to take over the account.
    """

    message = _lazy("An API key cannot do this: log in.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the request only reads, or has the token of a login."""
        del view
        return request.method in SAFE_METHODS or not isinstance(request.auth, ApiKey)


class MayWrite(BasePermission):
    """Lets viewers read. Operators and administrators may also write."""

    message = _lazy("Your account may only read.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the role may use this method."""
        del view
        role = role_of(request)
        return role is not None and (request.method in SAFE_METHODS or role != Role.VIEWER)


class SeesPhones(BasePermission):
    """Lets nobody in who sees phone numbers masked: for files, which have them whole."""

    message = _lazy("Your account sees phone numbers masked, and downloads no files.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the reader sees whole numbers."""
        del request, view
        return not phones_are_masked()


class Administers(BasePermission):
    """Lets administrators only, also to read."""

    message = _lazy("Only administrators may do this.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the role is the administrator's."""
        del view
        return role_of(request) == Role.ADMINISTRATOR
