"""REST of attributes: the names that clients' attributes have, with their types, and their values in a body."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import actor_of
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.parsers import refuse_other_bodies
from vestnik.clients.attributes.names import MAX_ATTRIBUTES
from vestnik.clients.attributes.registry import Known, known_attributes, remove_name, set_type
from vestnik.models import AttributeType
from vestnik.phones.reader import phones_are_masked, shown_value

NAME_PATTERN = "^[a-z][a-z0-9_]{0,39}$"
_NAME = OpenApiParameter(
    "name", {"type": "string", "pattern": NAME_PATTERN}, OpenApiParameter.PATH, description="Its name."
)
_SCHEMA = {
    "type": "object",
    # A choice of types in a map is more than the generators of clients can read.
    "additionalProperties": True,
    "maxProperties": MAX_ATTRIBUTES,
    "description": "Texts, numbers and dates (2026-12-05) by name. The first value of a name decides its type. "
    "PATCH changes those that are given, and null removes one; PUT replaces all of them. Absent: none change. An "
    "answer has no `attributes` if the client has none.",
    "example": {"first_name": "Анна", "balance": 120.5, "day": "2026-12-01"},
}


@extend_schema_field(_SCHEMA)
class AttributesField(serializers.Field[Any, Any, Any, Any]):
    """The attributes of a client, by name. What they may be depends on the names that there are: the service checks."""

    def to_internal_value(self, data: Any) -> Mapping[str, Any]:
        """Return the object.

        Raises:
            ValidationError: The value is no object, or has more names than a client may have.
        """
        if not isinstance(data, dict):
            raise serializers.ValidationError(_("Give an object: names with their values."), code="invalid")
        if len(data) > MAX_ATTRIBUTES:
            sentence = _("A client has at most %(most)d attributes.") % {"most": MAX_ATTRIBUTES}
            raise serializers.ValidationError(sentence, code="invalid")
        return data

    def to_representation(self, value: Any) -> Mapping[str, Any]:
        """Return the attributes. For readers who see phones masked, so are values that are or name one."""
        return {name: shown_value(each) for name, each in value.items()} if phones_are_masked() else dict(value)


class AttributeTypeSerializer(serializers.Serializer[Known]):
    """The type of an attribute."""

    type = serializers.ChoiceField(choices=AttributeType.choices)


class AttributeSerializer(serializers.Serializer[Known]):
    """An attribute that clients may have: its name, its type, and the number of clients with a value of it."""

    name = serializers.CharField(read_only=True)
    type = serializers.ChoiceField(choices=AttributeType.choices)
    clients = serializers.IntegerField(read_only=True)


class AttributeListView(APIView):
    """All names."""

    @extend_schema(
        operation_id="attribute_list", tags=["clients"], summary="List attributes",
        responses=AttributeSerializer(many=True),
    )  # fmt: skip
    def get(self, _request: Request) -> Response:
        """Return the names of attributes in order, each with its type and its number of clients."""
        return Response(shown_as(AttributeSerializer, known_attributes()))


class AttributeView(APIView):
    """One name."""

    @extend_schema(
        operation_id="attribute_set", tags=["clients"], summary="Set the type of an attribute", parameters=[_NAME],
        request=AttributeTypeSerializer, responses=AttributeSerializer,
        examples=[OpenApiExample("A date", {"type": "date"}, request_only=True)],
    )  # fmt: skip
    def put(self, request: Request, name: str) -> Response:
        """Add an attribute, or change its type as long as no client has a value of it."""
        said = read_body(AttributeTypeSerializer, request.data)
        known = set_type(name=name, kind=AttributeType(said["type"]), actor=actor_of(request))
        return Response(json_of(AttributeSerializer, known))

    @extend_schema(
        operation_id="attribute_remove", tags=["clients"], summary="Remove an attribute", parameters=[_NAME],
        responses={204: None},
    )  # fmt: skip
    def delete(self, request: Request, name: str) -> Response:
        """Remove a name that no client has a value of."""
        refuse_other_bodies(request)
        remove_name(name=name, actor=actor_of(request))
        return Response(status=204)
