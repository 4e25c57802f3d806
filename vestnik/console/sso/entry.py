"""Logs in a person from the provider: the identity belongs to an account, and the account logs in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth import login
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from vestnik.accounts.people import change_role
from vestnik.console.cookies import take_over
from vestnik.errors import Refused
from vestnik.models import Role, User
from vestnik.openid_connect import OpenIdConnect


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody at the provider. ``uid``: the subject, which never changes."""

    provider: str
    uid: str

    def give_to(self, account: User) -> None:
        """Tie it to an account, whose earlier identities end: an address may be somebody else's today.

        Raises:
            IntegrityError: it belongs to an account already.
        """
        SocialAccount.objects.filter(user=account).delete()
        SocialAccount(user=account, provider=self.provider, uid=self.uid, extra_data={}).save(force_insert=True)


@contextmanager
def given_once() -> Iterator[None]:
    """Around a transaction that ties an identity.

    Raises:
        Refused: the identity was tied at the same moment, or before.
    """
    try:
        yield
    except IntegrityError as error:
        raise Refused(_("The login did not work: try again. If it goes on, ask an administrator.")) from error


def provider_set() -> OpenIdConnect:
    """The provider that the environment names; these pages are there only if it does."""
    return cast("OpenIdConnect", settings.ENVIRONMENT.openid_connect)


def enter(request: HttpRequest, user: User, *, role: Role) -> None:
    """Log the account in to the console.

    Args:
        request: its session gets another key, and the previous login of the session ends.
        user: the account.
        role: what its groups give now; it counts only where groups give roles.

    Raises:
        Refused: the account is not active.
    """
    if not user.is_active:
        raise Refused(_("This account is switched off. Ask an administrator."))
    if provider_set().group_roles:
        change_role(user, role=role, actor=None, by="openid_connect")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    take_over(request, user)
