"""Changes of accounts by administrators, and of one's own preferences. Every decision is recorded."""

import hashlib
import json
from collections.abc import Collection
from zoneinfo import available_timezones

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.accounts.keys import revoke_all_keys
from vestnik.accounts.locking import locked_account, locked_as_known
from vestnik.accounts.logins import log_out_elsewhere
from vestnik.accounts.places import forget
from vestnik.accounts.registration import check_password, write_email, write_password
from vestnik.db.locks import Lock, lock
from vestnik.errors import InvalidInput, NotFound
from vestnik.models import Language, Role, User


def find_people(*, name: str = "") -> QuerySet[User]:
    """The accounts that have these letters in their name (empty: all), by name."""
    people = User.objects.order_by("username")
    return people.filter(username__icontains=name) if name else people


def people_with(*, ids: Collection[int]) -> list[User]:
    """The accounts with these ids."""
    return list(User.objects.filter(id__in=list(ids)))


def get_person(*, user_id: int) -> User:
    """The account with this id.

    Raises:
        NotFound: there is none.
    """
    user = find_people().filter(id=user_id).first()
    if user is None:
        raise NotFound(_("There is no account with this id."))
    return user


def lock_person(*, user_id: int) -> User:
    """The account with this id, locked in a transaction as :func:`change_person` locks it.

    Raises:
        NotFound: there is none.
    """
    _one_at_a_time()
    return locked_account(user_id=user_id)


def rights_seen(user: User) -> str:
    """A fingerprint of what :func:`change_person` writes, so that two who edit an account notice each other."""
    return hashlib.sha256(json.dumps([user.id, user.email, user.role, user.is_active]).encode()).hexdigest()[:32]


def change_person(*, user_id: int, actor: User, email: str, role: Role, is_active: bool) -> User:
    """Change what an account may do, and where its reports go.

    A closed account is logged out everywhere, and its API keys are revoked; after reopening, it has none.

    Raises:
        NotFound: there is no such account.
        InvalidInput: the e-mail is wrong or taken; or nobody would be left who may administer.
    """
    after = {"email": email, "role": role.value, "is_active": is_active}
    with transaction.atomic():
        _one_at_a_time()
        user = locked_account(user_id=user_id)
        changed = {name: value for name, value in after.items() if value != getattr(user, name)}
        user.role, user.is_active = role, is_active
        _keep_an_administrator(user)
        if "email" in changed:
            write_email(user, email)
            # The audit log is kept permanently, and an address is personal: the log says only that it changed.
            changed["email"] = "changed"
        user.save(update_fields=["role", "is_active"])
        if changed.get("is_active") is False:
            end_everything(user, actor=actor)
        if changed:
            record(actor=actor, action="account.edit", object_type="account", object_id=user.id, details=changed)
    return user


def change_role(user: User, *, role: Role, actor: User | None, by: str) -> None:
    """Give an account the role that somebody outside says, unless nobody would be left who may administer.

    Args:
        user: gets the role, in the ledger and in memory.
        role: the new one.
        actor: who decides; None: nobody here.
        by: through what.
    """
    with transaction.atomic():
        _one_at_a_time()
        account = locked_account(user_id=user.pk)
        if account.role == role or (role != Role.ADMINISTRATOR and not _has_other_administrators(account)):
            return
        account.role = role
        account.save(update_fields=["role"])
        details = {"role": role.value, "by": by}
        record(actor=actor, action="account.edit", object_type="account", object_id=account.id, details=details)
    user.role = role


def end_everything(account: User, *, actor: User | None) -> None:
    """End all logins over REST, all sessions of the console and all API keys of a locked account, for good."""
    log_out_elsewhere(user=account, kept=None)
    account.logins_ended += 1
    account.save(update_fields=["logins_ended"])
    revoke_all_keys(owner=account, actor=actor)
    forget(user=account)


def reset_password(*, user_id: int, actor: User, password: str) -> User:
    """Give somebody else's account another password, which it has to change at its next login; all its logins end.

    Raises:
        NotFound: there is no such account.
        InvalidInput: Django's validators refuse the password.
    """
    check_password(password=password, user=get_person(user_id=user_id), field="password")
    with transaction.atomic():
        user = locked_account(user_id=user_id)
        write_password(user, password, is_temporary=True)
        log_out_elsewhere(user=user, kept=None)
        forget(user=user)
        record(actor=actor, action="account.password", object_type="account", object_id=user.id, details={})
    return user


def choose_language(user: User, language: Language) -> None:
    """Change the language of an account, in the ledger and in memory; its owner chose it before the login."""
    user.language = language
    user.save(update_fields=["language"])


def change_preferences(*, user: User, first_name: str, last_name: str, language: Language, timezone: str) -> None:
    """Change one's own name, language and time zone.

    Args:
        user: whose, as the request that asks for it was let in.
        first_name: may be empty.
        last_name: may be empty.
        language: of the console and of the daily report.
        timezone: an IANA name, or empty for the installation's.

    Raises:
        InvalidInput: the time zone is not known.
        LoginEnded: the account was closed, or given another password, meanwhile.
    """
    if timezone and timezone not in available_timezones():
        raise InvalidInput({"timezone": [_("Give an IANA time zone such as Europe/Moscow.")]})
    with transaction.atomic():
        account = locked_as_known(user)
        account.first_name, account.last_name = first_name, last_name
        account.language, account.timezone = language, timezone
        account.save(update_fields=["first_name", "last_name", "language", "timezone"])


def _one_at_a_time() -> None:
    """If two administrators demote each other at once, the second must see what the first did."""
    lock(connection, Lock.PEOPLE)


def _has_other_administrators(user: User) -> bool:
    return User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(id=user.id).exists()


def _keep_an_administrator(user: User) -> None:
    if user.is_active and user.role == Role.ADMINISTRATOR:
        return
    if not _has_other_administrators(user):
        raise InvalidInput({"role": [_("This is the only administrator: make another one first.")]})
