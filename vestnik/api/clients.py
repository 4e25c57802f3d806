"""REST of the directory of clients."""

import re
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import actor_of
from vestnik.api.attributes import AttributesField
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.fields import NO_NUL, CleanTextField, OperatorCodeField, PhoneField, TextField, prefix_asked_for
from vestnik.api.pages import ORDERED_PAGE_PARAMETERS, cut, fetch_page, page_request
from vestnik.api.preconditions import IF_MATCH, as_it_was_read, tagged
from vestnik.api.query import said_once
from vestnik.clients.directory import (
    ClientFields,
    create_client,
    delete_client,
    find_clients,
    get_client,
    lock_client,
    update_client,
)
from vestnik.clients.zones import is_known_zone
from vestnik.errors import InvalidInput
from vestnik.models import Client
from vestnik.phones.number import operator_code_of

_EXAMPLE = OpenApiExample(
    "A client",
    {
        "phone_number": "79111234567",
        "mobile_operator_code": "911",
        "tag": "vip",
        "timezone": "Europe/Moscow",
        "attributes": {"first_name": "Анна", "balance": 120.5, "day": "2026-12-01"},
    },
    request_only=True,
)

#: The filters of the list and of the export.
CLIENT_FILTERS = [
    OpenApiParameter("tag", {"type": "string", "pattern": NO_NUL}, description="Exactly this tag."),
    OpenApiParameter(
        "mobile_operator_code", {"type": "string", "pattern": "^[0-9]{3}$"}, description="Exactly this code."
    ),
    OpenApiParameter("timezone", {"type": "string", "pattern": NO_NUL}, description="Exactly this zone."),
    OpenApiParameter(
        "phone_number",
        {"type": "string", "pattern": "^[0-9]{0,11}$"},
        description="The first digits of the phone number.",
    ),
]
#: The names of these filters, and two older ones that are not in the schema.
CLIENT_FILTER_NAMES = frozenset({*(parameter.name for parameter in CLIENT_FILTERS), "operator_code", "phone"})


class ClientSerializer(serializers.Serializer[Client]):
    """A client. ``mobile_operator_code`` is derived from the phone if it is missing.

    ``attributes`` are optional; the answer has them only if the client has any.
    """

    id = serializers.IntegerField(read_only=True)
    phone_number = PhoneField()
    mobile_operator_code = OperatorCodeField(required=False)
    tag = CleanTextField(max_length=64)
    timezone = TextField(max_length=64)
    attributes = AttributesField(required=False)

    def validate_timezone(self, value: str) -> str:
        """Check that both Python and the database know the time zone."""
        if not is_known_zone(value):
            raise serializers.ValidationError(
                _("This is not an IANA time zone. Use, for example, Europe/Moscow."), code="unknown_zone"
            )
        return value

    def to_representation(self, instance: Client) -> dict[str, Any]:
        """Return the client as JSON, as earlier releases did if it has no attributes."""
        shown = super().to_representation(instance)
        if not instance.attributes:
            del shown["attributes"]
        return shown


def _fields(data: dict[str, Any], client: Client | None = None, *, some: bool = False) -> ClientFields:
    """Return the fields of a body. Missing ones are taken from the client.

    Attributes that are missing stay, too: a program that knows none of them must remove none. With ``some`` (PATCH)
    those that a body names are changed and the others stay, as RFC 7396 has it.
    """
    phone = data["phone_number"] if client is None else data.get("phone_number", client.phone_number)
    code = data.get("mobile_operator_code")
    if code is None and client is not None and client.mobile_operator_code != operator_code_of(client.phone_number):
        code = client.mobile_operator_code  # it was set by hand, because the number was ported
    return ClientFields(
        phone=phone,
        operator_code=code,
        tag=data["tag"] if client is None else data.get("tag", client.tag),
        timezone=data["timezone"] if client is None else data.get("timezone", client.timezone),
        attributes=data.get("attributes"),
        keeps_others=some,
    )


class ClientListView(APIView):
    """The directory."""

    @extend_schema(
        operation_id="client_list",
        tags=["clients"],
        summary="List clients",
        parameters=[*CLIENT_FILTERS, *ORDERED_PAGE_PARAMETERS],
        responses=ClientSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return one page of clients."""
        page = page_request(request, orderable=True, filters=CLIENT_FILTER_NAMES)
        rows = find_clients(**client_filters(request))
        shown, headers = cut(request, page, fetch_page(rows, page))
        return Response(shown_as(ClientSerializer, shown), headers=headers)

    @extend_schema(
        operation_id="client_create",
        tags=["clients"],
        summary="Add a client",
        request=ClientSerializer,
        responses={201: ClientSerializer},
        examples=[_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Add a client."""
        said = read_body(ClientSerializer, request.data)
        client = create_client(fields=_fields(said), actor=actor_of(request))
        return Response(json_of(ClientSerializer, client), status=201, headers=tagged(client))


class ClientView(APIView):
    """One client."""

    @extend_schema(operation_id="client_read", tags=["clients"], summary="One client", responses=ClientSerializer)
    def get(self, _request: Request, pk: int) -> Response:
        """Return one client."""
        client = get_client(client_id=pk)
        return Response(json_of(ClientSerializer, client), headers=tagged(client))

    @extend_schema(
        operation_id="client_replace",
        parameters=[IF_MATCH],
        tags=["clients"],
        summary="Replace a client",
        request=ClientSerializer,
        responses=ClientSerializer,
        examples=[_EXAMPLE],
    )
    def put(self, request: Request, pk: int) -> Response:
        """Replace all fields."""
        return self._update(request, pk, some=False)

    @extend_schema(
        operation_id="client_update",
        parameters=[IF_MATCH],
        tags=["clients"],
        summary="Change some fields of a client",
        request=ClientSerializer(partial=True),
        responses=ClientSerializer,
        examples=[
            OpenApiExample("Another tag", {"tag": "vip"}, request_only=True),
            OpenApiExample(
                "An attribute more, one less", {"attributes": {"balance": 99, "day": None}}, request_only=True
            ),
        ],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change some fields."""
        return self._update(request, pk, some=True)

    @extend_schema(
        operation_id="client_delete",
        tags=["clients"],
        summary="Delete a client",
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Delete the client. Queued messages to its phone are cancelled. Its messages still count in totals."""
        with as_it_was_read(request, partial(lock_client, client_id=pk)) as client:
            delete_client(client=client, actor=actor_of(request))
        return Response(status=204)

    def _update(self, request: Request, pk: int, *, some: bool) -> Response:
        get_client(client_id=pk)
        said = read_body(ClientSerializer, request.data, partial=some)
        with as_it_was_read(request, partial(lock_client, client_id=pk)) as client:
            fields = _fields(said, client, some=some)
            updated = update_client(client=client, fields=fields, actor=actor_of(request))
        return Response(json_of(ClientSerializer, updated), headers=tagged(updated))


def client_filters(request: Request) -> dict[str, Any]:
    """Return the values of :data:`CLIENT_FILTERS` in the query.

    Raises:
        InvalidInput: A value is not valid.
    """
    given = {name: value for name in CLIENT_FILTER_NAMES if (value := said_once(request, name)) is not None}
    found: dict[str, Any] = {name: _clean(name, given[name]) for name in ("tag", "timezone") if name in given}
    code = given.get("mobile_operator_code", given.get("operator_code"))
    if code is not None:
        if not re.fullmatch("[0-9]{3}", code):
            raise InvalidInput({"mobile_operator_code": [_("Give three digits, such as 911.")]})
        found["operator_code"] = int(code)
    return {**found, "phone_prefix": prefix_asked_for(given.get("phone_number", given.get("phone", "")))}


def _clean(name: str, value: str) -> str:
    if "\x00" in value:
        raise InvalidInput({name: [_("Null characters are not allowed.")]})
    return value
