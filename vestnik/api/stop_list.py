"""REST of the stop list: phones that receive no messages, with when, why and by whom they were added."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import actor_of
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.fields import CleanTextField, PhoneField, phone_asked_for, prefix_asked_for
from vestnik.api.pages import PAGE_PARAMETERS, cut, fetch_page, page_request
from vestnik.api.query import said_once
from vestnik.clients.stop_list import Stopped, allow_phones, find_stopped, get_stopped, stop_phones
from vestnik.errors import InvalidInput
from vestnik.models import StoppedPhone
from vestnik.phones.reader import shown_text

#: The maximum number of phones in one request.
MAX_PHONES = 10_000


class StoppedPhoneSerializer(serializers.Serializer[StoppedPhone]):
    """An entry of the stop list. ``created_by`` is the name of the account."""

    id = serializers.IntegerField(read_only=True)
    phone_number = PhoneField()
    reason = CleanTextField(max_length=200, required=False, allow_blank=True, default="")
    created_at = serializers.DateTimeField(read_only=True)
    created_by = serializers.CharField(read_only=True, source="created_by_name")

    def to_representation(self, instance: StoppedPhone) -> dict[str, Any]:
        """Return the entry as JSON. A reason may name a phone."""
        shown = super().to_representation(instance)
        return {**shown, "reason": shown_text(shown["reason"])}


class StopSerializer(serializers.Serializer[Any]):
    """One or many phones, and a reason."""

    phone_number = PhoneField(required=False)
    phone_numbers = serializers.ListField(child=PhoneField(), required=False, min_length=1, max_length=MAX_PHONES)
    reason = CleanTextField(max_length=200, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that either one phone or a list is given."""
        if ("phone_number" in attrs) == ("phone_numbers" in attrs):
            raise serializers.ValidationError({"phone_number": [_("Give either phone_number or phone_numbers.")]})
        return attrs


class StoppedSerializer(serializers.Serializer[Stopped]):
    """The result for many phones. ``cancelled`` is the number of queued messages that will not be sent."""

    added = serializers.IntegerField()
    known = serializers.IntegerField()
    cancelled = serializers.IntegerField(source="recalled.cancelled")


_ANSWER = PolymorphicProxySerializer(
    component_name="StopAnswer", serializers=[StoppedPhoneSerializer, StoppedSerializer], resource_type_field_name=None
)
_EXAMPLES = [
    OpenApiExample("One phone", {"phone_number": "79111234567", "reason": "asked us to stop"}, request_only=True),
    OpenApiExample(
        "Many phones", {"phone_numbers": ["79111234567", "79211234567"], "reason": "complaints"}, request_only=True
    ),
]


class StopListView(APIView):
    """The stop list."""

    @extend_schema(
        operation_id="stop_list",
        tags=["clients"],
        summary="List the phones that get nothing",
        parameters=[
            OpenApiParameter(
                "phone_number",
                {"type": "string", "pattern": "^[0-9]{0,11}$"},
                description="The first digits of the phone number.",
            ),
            *PAGE_PARAMETERS,
        ],
        responses=StoppedPhoneSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return one page of entries, the oldest first."""
        page = page_request(request, filters=("phone_number",))
        prefix = prefix_asked_for(said_once(request, "phone_number", "") or "")
        shown, headers = cut(request, page, fetch_page(find_stopped(phone_prefix=prefix), page))
        return Response(shown_as(StoppedPhoneSerializer, shown), headers=headers)

    @extend_schema(
        operation_id="stop_list_add",
        tags=["clients"],
        summary="Stop one phone or many",
        request=StopSerializer,
        responses={201: _ANSWER, 200: _ANSWER},
        examples=_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Put phones on the list, and cancel their queued messages.

        The status is 201 if a phone is new, or 200 if none is.
        """
        said = read_body(StopSerializer, request.data)
        one = said.get("phone_number")
        phones = said["phone_numbers"] if one is None else [one]
        stopped = stop_phones(phones=phones, reason=said["reason"], actor=actor_of(request))
        status = 201 if stopped.added else 200
        if one is None:
            return Response(json_of(StoppedSerializer, stopped), status=status)
        return Response(json_of(StoppedPhoneSerializer, get_stopped(phone=one)), status=status)

    @extend_schema(
        operation_id="stop_list_remove",
        tags=["clients"],
        summary="Take phones off the list",
        parameters=[
            OpenApiParameter(
                "phone_number",
                {"type": "array", "items": {"type": "string", "pattern": "^7[0-9]{10}$"}},
                description="The whole number; several may be given.",
            )
        ],
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """Take phones off the list.

        They are named in the query, or in a body as for POST. Cancelled messages stay cancelled.
        """
        allow_phones(phones=_named(request), actor=actor_of(request))
        return Response(status=204)


def _named(request: Request) -> list[int]:
    """Return the phones that a DELETE names.

    Raises:
        InvalidInput: A phone in the query is not valid, or no phone is named.
        ValidationError: The body is not valid.
    """
    numbers = request.query_params.getlist("phone_number")
    if numbers:
        return list(map(phone_asked_for, numbers))
    if not request.data:
        raise InvalidInput({"phone_number": [_("Give the phone numbers: ?phone_number=79111234567, or in the body.")]})
    said = read_body(StopSerializer, request.data)
    one = said.get("phone_number")
    return list(said["phone_numbers"]) if one is None else [one]
