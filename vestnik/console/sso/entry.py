"""Links the identity of a person at the provider to an account, and logs the account in."""

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
    """A person at the provider. ``uid`` is the subject, which never changes."""

    provider: str
    uid: str

    def give_to(self, account: User) -> None:
        """Link the identity to an account.

        Earlier identities of the account are removed, because the address may have a new owner.

        Raises:
            IntegrityError: The identity is already linked to an account.
        """
        SocialAccount.objects.filter(user=account).delete()
        SocialAccount(user=account, provider=self.provider, uid=self.uid, extra_data={}).save(force_insert=True)


@contextmanager
def given_once() -> Iterator[None]:
    """Wrap a transaction that links an identity.

    Raises:
        Refused: The identity was linked before or at the same moment.
    """
    try:
        yield
    except IntegrityError as error:
        raise Refused(_("The login did not work: try again. If it goes on, ask an administrator.")) from error


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
