"""Tokens that are valid only while their login is.

simplejwt's tokens are good until they expire, whatever happens to their login. These carry the login's id (``sid``) and
look it up whenever they are verified, so ending the login ends both of its tokens at once. No view of Django REST
framework may be imported here: views import its authentication, which imports this module.
"""

import time
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from vestnik.db.rows import find_pair
from vestnik.db.statements import Statements
from vestnik.models import Login, User

SQL = Statements("vestnik.accounts")
#: The claim that names the login.
LOGIN_CLAIM = "sid"
#: Access tokens whose claims a process remembers, about 1 kB each.
MAX_REMEMBERED = 1_000


class RememberingBackend(TokenBackend):
    """Verifies a signature once: the claims of a token never change, and each request brings the same token.

    Two things are checked each time: whether the token has expired, and whether its login is live.
    Tokens that are not good are never remembered.
    """

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self._verified = lru_cache(MAX_REMEMBERED)(super().decode)

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims of an encoded token.

        Raises:
            TokenBackendError: it is not good, or has expired.
        """
        claims = self._verified(token) if verify else {}
        if claims.get("exp", 0) <= time.time():
            return super().decode(token, verify)
        return dict(claims)


@cache
def _remembering() -> TokenBackend:
    # As rest_framework_simplejwt.state makes its own.
    names = "ALGORITHM SIGNING_KEY VERIFYING_KEY AUDIENCE ISSUER JWK_URL LEEWAY JSON_ENCODER"
    return RememberingBackend(*(getattr(api_settings, name) for name in names.split()))


class LoginAccessToken(AccessToken):
    """An access token: good while its login is. ``login`` is there once it is verified."""

    login: Login

    def get_token_backend(self) -> TokenBackend:
        """The backend that signs and verifies it."""
        return _remembering()

    def verify(self) -> None:
        """Check it.

        Raises:
            TokenError: it has expired, is of another type, or its login has ended.
        """
        super().verify()
        self.login = live_login(self)


class LoginRefreshToken(RefreshToken):
    """A refresh token: good while its login is, and until it is used. ``login`` is there once it is verified."""

    access_token_class = LoginAccessToken
    login: Login

    def verify(self) -> None:
        """Check it, all but whether it was used before: :func:`vestnik.accounts.logins.refresh` does, under a lock.

        Raises:
            TokenError: it has expired, is of another type, or its login has ended.
        """
        super().verify()
        self.login = live_login(self)


def live_login(token: Token) -> Login:
    """The login of a token, with its user.

    Raises:
        TokenError: the login has ended, or the account was closed.
    """
    try:
        login_id = UUID(str(token.get(LOGIN_CLAIM)))
    except ValueError as error:
        raise TokenError("The token belongs to no login.") from error
    found = find_pair(Login, User, SQL, "live_login", id=login_id)
    if found is None or not found[1].is_active:
        raise TokenError("The login of this token has ended.")
    login, login.user = found[0], found[1]
    return login
