"""Accounts are made here, and change here."""

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.audit import record
from vestnik.accounts.logins import log_out_elsewhere
from vestnik.errors import InvalidInput
from vestnik.models import Login, Role, User

_TAKEN = {
    "email": _lazy("An account with this e-mail address exists already."),
    "username": _lazy("An account with this name exists already."),
}


def create_account(
    *,
    username: str,
    email: str,
    password: str,
    role: Role,
    actor: User | None = None,
    password_field: str = "password",  # noqa: S107 - the name of a field, no password
) -> User:
    """Make an account.

    Args:
        username: unique without regard to case.
        email: likewise, or empty.
        password: checked by Django's validators, stored as an Argon2 hash.
        role: what it may do.
        actor: who makes it; None: itself, or the command line.
        password_field: how the caller names the password, for errors.

    Raises:
        InvalidInput: naming the field that is wrong, or taken.
    """
    user = User(username=User.normalize_username(username), email=email, role=role)
    _check_names(user)
    check_password(password=password, user=user, field=password_field)
    user.set_password(password)
    with transaction.atomic():
        save_account(user)
        record(actor=actor, action="account.create", object_type="account", object_id=user.id, details={"role": role})
    return user


def change_password(*, user: User, password: str, kept: Login | None, field: str = "new_password2") -> None:
    """Give an account another password; all its logins but ``kept`` end.

    Raises:
        InvalidInput: Django's validators refuse the password.
    """
    check_password(password=password, user=user, field=field)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        log_out_elsewhere(user=user, kept=kept)
        record(actor=user, action="account.password", object_type="account", object_id=user.id, details={})


def check_password(*, password: str, user: User, field: str) -> None:
    """Ask Django's validators.

    Raises:
        InvalidInput: they refuse it.
    """
    try:
        validate_password(password, user=user)
    except ValidationError as error:
        raise InvalidInput({field: list(error.messages)}) from error


def save_account(user: User) -> None:
    """Write an account down.

    Raises:
        InvalidInput: its name or e-mail is another account's.
    """
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        field = "email" if "email" in str(error) else "username"
        raise InvalidInput({field: [str(_TAKEN[field])]}) from error


def _check_names(user: User) -> None:
    problems: dict[str, list[str]] = {}
    try:
        UnicodeUsernameValidator()(user.username)
    except ValidationError as error:
        problems["username"] = list(error.messages)
    if not 1 <= len(user.username) <= 150:
        problems["username"] = [_("Give 1 to 150 characters.")]
    try:
        if user.email:
            validate_email(user.email)
    except ValidationError as error:
        problems["email"] = list(error.messages)
    if problems:
        raise InvalidInput(problems)
