"""REST of decisions about messages whose outcome cannot be known."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import actor_of
from vestnik.api.bodies import json_of, read_body
from vestnik.mailings.find import get_mailing
from vestnik.mailings.unknown import Decided, leave_unknown, resend_unknown
from vestnik.models import MailingState

_DECISIONS = {"resend": resend_unknown, "leave": leave_unknown}
#: What can be decided.
DECISIONS = sorted(_DECISIONS)


class DecisionSerializer(serializers.Serializer[str]):
    """``resend``: send the unknown messages again, though some may have been delivered. ``leave``: do not."""

    decision = serializers.ChoiceField(choices=DECISIONS)


class DecidedSerializer(serializers.Serializer[Decided]):
    """How many messages are queued again, how many stay unknown, and the state of the mailing afterwards."""

    resent = serializers.IntegerField()
    left = serializers.IntegerField()
    state = serializers.ChoiceField(choices=MailingState.choices, source="mailing.state")


class UnknownView(APIView):
    """The unknown messages of one mailing."""

    @extend_schema(
        operation_id="mailing_unknown",
        tags=["mailings"],
        summary="Decide about unknown messages",
        request=DecisionSerializer,
        responses=DecidedSerializer,
        examples=[
            OpenApiExample("Leave them", {"decision": "leave"}, request_only=True),
            OpenApiExample("Send them again", {"decision": "resend"}, request_only=True),
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Leave them, or send them again, on record; before the mailing's end, else 409.

        Messages of phones on the stop list and of deleted clients are never sent again.
        """
        get_mailing(mailing_id=pk)
        decide = _DECISIONS[read_body(DecisionSerializer, request.data)["decision"]]
        return Response(json_of(DecidedSerializer, decide(mailing_id=pk, actor=actor_of(request))))
