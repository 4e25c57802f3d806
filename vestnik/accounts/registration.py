"""Creates accounts, and changes an account's own names and password."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.audit import record
from vestnik.accounts.locking import locked_as_known
from vestnik.accounts.logins import log_out_elsewhere
from vestnik.accounts.names import key_of, lock_names, looks_like_another, name_problems
from vestnik.environment import Environment
from vestnik.errors import InvalidInput
from vestnik.ledger.outside import leads_outside
from vestnik.models import Language, Login, Role, User

_TAKEN = {
    "email": _lazy("An account with this e-mail address exists already."),
    "username": _lazy("An account with this name exists already."),
}


def may_register() -> bool:
    """Return whether anybody may make an account of their own.

    Where REGISTRATION is not set: only while no message reaches a person. Then only the first account may be made.
    """
    environment: Environment = settings.ENVIRONMENT
    if environment.registration_open and not (environment.registration_by_default and leads_outside(environment)):
        return True
    only_the_first = environment.first_may_register or environment.registration_open
    return only_the_first and not User.objects.exists()


def strangers_may_send() -> bool:
    """Return whether somebody has opened registration, though messages reach people."""
    environment: Environment = settings.ENVIRONMENT
    return environment.registration_open and not environment.registration_by_default and leads_outside(environment)


def create_account(
    *,
    username: str,
    email: str,
    password: str,
    role: Role,
    actor: User | None = None,
    password_field: str = "password",  # noqa: S107 - the name of a field, no password
    is_temporary: bool = False,
    language: Language = Language.ENGLISH,
) -> User:
    """Make an account.

    Args:
        username: unique without regard to case; of one script, and like no other's (:mod:`vestnik.accounts.names`).
        email: unique, too, or empty.
        password: checked by Django's validators, stored as an Argon2 hash.
        role: what it may do.
        actor: who makes it; None: itself, or the command line.
        password_field: how the caller names the password, for errors.
        is_temporary: the account has to choose another password at its first login.
        language: of the console and of the daily report.

    Raises:
        InvalidInput: naming the field that is wrong, or taken.
    """
    user = User(
        username=User.normalize_username(username), email=email, role=role, password_is_temporary=is_temporary,
        language=language,
    )  # fmt: skip
    _check_names(user)
    check_password(password=password, user=user, field=password_field)
    user.set_password(password)
    with transaction.atomic():
        insert_account(user)
        record(actor=actor, action="account.create", object_type="account", object_id=user.id, details={"role": role})
    return user


def change_password(
    *, user: User, password: str, kept: Login | None, field: str = "new_password2", old_password: str | None = None
) -> User:
    """Give an account another password; all its logins but ``kept`` end.

    Args:
        user: as the request that asks for it was let in.
        password: the new one.
        kept: the login over REST that goes on.
        field: how the caller names the new password, for errors.
        old_password: another one than this has to be chosen.

    Returns:
        The account as it is now.

    Raises:
        InvalidInput: Django's validators refuse the password, or it is the old one.
        LoginEnded: the account was closed, or given another password, meanwhile.
    """
    check_password(password=password, user=user, field=field)
    if password == old_password:
        raise InvalidInput({field: [_("This is the current password: choose another one.")]})
    with transaction.atomic():
        account = locked_as_known(user)
        write_password(account, password)
        log_out_elsewhere(user=account, kept=kept)
        record(actor=account, action="account.password", object_type="account", object_id=account.id, details={})
    return account


def write_password(account: User, password: str | None, *, is_temporary: bool = False) -> None:
    """Write another password into a locked account; None: remove the password. Sessions of the console end."""
    if password is None:
        account.set_unusable_password()
    else:
        account.set_password(password)
    account.password_is_temporary = is_temporary
    account.save(update_fields=["password", "password_is_temporary", "logins_ended"])


def change_details(*, user: User, details: Mapping[str, str]) -> User:
    """Change one's own name for logging in, names and language.

    Args:
        user: as the request that asks for it was let in.
        details: new values by the name of the column.

    Raises:
        InvalidInput: the name is taken, or no name that one may have.
        LoginEnded: the account was closed, or given another password, meanwhile.
    """
    with transaction.atomic():
        if "username" in details:
            lock_names()
        account = locked_as_known(user)
        before = account.username
        for column, value in details.items():
            setattr(account, column, value)
        changed = [*details]
        if account.username != before:
            _rename(account)
            changed.append("name_key")
            record(
                actor=account, action="account.edit", object_type="account", object_id=account.id,
                details={"changed": ["username"]},
            )  # fmt: skip
        _write(account, changed)
    return account


def _rename(account: User) -> None:
    account.username = User.normalize_username(account.username)
    _check_names(account)
    account.name_key = key_of(account.username)
    if looks_like_another(account.username, but=account):
        raise InvalidInput({"username": [str(_TAKEN["username"])]})


def check_password(*, password: str, user: User, field: str) -> None:
    """Ask Django's validators.

    Raises:
        InvalidInput: they refuse it.
    """
    try:
        validate_password(password, user=user)
    except ValidationError as error:
        raise InvalidInput({field: list(error.messages)}) from error


def insert_account(user: User) -> None:
    """Write a new account down.

    Raises:
        InvalidInput: its name or e-mail is another account's, or looks like it.
    """
    with transaction.atomic():
        lock_names()
        user.name_key = key_of(user.username)
        if looks_like_another(user.username):
            raise InvalidInput({"username": [str(_TAKEN["username"])]})
        _write(user, None)


def write_email(account: User, email: str) -> None:
    """Write another e-mail address into a locked account.

    Raises:
        InvalidInput: it is none, or another account's.
    """
    account.email = email
    _check_email(email)
    if email and User.objects.filter(username__iexact=email).exclude(pk=account.pk).exists():
        raise InvalidInput({"email": [str(_TAKEN["email"])]})
    _write(account, ["email"])


def _write(user: User, columns: list[str] | None) -> None:
    """Write these columns; None: a new row.

    Raises:
        InvalidInput: the name or the e-mail is another account's.
    """
    try:
        with transaction.atomic():
            if columns is None:
                user.save(force_insert=True)
            else:
                user.save(update_fields=columns)
    except IntegrityError as error:
        field = "email" if "email" in str(error) else "username"
        raise InvalidInput({field: [str(_TAKEN[field])]}) from error


def _check_names(user: User) -> None:
    problems: dict[str, list[str]] = {}
    if wrong := name_problems(user.username, role=Role(user.role)):
        problems["username"] = wrong
    try:
        _check_email(user.email)
    except InvalidInput as error:
        problems["email"] = [*error.fields["email"]]
    if problems:
        raise InvalidInput(problems)


def _check_email(email: str) -> None:
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise InvalidInput({"email": list(error.messages)}) from error
