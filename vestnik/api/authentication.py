"""Authentication by the ``Authorization`` header. There are no cookies, so cross-site requests are not a risk.

The views of Django REST framework import this module, so it must not import them.
"""

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import Token

from vestnik.accounts.keys import PREFIX, lower_role, use_key
from vestnik.accounts.phone_access import sees_phones
from vestnik.accounts.tokens import LoginAccessToken
from vestnik.models import ApiKey, Role, User
from vestnik.phones.reader import read_masked


def role_with(user: User, credential: object) -> Role:
    """Return the role of a request: for an API key, the lower of the account's and the key's role."""
    return lower_role(user.role, credential.role) if isinstance(credential, ApiKey) else Role(user.role)


class HeaderAuthentication(JWTAuthentication):
    """``Authorization: Bearer <access>`` with the token of a login, or ``Bearer vk_…`` with an API key."""

    def authenticate(self, request: Request) -> tuple[User, Token | ApiKey] | None:  # type: ignore[override]  # keys
        """Return the account with its token or key, or None if neither was sent.

        Raises:
            AuthenticationFailed: The token is not valid.
            LoginEnded: The key is not valid.
        """
        header = self.get_header(request)
        sent = None if header is None else self.get_raw_token(header)
        if sent is None or not sent.startswith(PREFIX.encode()):
            found: tuple[User, Token | ApiKey] | None = super().authenticate(request)  # type: ignore[assignment]  # ours
        else:
            key = use_key(key=sent.decode("latin-1"))
            found = key.owner, key
        if found is not None:
            read_masked(masked=not sees_phones(role_with(*found)))
        return found

    def get_raw_token(self, header: bytes) -> bytes | None:
        """Return the token. The word before it may be in lower case (RFC 9110, 11.1)."""
        scheme, space, token = header.partition(b" ")
        return super().get_raw_token(scheme.title() + space + token)

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]  # a type variable that nothing binds
        """Return the user of the token's login.

        Verifying the token has already loaded it, so there is one query a request.

        Raises:
            AuthenticationFailed: The token is of another kind.
        """
        if not isinstance(validated_token, LoginAccessToken):
            raise AuthenticationFailed(_("Give an access token."), code="token_not_valid")
        return validated_token.login.user
