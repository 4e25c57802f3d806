"""Logins: how they begin, are refreshed, and end."""

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import TokenError

from vestnik.accounts.locking import locked_as_known
from vestnik.accounts.places import is_known, remember
from vestnik.accounts.tokens import LOGIN_CLAIM, LoginAccessToken, LoginRefreshToken
from vestnik.accounts.tries import (
    LOGINS_OF_ACCOUNT,
    LOGINS_OF_ADDRESS,
    LOGINS_OF_DEVICE,
    PASSWORD_CHECKS,
    Limit,
    give_back,
    take_tries,
)
from vestnik.addresses import place_of
from vestnik.errors import LoginEnded, TooManyTries
from vestnik.models import Login, User


@dataclass(frozen=True, slots=True)
class Tokens:
    """Both encoded tokens of a login, and their user."""

    access: str
    refresh: str
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a login comes from. ``device``: the secret in the cookie of a browser; empty: there is none."""

    address: str
    device: str = ""

    def places(self) -> list[str]:
        """The places that are remembered after a login with the right password."""
        return [f"address {place_of(self.address)}", *([f"device {self.device}"] if self.device else [])]


def find_account(*, username: str = "", email: str = "", password: str, origin: Origin | None = None) -> User | None:
    """The active account with this password and this name, without regard to case.

    An e-mail in place of the name is accepted, because people type it there. A missing account costs as much time as an
    existing one, and has the same limits, so that answers do not reveal which names are taken.

    Args:
        username: or an e-mail.
        email: comes first, if both are given.
        password: as it was typed.
        origin: failures are counted for its address and for the name. A browser that the account is known to use has
            tries of its own, and strangers do not use up those of an address that the account is known to come from.
            None: it comes from this machine.

    Raises:
        TooManyTries: too many passwords were wrong from this address, or for this name, and nothing was hashed; or too
            many others are checked just now, which counts as no failure.
    """
    user = _named(username, email)
    limits = _limits(user, email or username, origin)
    with _counted(limits):
        is_right = has_password(user=user, password=password)
    if not is_right or user is None or not user.is_active:
        return None
    _give_back(limits)
    remember(user=user, places=origin.places() if origin else [])
    return user


def _limits(user: User | None, name: str, origin: Origin | None) -> dict[Limit, str]:
    """The address is checked first, since anybody can type a name. The name counts as typed, known or not."""
    of_name = {LOGINS_OF_ACCOUNT: unicodedata.normalize("NFKC", name).casefold()}
    if origin is None:
        return of_name
    address, *device = origin.places()
    if device and is_known(user=user, place=device[0]):
        return {LOGINS_OF_DEVICE: f"{user and user.pk} {device[0]}"}
    of_address = {LOGINS_OF_ADDRESS: place_of(origin.address)}
    return of_address if is_known(user=user, place=address) else of_address | of_name


@contextmanager
def _counted(limits: Mapping[Limit, str]) -> Iterator[None]:
    """Count a try of each limit, but none if the check inside finds too many others before it: nothing was tried."""
    take_tries(limits)
    try:
        yield
    except TooManyTries:
        _give_back(limits)
        raise


def _give_back(limits: Mapping[Limit, str]) -> None:
    for limit, who in limits.items():
        give_back(limit, who)


def has_password(*, user: User | None, password: str) -> bool:
    """Return whether this is the account's password. Replaces an old hash; takes as long without an account.

    Raises:
        TooManyTries: too many passwords are being checked already.
    """
    if user is None:
        make_password(password)
        return False

    def keep(typed: str) -> None:
        # Only if the password is still the one that was just typed.
        User.objects.filter(id=user.pk, password=user.password).update(password=make_password(typed))

    return check_password(password, user.password, setter=keep)


def confirm_password(*, user: User, password: str) -> bool:
    """Return whether a logged-in person knows the password: an open page must not give the account away.

    Raises:
        TooManyTries: too many were wrong, or too many others are checked just now.
    """
    limits = {PASSWORD_CHECKS: f"account {user.pk}"}
    with _counted(limits):
        is_right = has_password(user=user, password=password)
    if is_right:
        _give_back(limits)
    return is_right


def _named(username: str, email: str) -> User | None:
    if email:
        return account_by("email", email)
    user = account_by("username", username)
    return account_by("email", username) if user is None and "@" in username else user


def account_by(field: str, value: str) -> User | None:
    """The account whose ``field`` (``username``, ``email``) is ``value``, without regard to case, from the index."""
    return User.objects.alias(lower=Lower(field)).filter(lower=Lower(Value(value))).first()


def log_in(*, user: User) -> Tokens:
    """Begin a login. Expired logins of the same user are deleted.

    Raises:
        LoginEnded: the account was closed, or given another password, since ``user`` was read.
    """
    now = timezone.now()
    with transaction.atomic():
        account = locked_as_known(user)
        Login.objects.filter(user=account, expires_at__lt=now).delete()
        tokens = _issue(Login(user=account))
        User.objects.filter(id=account.id).update(last_login=now)
    return tokens


def forget_old_sessions() -> None:
    """Delete sessions of the console that have expired: at each login there, so no regular job is needed."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def refresh(*, refresh_token: str) -> Tokens:
    """Give new tokens for a refresh token, which cannot be used again.

    The login's row is locked meanwhile, so of any number of simultaneous calls one gets tokens. If a refresh token is
    used twice, one of the two users is not its owner: its login ends, and with it every token of the family (RFC 9700,
    section 4.14.2).

    Raises:
        LoginEnded: the token is not good, or not any more.
    """
    token = _read_refresh(refresh_token)
    with transaction.atomic():
        login = Login.objects.select_for_update(of=("self",)).select_related("user").get(id=token.login.id)
        if login.revoked_at is None and login.refresh_jti == token["jti"]:
            return _issue(login)
        Login.objects.filter(id=login.id, revoked_at=None).update(revoked_at=timezone.now())
    # Outside of the transaction: raised inside, it would undo the revocation.
    raise LoginEnded(_("The refresh token was used before: log in again."))


def log_out(*, login: Login, refresh_token: str | None = None) -> None:
    """End a login, so that both of its tokens stop working.

    Args:
        login: which.
        refresh_token: if it belongs to another login of the same user, that one ends, too; else it means nothing.
    """
    ended: set[UUID] = {login.id}
    if refresh_token:
        try:
            other = LoginRefreshToken(refresh_token).login  # type: ignore[arg-type]  # simplejwt means the encoded one
        except TokenError:
            other = login
        if other.user_id == login.user_id:
            ended.add(other.id)
    Login.objects.filter(id__in=ended, revoked_at=None).update(revoked_at=timezone.now())


def log_out_elsewhere(*, user: User, kept: Login | None) -> None:
    """End all logins of a user over REST but one (or all)."""
    others = Login.objects.filter(user=user, revoked_at=None)
    if kept is not None:
        others = others.exclude(id=kept.id)
    others.update(revoked_at=timezone.now())


def check_token(*, token: str) -> None:
    """Check an access or refresh token.

    Raises:
        LoginEnded: it is not.
    """
    try:
        LoginAccessToken(token)  # type: ignore[arg-type]  # simplejwt means the encoded one
    except TokenError:
        found = _read_refresh(token)
        if found.login.refresh_jti != found["jti"]:
            raise LoginEnded(_("The refresh token was used before.")) from None


def _read_refresh(encoded: str) -> LoginRefreshToken:
    try:
        return LoginRefreshToken(encoded)  # type: ignore[arg-type]  # simplejwt means the encoded one
    except TokenError as error:
        raise LoginEnded(_("The token is invalid or has expired.")) from error


def _issue(login: Login) -> Tokens:
    token = LoginRefreshToken.for_user(login.user)
    token[LOGIN_CLAIM] = str(login.id)
    login.refresh_jti = token["jti"]
    login.expires_at = datetime.fromtimestamp(token["exp"], tz=UTC)
    if login._state.adding:  # noqa: SLF001 - Django documents it
        login.save(force_insert=True)
    else:
        login.save(update_fields=["refresh_jti", "expires_at"])
    return Tokens(str(token.access_token), str(token), login.user)
