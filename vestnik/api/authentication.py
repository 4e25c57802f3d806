"""Authentication by the ``Authorization`` header alone: no cookies, so no cross-site requests to guard against.

Django REST framework's views import this module; so it must import none of them.
"""

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import Token

from vestnik.accounts.tokens import LoginAccessToken
from vestnik.models import User


class HeaderAuthentication(JWTAuthentication):
    """``Authorization: Bearer <access>``, good while its login is."""

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]  # a type variable that nothing binds
        """The user of the token's login, which verifying the token has fetched: one query a request.

        Raises:
            AuthenticationFailed: the token is of another kind.
        """
        if not isinstance(validated_token, LoginAccessToken):
            raise AuthenticationFailed("Give an access token.", code="token_not_valid")
        return validated_token.login.user
