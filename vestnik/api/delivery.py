"""REST of what receipts have said of a mailing."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.bodies import json_of
from vestnik.mailings.find import get_mailing
from vestnik.statistics.delivery import Delay, Delivery, Reason, delivery_of

_RATE = "Delivered of those with a final receipt, from 0 to 1. Null: there is none."


class DelaySerializer(serializers.Serializer[Delay]):
    """Seconds from sent to delivered, right to 2.2 %."""

    median = serializers.FloatField()
    p95 = serializers.FloatField(help_text="The 95th percentile.")
    messages = serializers.IntegerField(help_text="Of how many messages it is known.")


class ShareSerializer(serializers.Serializer[Any]):
    """What receipts said of some messages."""

    delivered = serializers.IntegerField()
    undelivered = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True, help_text=_RATE)


class GatewayDeliverySerializer(ShareSerializer):
    """By gateway."""

    gateway = serializers.CharField(source="name", allow_null=True)
    delay = DelaySerializer(allow_null=True)


class OperatorDeliverySerializer(ShareSerializer):
    """By operator. Both names are null if the phone was erased before its receipt was counted."""

    operator = serializers.CharField(
        source="name", allow_null=True, help_text="As the provider says. Null: it does not."
    )
    mobile_operator_code = serializers.CharField(
        source="code", allow_null=True, help_text="That of the phone, where the provider names no operator."
    )


class HourDeliverySerializer(ShareSerializer):
    """By the hour in which messages were sent."""

    hour = serializers.DateTimeField(help_text="Its beginning.")


class ReasonSerializer(serializers.Serializer[Reason]):
    """Why messages were not delivered."""

    code = serializers.CharField(help_text="The provider's own.")
    words = serializers.CharField(help_text="The provider's own, of one of the messages.")
    count = serializers.IntegerField()


class DeliveryStatisticsSerializer(serializers.Serializer[Delivery]):
    """What receipts have said of a mailing."""

    complete = serializers.BooleanField(
        source="whole", help_text="False: there is so much that not all is counted yet. Ask again."
    )
    delivered = serializers.IntegerField(source="total.delivered")
    undelivered = serializers.IntegerField(source="total.undelivered")
    rate = serializers.FloatField(source="total.rate", allow_null=True, help_text=_RATE)
    delay = DelaySerializer(allow_null=True, help_text="Null: it is known of no message.")
    reasons = ReasonSerializer(many=True, help_text="The most frequent 30.")
    by_gateway = GatewayDeliverySerializer(source="gateways", many=True)
    by_operator = OperatorDeliverySerializer(source="operators", many=True)
    by_hour = HourDeliverySerializer(source="hours", many=True)


class DeliveryStatisticsView(APIView):
    """What receipts have said of one mailing."""

    @extend_schema(
        operation_id="statistics_delivery",
        tags=["statistics"],
        summary="What receipts have said of one mailing",
        responses=DeliveryStatisticsSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - Django REST framework passes it
        """Return what was delivered and what was not, with reasons and delays, by gateway, operator and hour.

        It stays when messages are deleted. Without receipts all counts are zero.
        """
        mailing = get_mailing(mailing_id=pk)
        return Response(json_of(DeliveryStatisticsSerializer, delivery_of(mailing.id)))
