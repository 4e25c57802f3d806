"""JSON bodies of accounts, logins and tokens."""

from typing import Any

from dj_rest_auth.serializers import UserDetailsSerializer
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from vestnik.accounts.logins import Tokens
from vestnik.accounts.registration import change_details
from vestnik.api.fields import TextField
from vestnik.models import User

_PASSWORD = {"style": {"input_type": "password"}, "max_length": 128, "write_only": True}


@extend_schema_field({"type": "string", "pattern": r"^([^@\s]+@[^@\s]+)?$"})
class OptionalEmailField(serializers.CharField):
    """An e-mail address, or an empty string.

    The field of Django REST framework is a choice of two types in the schema. Client generators make an unusable type
    of it.

    Django REST framework's own is a choice of two types to the schema, of which generators make what nobody can fill.
    """

    def to_internal_value(self, data: Any) -> str:
        """Validate the address.

        Raises:
            ValidationError: The text is not an e-mail address.
        """
        address = super().to_internal_value(data)
        try:
            validate_email(address)
        except DjangoValidationError as error:
            raise serializers.ValidationError(_("Enter a valid email address."), code="invalid") from error
        return address


class UserSerializer(UserDetailsSerializer):  # type: ignore[misc]  # dj-rest-auth has no types
    """An account with its role and its language."""

    username = TextField(min_length=1, max_length=150, validators=[UnicodeUsernameValidator()])
    email = serializers.CharField(read_only=True, help_text="Empty: there is none.")
    first_name = TextField(required=False, allow_blank=True, max_length=150)
    last_name = TextField(required=False, allow_blank=True, max_length=150)

    class Meta(UserDetailsSerializer.Meta):  # type: ignore[misc]  # dj-rest-auth has no types
        fields = (*UserDetailsSerializer.Meta.fields, "role", "language")
        read_only_fields = ("role",)

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        """Change the user's own details.

        Raises:
            InvalidInput: The name is taken.
            LoginEnded: The account was closed or got a new password in the meantime.
        """
        return change_details(user=instance, details=validated_data)


class TokensSerializer(serializers.Serializer[Tokens]):
    """The two tokens of a login, and its account."""

    access = serializers.CharField(help_text="For `Authorization: Bearer …`.")
    refresh = serializers.CharField(help_text="For `/auth/token/refresh/`, once.")
    user = UserSerializer()


class TokenPairSerializer(serializers.Serializer[Tokens]):
    """The two tokens of a login."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class RegistrationSerializer(serializers.Serializer[Any]):
    """A new account."""

    username = TextField(min_length=1, max_length=150)
    email = OptionalEmailField(required=False, allow_blank=True, max_length=254)
    password1 = TextField(**_PASSWORD)
    password2 = TextField(**_PASSWORD)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that both passwords are the same."""
        if attrs["password1"] != attrs["password2"]:
            raise serializers.ValidationError({"password2": [_("The two passwords differ.")]})
        return attrs


class LoginSerializer(serializers.Serializer[Any]):
    """A name or an e-mail, and the password."""

    username = TextField(required=False, allow_blank=True, max_length=254)
    email = TextField(required=False, allow_blank=True, max_length=254)
    password = TextField(**_PASSWORD)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that a name or an e-mail is given."""
        if not attrs.get("username") and not attrs.get("email"):
            raise serializers.ValidationError({"username": [_("Give the username or the email.")]})
        return attrs


class LogoutSerializer(serializers.Serializer[Any]):
    """The refresh token. It may be left out."""

    refresh = TextField(required=False, allow_null=True, allow_blank=True, max_length=4_000)


class RefreshSerializer(serializers.Serializer[Any]):
    """A refresh token."""

    refresh = TextField(max_length=4_000)


class VerifySerializer(serializers.Serializer[Any]):
    """An access or refresh token."""

    token = TextField(max_length=4_000)


class PasswordSerializer(serializers.Serializer[Any]):
    """The current password, and the new one twice."""

    # Optional in the schema, because clients that were generated from the first version do not have this field. They
    # still work, and the error says what is missing.
    old_password = TextField(
        **_PASSWORD,
        required=False,
        help_text="Your current password. It must be given: without it the answer is a 400.",
    )
    new_password1 = TextField(**_PASSWORD)
    new_password2 = TextField(**_PASSWORD)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that both new passwords are the same."""
        if attrs["new_password1"] != attrs["new_password2"]:
            raise serializers.ValidationError({"new_password2": [_("The two passwords differ.")]})
        return attrs


class DetailSerializer(serializers.Serializer[Any]):
    """A message."""

    detail = serializers.CharField()
