"""Accounts as administrators change them, and one's own preferences. Every decision is on record."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.accounts.logins import log_out_elsewhere
from vestnik.accounts.registration import check_password, save_account
from vestnik.errors import InvalidInput, NotFound
from vestnik.models import Language, Role, User


def find_people() -> QuerySet[User]:
    """All accounts."""
    return User.objects.all()


def get_person(*, user_id: int) -> User:
    """The account with this id.

    Raises:
        NotFound: there is none.
    """
    user = find_people().filter(id=user_id).first()
    if user is None:
        raise NotFound(_("There is no account with this id."))
    return user


def change_person(*, user_id: int, actor: User, email: str, role: Role, is_active: bool) -> User:
    """Change what an account may do, and where its reports go. A closed account is logged out everywhere.

    Raises:
        NotFound: there is no such account.
        InvalidInput: the e-mail is wrong or taken; or nobody would be left who may administer.
    """
    with transaction.atomic():
        _one_at_a_time()
        user = get_person(user_id=user_id)
        before = {"email": user.email, "role": user.role, "is_active": user.is_active}
        user.email, user.role, user.is_active = email, role, is_active
        _check_email(email)
        _keep_an_administrator(user)
        save_account(user)
        if not is_active:
            log_out_elsewhere(user=user, kept=None)
        after = {"email": email, "role": role.value, "is_active": is_active}
        changed = {name: after[name] for name in after if after[name] != before[name]}
        # The audit log is kept for ever, and an address is personal: that it changed is enough.
        if "email" in changed:
            changed["email"] = "changed"
        if changed:
            record(actor=actor, action="account.edit", object_type="account", object_id=user.id, details=changed)
    return user


def reset_password(*, user_id: int, actor: User, password: str) -> User:
    """Give somebody else's account another password; all its logins end.

    Raises:
        NotFound: there is no such account.
        InvalidInput: Django's validators refuse the password.
    """
    user = get_person(user_id=user_id)
    check_password(password=password, user=user, field="password")
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        log_out_elsewhere(user=user, kept=None)
        record(actor=actor, action="account.password", object_type="account", object_id=user.id, details={})
    return user


def change_preferences(*, user: User, first_name: str, last_name: str, language: Language, timezone: str) -> None:
    """Change one's own name, language and time zone.

    Args:
        user: whose.
        first_name: may be empty.
        last_name: may be empty.
        language: of the console and of the daily report.
        timezone: an IANA name, or empty for the installation's.

    Raises:
        InvalidInput: the time zone is not known.
    """
    if timezone and timezone not in available_timezones():
        raise InvalidInput({"timezone": [_("Give an IANA time zone such as Europe/Moscow.")]})
    user.first_name, user.last_name, user.language, user.timezone = first_name, last_name, language, timezone
    user.save(update_fields=["first_name", "last_name", "language", "timezone"])


def _one_at_a_time() -> None:
    """Of two administrators who demote each other at once, the second must see what the first did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('vestnik_people'))")


def _check_email(email: str) -> None:
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise InvalidInput({"email": list(error.messages)}) from error


def _keep_an_administrator(user: User) -> None:
    if user.is_active and user.role == Role.ADMINISTRATOR:
        return
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(id=user.id)
    if not others.exists():
        raise InvalidInput({"role": [_("This is the only administrator: make another one first.")]})
