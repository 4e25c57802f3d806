"""REST of API keys. Users who have logged in create and revoke their own."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.accounts.keys import create_key, find_keys, revoke_key
from vestnik.api.account import KeysOnlyRead, MayWrite, account_of, role_of
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.fields import CleanTextField, InstantField
from vestnik.api.pages import PAGE_PARAMETERS, cut, fetch_page, page_request
from vestnik.api.parsers import refuse_other_bodies
from vestnik.errors import Refused
from vestnik.models import ApiKey, Role


class ApiKeySerializer(serializers.Serializer[ApiKey]):
    """An API key, without the key itself."""

    id = serializers.IntegerField(read_only=True)
    owner = serializers.CharField(read_only=True, source="owner.username", help_text="Whose it is.")
    name = CleanTextField(min_length=1, max_length=100, help_text="What it is for.")
    role = serializers.ChoiceField(choices=Role.choices, help_text="At most your own.")
    expires_at = InstantField(required=False, allow_null=True, help_text="Null, or absent: never.")
    starts_with = serializers.CharField(read_only=True, help_text="To tell keys apart.")
    created_at = serializers.DateTimeField(read_only=True)
    last_used_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="To the minute. Null: not used yet."
    )


class ApiKeyWithSecretSerializer(ApiKeySerializer):
    """A new API key, with the key itself."""

    key = serializers.CharField(help_text="For `Authorization: Bearer …`. It is shown this once: keep it.")


_OWNER = OpenApiParameter(
    "owner", str, description="Administrators: the keys of the account with this name, or `*`: of all accounts."
)


def _keys_for(request: Request) -> QuerySet[ApiKey]:
    """Return the user's own keys, or those that an administrator asks for.

    Raises:
        Refused: A user without that role asks for other people's keys.
    """
    user, owner = account_of(request), request.query_params.get("owner")
    if owner is None or owner.casefold() == user.username.casefold():
        return find_keys(owner=user)
    if role_of(request) != Role.ADMINISTRATOR:
        raise Refused(_("Only administrators see the API keys of others."))
    return find_keys(owner=None if owner == "*" else owner.replace("\0", ""))


class ApiKeyListView(APIView):
    """The user's own keys."""

    permission_classes = (IsAuthenticated, KeysOnlyRead, MayWrite)

    @extend_schema(
        operation_id="auth_keys_list",
        tags=["accounts"],
        summary="List your API keys",
        parameters=[*PAGE_PARAMETERS, _OWNER],
        responses=ApiKeySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return one page of your keys, the oldest first, without revoked ones.

        Administrators may ask for those of others.
        """
        page = page_request(request, filters=("owner",))
        shown, headers = cut(request, page, fetch_page(_keys_for(request), page))
        return Response(shown_as(ApiKeySerializer, shown), headers=headers)

    @extend_schema(
        operation_id="auth_key_create",
        tags=["accounts"],
        summary="Make an API key",
        request=ApiKeySerializer,
        responses={201: ApiKeyWithSecretSerializer},
        examples=[OpenApiExample("For reading", {"name": "Monthly report", "role": "viewer"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Create a key for a machine, with your role or a lower one. Only this answer contains the key itself."""
        chosen = read_body(ApiKeySerializer, request.data)
        row, key = create_key(
            owner=account_of(request),
            name=chosen["name"],
            role=Role(chosen["role"]),
            expires_at=chosen.get("expires_at"),
        )
        return Response({**json_of(ApiKeySerializer, row), "key": key}, status=201)


class ApiKeyView(APIView):
    """One key. Every user may revoke keys, so no role is required."""

    permission_classes = (IsAuthenticated, KeysOnlyRead)

    @extend_schema(
        operation_id="auth_key_revoke", tags=["accounts"], summary="Revoke an API key", responses={204: None}
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke one of your keys. An administrator may revoke any key. It stops working at once."""
        refuse_other_bodies(request)
        revoke_key(actor=account_of(request), key_id=pk)
        return Response(status=204)
