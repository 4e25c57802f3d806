"""REST of texts that people sent to us."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.bodies import shown_as
from vestnik.api.fields import ShownTextField, phone_asked_for
from vestnik.api.pages import ORDERED_PAGE_PARAMETERS, cut, fetch_page, page_request
from vestnik.api.query import said_once
from vestnik.phones.reader import shown_digits
from vestnik.receipts.inbound import find_inbound


class InboundSerializer(serializers.Serializer[Any]):
    """A text that somebody sent to us."""

    id = serializers.IntegerField()
    gateway = serializers.CharField(help_text="The name of the gateway that it came over.")
    phone_number = serializers.SerializerMethodField(help_text="Null: it is not a number that we can write to.")
    client = serializers.IntegerField(
        allow_null=True, help_text="The client who has this phone number now; null: nobody has."
    )
    sender = ShownTextField(help_text="As the provider writes it.")
    recipient = serializers.CharField(help_text="Our number or name, as the provider writes it; may be empty.")
    text = ShownTextField()
    at = serializers.DateTimeField(allow_null=True, help_text="When it was sent, if the provider says so.")
    received_at = serializers.DateTimeField(help_text="When the provider told us.")

    def get_phone_number(self, text: Any) -> str | None:
        """Return eleven digits, masked for readers who see them so."""
        return None if text.phone is None else shown_digits(text.phone)


class InboundView(APIView):
    """Texts that people sent to us."""

    @extend_schema(
        operation_id="inbound_list",
        tags=["clients"],
        summary="List texts that people sent to us",
        parameters=[
            OpenApiParameter(
                "phone_number", {"type": "string", "pattern": "^7[0-9]{10}$"}, description="The whole number."
            ),
            *ORDERED_PAGE_PARAMETERS,
        ],
        responses=InboundSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return one page of texts, the oldest first."""
        page = page_request(request, orderable=True, filters=("phone_number",))
        asked = said_once(request, "phone_number")
        found = find_inbound(phone=None if asked is None else phone_asked_for(asked))
        shown, headers = cut(request, page, fetch_page(found, page))
        return Response(shown_as(InboundSerializer, shown), headers=headers)
