"""REST of accounts: registration, logins and their tokens, and the user's own account.

The reason for our own views is in docs/decisions/libraries.md.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.accounts import logins
from vestnik.accounts.registration import change_password, check_password, create_account, may_register
from vestnik.accounts.tries import BAD_TOKENS_OF_ADDRESS, REGISTRATIONS_OF_ADDRESS, take_try
from vestnik.addresses import place_of
from vestnik.api.account import KeysOnlyRead, account_of, address_of, login_of, origin_of
from vestnik.api.auth_bodies import (
    DetailSerializer,
    LoginSerializer,
    LogoutSerializer,
    PasswordSerializer,
    RefreshSerializer,
    RegistrationSerializer,
    TokenPairSerializer,
    TokensSerializer,
    UserSerializer,
    VerifySerializer,
)
from vestnik.api.bodies import body_of, read_body
from vestnik.errors import InvalidInput, LoginEnded, Refused
from vestnik.models import Language, Role


class OpenView(APIView):
    """A view that needs no login. It ignores tokens, so that an expired one does not prevent a new login."""

    authentication_classes = ()
    permission_classes = ()


class RegistrationView(OpenView):
    """Registration, if the installation allows it."""

    @extend_schema(
        operation_id="auth_register",
        tags=["accounts"],
        summary="Register",
        request=RegistrationSerializer,
        responses={201: TokensSerializer},
        examples=[
            OpenApiExample(
                "An operator",
                {
                    "username": "olga",
                    "email": "olga@example.org",
                    "password1": "a-long-Passphrase-7",
                    "password2": "a-long-Passphrase-7",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Create an account with the role of an operator, and log it in."""
        if not may_register():
            raise Refused(_("Registration is closed: an administrator makes accounts."))
        said = read_body(RegistrationSerializer, request.data)
        take_try(REGISTRATIONS_OF_ADDRESS, place_of(address_of(request)))
        user = create_account(
            username=said["username"],
            email=said.get("email", ""),
            password=said["password1"],
            role=Role.OPERATOR,
            password_field="password1",  # noqa: S106 - the name of a field
            language=Language.RUSSIAN if get_language() == "ru" else Language.ENGLISH,
        )
        return Response(TokensSerializer(logins.log_in(user=user)).data, status=201)


class LoginView(OpenView):
    """Login."""

    @extend_schema(
        operation_id="auth_login",
        tags=["accounts"],
        summary="Log in",
        request=LoginSerializer,
        responses=TokensSerializer,
        examples=[
            OpenApiExample("By name", {"username": "olga", "password": "a-long-Passphrase-7"}, request_only=True),
            OpenApiExample(
                "By e-mail", {"email": "olga@example.org", "password": "a-long-Passphrase-7"}, request_only=True
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Log in by name or e-mail. Upper and lower case are the same."""
        said = read_body(LoginSerializer, request.data)
        user = logins.find_account(**said, origin=origin_of(request))
        try:
            tokens = None if user is None else logins.log_in(user=user)
        except LoginEnded:  # the password was changed or the account closed in the meantime
            tokens = None
        if tokens is None:
            raise InvalidInput({"non_field_errors": [_("There is no account with this name and password.")]})
        return Response(TokensSerializer(tokens).data)


class LogoutView(APIView):
    """Logout."""

    permission_classes = (IsAuthenticated, KeysOnlyRead)

    @extend_schema(
        operation_id="auth_logout",
        tags=["accounts"],
        summary="Log out",
        request=LogoutSerializer,
        responses=DetailSerializer,
        examples=[OpenApiExample("This login", {}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """End the login of the access token. Neither of its tokens works afterwards."""
        said = read_body(LogoutSerializer, request.data)
        login = login_of(request)
        if login is not None:
            logins.log_out(login=login, refresh_token=said.get("refresh"))
        return Response({"detail": _("Successfully logged out.")})


@contextmanager
def _bad_tokens_counted(request: Request) -> Iterator[None]:
    """Count an invalid token as a failed attempt of the address.

    Valid tokens are not counted, and never refused because of the count.
    """
    try:
        yield
    except LoginEnded:
        take_try(BAD_TOKENS_OF_ADDRESS, place_of(address_of(request)))
        raise


class RefreshView(OpenView):
    """New tokens."""

    @extend_schema(
        operation_id="auth_token_refresh",
        tags=["accounts"],
        summary="New tokens for a refresh token",
        request=RefreshSerializer,
        responses=TokenPairSerializer,
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for new tokens. If the token was used before, it is refused and its login ends."""
        said = read_body(RefreshSerializer, request.data)
        with _bad_tokens_counted(request):
            tokens = logins.refresh(refresh_token=said["refresh"])
        return Response(TokenPairSerializer(tokens).data)


class VerifyView(OpenView):
    """Check of a token."""

    @extend_schema(
        operation_id="auth_token_verify",
        tags=["accounts"],
        summary="Check a token",
        request=VerifySerializer,
        responses={200: {"type": "object", "additionalProperties": False}},
    )
    def post(self, request: Request) -> Response:
        """Answer 200 if the access or refresh token is valid, otherwise 401."""
        said = read_body(VerifySerializer, request.data)
        with _bad_tokens_counted(request):
            logins.check_token(token=said["token"])
        return Response({})


class UserView(APIView):
    """The user's own account."""

    permission_classes = (IsAuthenticated, KeysOnlyRead)

    @extend_schema(operation_id="auth_user_read", tags=["accounts"], summary="Your account", responses=UserSerializer)
    def get(self, request: Request) -> Response:
        """Return your account."""
        return Response(UserSerializer(account_of(request)).data)

    @extend_schema(
        operation_id="auth_user_replace",
        tags=["accounts"],
        summary="Replace your details",
        request=UserSerializer,
        responses=UserSerializer,
        examples=[OpenApiExample("Names", {"username": "olga", "first_name": "Ольга"}, request_only=True)],
    )
    def put(self, request: Request) -> Response:
        """Change your names. The e-mail and the role cannot be changed here."""
        return self._update(request, partial=False)

    @extend_schema(
        operation_id="auth_user_update",
        tags=["accounts"],
        summary="Change some of your details",
        request=UserSerializer(partial=True),
        responses=UserSerializer,
        examples=[OpenApiExample("Names", {"first_name": "Ольга"}, request_only=True)],
    )
    def patch(self, request: Request) -> Response:
        """Change your names. The e-mail and the role cannot be changed here."""
        return self._update(request, partial=True)

    def _update(self, request: Request, *, partial: bool) -> Response:
        body = UserSerializer(account_of(request), partial=partial)
        body.initial_data = body_of(body, request.data)
        body.is_valid(raise_exception=True)
        body.save()
        return Response(body.data)


class PasswordView(APIView):
    """The user's own password."""

    permission_classes = (IsAuthenticated, KeysOnlyRead)

    @extend_schema(
        operation_id="auth_password_change",
        tags=["accounts"],
        summary="Change your password",
        request=PasswordSerializer,
        responses=DetailSerializer,
    )
    def post(self, request: Request) -> Response:
        """Change the password. All other logins of the account end. Its API keys stay valid."""
        said, user = read_body(PasswordSerializer, request.data), account_of(request)
        old, new = said.get("old_password"), said["new_password1"]
        check_password(password=new, user=user, field="new_password2")
        if not old:
            raise InvalidInput({"old_password": [_("Enter your current password.")]})
        if not logins.confirm_password(user=user, password=old):
            raise InvalidInput({"old_password": [_("This is not your current password.")]})
        change_password(user=user, password=new, kept=login_of(request), old_password=old)
        return Response({"detail": _("New password has been saved.")})
