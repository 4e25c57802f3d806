"""Accounts of people whom somebody outside vouches for: an OpenID Connect provider."""

import re
from dataclasses import dataclass
from itertools import count

from django.utils import timezone

from vestnik.accounts.audit import record
from vestnik.accounts.logins import account_by, log_out_elsewhere
from vestnik.accounts.registration import save_account
from vestnik.models import Role, User

#: Characters of a name; the rest of 150 is for a number.
_MOST_NAME = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """What is known of the person. ``email``: verified by whoever vouches, else empty."""

    name: str
    email: str


def account_of(who: Vouched, *, role: Role) -> User:
    """The account of somebody who comes this way for the first time: the one with the e-mail, or a new one.

    An account that is taken over so loses its password and its logins: anybody may have made it with that e-mail
    before, and would otherwise be in it together with its owner. API keys stay, since they never have more than the
    role that they were made with.

    Args:
        who: the person.
        role: of a new account.
    """
    known = account_by("email", who.email) if who.email else None
    if known is not None:
        known.set_unusable_password()
        known.save(update_fields=["password"])
        log_out_elsewhere(user=known, kept=None)
        record(actor=known, action="account.link", object_type="account", object_id=known.id, details={})
        return known
    user = User(username=_free_name(who), email=who.email, role=role, date_joined=timezone.now())
    user.set_unusable_password()
    save_account(user)
    details = {"role": role, "by": "openid_connect"}
    record(actor=None, action="account.create", object_type="account", object_id=user.id, details=details)
    return user


def _free_name(who: Vouched) -> str:
    """A name like theirs that nobody has: ``anna``, or ``anna2`` and so on."""
    wanted = re.sub(r"[^\w.@+-]+", ".", who.name or who.email.partition("@")[0]).strip(".")[:_MOST_NAME] or "user"
    names = (wanted if number == 1 else f"{wanted}{number}" for number in count(1))
    return next(name for name in names if account_by("username", name) is None)
