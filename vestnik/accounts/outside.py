"""Accounts of people who log in through an OpenID Connect provider."""

import re
from dataclasses import dataclass
from itertools import count

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.accounts.keys import RANK
from vestnik.accounts.locking import locked_as_known
from vestnik.accounts.logins import account_by
from vestnik.accounts.names import lock_names, looks_like_another, name_problems
from vestnik.accounts.people import end_everything
from vestnik.accounts.registration import insert_account, write_password
from vestnik.errors import LoginEnded
from vestnik.models import Role, User
from vestnik.openid_connect import OpenIdConnect

#: Characters of a name; the rest of 150 is for a number.
_MAX_NAME = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What is known of the person. ``email``: verified by the provider, else empty."""

    name: str
    email: str


def role_of_groups(groups: list[str], provider: OpenIdConnect) -> Role:
    """The highest role that one of the groups gives; the provider's own for those whose groups give none."""
    given = [Role(role) for group, role in provider.group_roles if group in groups]
    return max(given, key=RANK.__getitem__, default=Role(provider.role))


def account_with_email(who: Vouched) -> User | None:
    """The account with the person's verified e-mail, active or not. They must still prove that it is theirs."""
    return account_by("email", who.email) if who.email else None


def make_account(who: Vouched, *, role: Role) -> User:
    """Make an account without a password for somebody who logs in in this way for the first time.

    Raises:
        InvalidInput: somebody has made one with the e-mail at the same moment.
    """
    with transaction.atomic():
        lock_names()
        user = User(username=_free_name(who, role), email=who.email, role=role, date_joined=timezone.now())
        user.set_unusable_password()
        insert_account(user)
        details = {"role": role, "by": "openid_connect"}
        record(actor=None, action="account.create", object_type="account", object_id=user.id, details=details)
    return user


def report_ask(account: User) -> None:
    """Record that somebody with the account's e-mail was asked for its password."""
    _record(account, action="account.link_ask")


def report_refusal(account: User) -> None:
    """Record that somebody with the account's e-mail did not get the account."""
    _record(account, action="account.link_refused")


def take_over(user: User, *, email: str) -> User:
    """Give an account to somebody whom the provider vouches for, and who has just typed its password.

    It loses its password, its logins and its API keys: anybody may have made it with that e-mail before, and would
    otherwise share it with its owner.

    Args:
        user: as it was when its password was typed.
        email: that the provider has verified.

    Returns:
        The account, locked until the end of the caller's transaction.

    Raises:
        LoginEnded: the account was closed, or given another password or e-mail, meanwhile.
    """
    with transaction.atomic():
        account = locked_as_known(user)
        if account.email != user.email or account.email.casefold() != email.casefold():
            raise LoginEnded(_("This login has ended: log in again."))
        write_password(account, None)
        end_everything(account, actor=account)
        record(actor=account, action="account.link", object_type="account", object_id=account.id, details={})
    return account


def _record(account: User, *, action: str) -> None:
    with transaction.atomic():
        details = {"by": "openid_connect"}
        record(actor=None, action=action, object_type="account", object_id=account.id, details=details)


def _free_name(who: Vouched, role: Role) -> str:
    """A name like theirs that nobody has: ``anna``, or ``anna2`` and so on; ``user`` where theirs is none to have."""
    said = (who.name, who.email.partition("@")[0], "user")
    cleaned = [User.normalize_username(re.sub(r"[^\w.@+-]+", ".", one)).strip(".")[:_MAX_NAME] for one in said]
    wanted = next(one for one in cleaned if one and not name_problems(one, role=role))
    names = (wanted if number == 1 else f"{wanted}{number}" for number in count(1))
    return next(name for name in names if account_by("username", name) is None and not looks_like_another(name))
