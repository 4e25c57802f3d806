"""Identities of people at an OpenID Connect provider, and whose accounts they belong to.

Only imported where a provider is set: without one, allauth is no part of the application.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError
from django.utils.translation import gettext as _

from vestnik.errors import Refused
from vestnik.models import User


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

    def forget_claims(self) -> None:
        """Delete what the provider has said about the person. Only the subject is needed."""
        SocialAccount.objects.filter(provider=self.provider, uid=self.uid).update(extra_data={})


@contextmanager
def given_once() -> Iterator[None]:
    """Wrap a transaction that links an identity.

    Raises:
        Refused: The identity was linked before or at the same moment.
    """
    try:
        yield
    except IntegrityError as error:
        raise Refused(_("Login failed. Try again. If it keeps failing, ask an administrator.")) from error
