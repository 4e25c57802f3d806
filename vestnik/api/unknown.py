"""REST of decisions about messages whose outcome is not known."""

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
#: The possible decisions.
DECISIONS = sorted(_DECISIONS)


class DecisionSerializer(serializers.Serializer[str]):
    """``resend``: send the unknown messages again, although some may have been delivered.

    ``leave``: do not send them.
    """

    decision = serializers.ChoiceField(choices=DECISIONS)


class DecidedSerializer(serializers.Serializer[Decided]):
    """The number of messages that are queued again, the number that stay unknown, and the state of the mailing."""

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
        """Record a decision to leave the messages or to send them again. After the mailing's end, the answer is 409.

        Messages to phones on the stop list and to deleted clients are never sent again.
        """
        get_mailing(mailing_id=pk)
        decide = _DECISIONS[read_body(DecisionSerializer, request.data)["decision"]]
        return Response(json_of(DecidedSerializer, decide(mailing_id=pk, actor=actor_of(request))))
