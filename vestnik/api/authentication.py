"""Authentication by the ``Authorization`` header alone: there are no cookies, so cross-site requests are no risk.

Django REST framework's views import this module; so it must import none of them.
"""

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import Token

from vestnik.accounts.keys import PREFIX, use_key
from vestnik.accounts.tokens import LoginAccessToken
from vestnik.models import ApiKey, User


class HeaderAuthentication(JWTAuthentication):
    """``Authorization: Bearer <access>``, good while its login is; or ``Bearer vk_…``, an API key."""

    def authenticate(self, request: Request) -> tuple[User, Token | ApiKey] | None:  # type: ignore[override]  # keys
        """The account and the token or key that came with the request; None: neither came.

        Raises:
            AuthenticationFailed: the token is not good.
            LoginEnded: the key is not good.
        """
        header = self.get_header(request)
        sent = None if header is None else self.get_raw_token(header)
        if sent is None or not sent.startswith(PREFIX.encode()):
            return super().authenticate(request)  # type: ignore[return-value]  # its users are ours
        key = use_key(key=sent.decode("latin-1"))
        return key.owner, key

    def get_raw_token(self, header: bytes) -> bytes | None:
        """The token. The word before it may be in small letters, too (RFC 9110, 11.1)."""
        scheme, space, token = header.partition(b" ")
        return super().get_raw_token(scheme.title() + space + token)

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]  # a type variable that nothing binds
        """The user of the token's login, which verifying the token has fetched: one query a request.

        Raises:
            AuthenticationFailed: the token is of another kind.
        """
        if not isinstance(validated_token, LoginAccessToken):
            raise AuthenticationFailed(_("Give an access token."), code="token_not_valid")
        return validated_token.login.user
