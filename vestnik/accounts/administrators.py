"""Creates administrators from the command line."""

import secrets

from django.db import connection, transaction

from vestnik.accounts.logins import account_by
from vestnik.accounts.names import lock_names, looks_like_another
from vestnik.accounts.registration import create_account
from vestnik.db.locks import Lock, lock
from vestnik.models import Language, Role, User

#: The name of the first administrator.
FIRST = "admin"


def create_administrator(*, username: str, email: str, password: str, language: str = Language.ENGLISH) -> User:
    """Make an administrator. ``language``: of the daily report.

    Raises:
        InvalidInput: the name or e-mail is wrong or taken, or Django's validators refuse the password.
    """
    made = create_account(username=username, email=email, password=password, role=Role.ADMINISTRATOR)
    if made.language != language:
        made.language = language
        made.save(update_fields=["language"])
    return made


def ensure_first_administrator(*, email: str = "", password: str = "") -> str | None:
    """Make the first administrator, ``admin``, if there is none yet. Safe to call from several processes at once.

    Args:
        email: the daily report goes there; empty: none.
        password: empty: one is generated.

    Returns:
        The generated password, to be shown once; None if there was nothing to do, or the password was given.

    Raises:
        InvalidInput: the e-mail is wrong or taken, or Django's validators refuse the password.
    """
    with transaction.atomic():
        lock(connection, Lock.FIRST_ADMINISTRATOR)
        if User.objects.filter(role=Role.ADMINISTRATOR).exists():
            return None
        chosen = password or secrets.token_urlsafe(12)
        create_administrator(username=_free_name(), email=email, password=chosen)
    return None if password else chosen


def _free_name() -> str:
    """``admin``, or ``admin2`` and so on where somebody registered that name, or a similar one, before."""
    name, number = FIRST, 1
    lock_names()
    while account_by("username", name) is not None or looks_like_another(name):
        number += 1
        name = f"{FIRST}{number}"
    return name
