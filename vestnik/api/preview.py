"""REST of the preview: the audience of a mailing before it is created."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.bodies import json_of, read_body
from vestnik.api.examples import MAILING_EXAMPLES
from vestnik.api.mailing_body import MailingSerializer
from vestnik.api.mailings import mailing_fields
from vestnik.audience.preview import Preview, preview_mailing
from vestnik.db.clock import database_now
from vestnik.mailings.sms import Alphabet, SmsCount, count_sms
from vestnik.routing.text_limits import TextLimit, limits_under

#: The possible encodings of a text.
ENCODINGS = [str(alphabet) for alphabet in Alphabet]
#: Why messages cannot be sent in time, as the names in the answer.
REASONS = _WINDOW, _SPEED = "window", "speed"


class OperatorCodeCountSerializer(serializers.Serializer[dict[str, Any]]):
    """The number of clients with this operator code."""

    operator_code = serializers.CharField(help_text="Three digits.")
    count = serializers.IntegerField()


class TimezoneCountSerializer(serializers.Serializer[dict[str, Any]]):
    """The number of clients in this time zone."""

    timezone = serializers.CharField()
    count = serializers.IntegerField()


class UnfitCountSerializer(TimezoneCountSerializer):
    """The number of clients in this time zone whose message cannot be sent in time, for one reason."""

    reason = serializers.ChoiceField(choices=REASONS)


class UnfitReasonsSerializer(serializers.Serializer[dict[str, Any]]):
    """Clients whose message cannot be sent in time, by reason."""

    window = serializers.IntegerField(help_text="Their send window does not open before the end. Exact.")
    speed = serializers.IntegerField(
        allow_null=True, help_text="Left over by GATEWAY_MAX_RATE. An estimate; null where there is no limit to go by."
    )


class WillNotFitSerializer(serializers.Serializer[dict[str, Any]]):
    """Clients whose message cannot be sent in time."""

    total = serializers.IntegerField()
    by_reason = UnfitReasonsSerializer()
    by_timezone = UnfitCountSerializer(many=True)


class SmsCountSerializer(serializers.Serializer[dict[str, Any]]):
    """The SMS parts of a text."""

    encoding = serializers.ChoiceField(choices=ENCODINGS)
    characters = serializers.IntegerField(help_text="Unicode code points.")
    units = serializers.IntegerField(help_text="Septets of GSM-7, or UTF-16 units of UCS-2.")
    parts = serializers.IntegerField(help_text="SMS that the text takes for one client.")
    total_parts = serializers.IntegerField(help_text="For all of the total.")
    forcing_ucs2 = serializers.ListField(
        child=serializers.CharField(), help_text="The characters that are not in GSM-7, each once."
    )


class TextLimitSerializer(serializers.Serializer[TextLimit]):
    """A gateway that does not take a text of this length."""

    gateway = serializers.CharField()
    characters = serializers.IntegerField(help_text="Characters that it takes, at most.")
    parts = serializers.IntegerField(allow_null=True, help_text="SMS parts that it takes, at most. Null: no limit.")


class PreviewSerializer(serializers.Serializer[dict[str, Any]]):
    """The result of a mailing if it was created now."""

    total = serializers.IntegerField(help_text="Clients that it would go to.")
    stopped = serializers.IntegerField(help_text="Clients that match but are on the stop list; not in the total.")
    by_operator_code = OperatorCodeCountSerializer(many=True)
    by_timezone = TimezoneCountSerializer(many=True)
    will_not_fit = WillNotFitSerializer(help_text="How many of the total would expire, and why.")
    sms = SmsCountSerializer(
        allow_null=True,
        help_text="The text as networks count it. Null for a personal text: "
        "`/sender/notifications/preview/texts` counts each.",
    )
    too_long_for = TextLimitSerializer(
        many=True,
        help_text="Enabled gateways that messages could go over, and that do not take so long a text: those messages"
        " wait for another gateway of their rule that takes it, and fail where there is none."
        " Empty for a personal text.",
    )


class PreviewView(APIView):
    """A mailing that is not created."""

    @extend_schema(
        operation_id="mailing_preview",
        tags=["mailings"],
        summary="Preview a mailing",
        request=MailingSerializer,
        responses=PreviewSerializer,
        examples=MAILING_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Return how many clients the mailing would go to, and how many messages could not be sent in time.

        Nothing is saved.
        """
        said = read_body(MailingSerializer, request.data)
        now = database_now()
        fields = mailing_fields(said, now)
        preview = preview_mailing(fields=fields, now=now, rate=settings.ENVIRONMENT.gateway_max_rate)
        sms = None if fields.personal else count_sms(fields.message_text)
        return Response(json_of(PreviewSerializer, {**_as_json(preview, sms), "too_long_for": _limits(preview, sms)}))


def _limits(preview: Preview, sms: SmsCount | None) -> list[TextLimit]:
    if sms is None:
        return []
    codes = preview.audience.by_operator_code
    return limits_under(codes=codes, mailing=0, characters=sms.characters, parts=sms.parts)


def _as_json(preview: Preview, sms: SmsCount | None) -> dict[str, Any]:
    audience, reasons = preview.audience, {_WINDOW: preview.outside_window, _SPEED: preview.too_slow}
    return {
        "total": audience.total,
        "stopped": audience.stopped,
        "by_operator_code": [
            {"operator_code": f"{code:03d}", "count": count}
            for code, count in sorted(audience.by_operator_code.items())
        ],
        "by_timezone": [{"timezone": zone, "count": count} for zone, count in sorted(audience.by_timezone.items())],
        "will_not_fit": {
            "total": preview.will_not_fit,
            "by_reason": {reason: None if zones is None else sum(zones.values()) for reason, zones in reasons.items()},
            "by_timezone": [
                {"timezone": zone, "count": count, "reason": reason}
                for reason, zones in reasons.items()
                for zone, count in sorted((zones or {}).items())
            ],
        },
        "sms": None
        if sms is None
        else {
            "encoding": sms.alphabet,
            "characters": sms.characters,
            "units": sms.units,
            "parts": sms.parts,
            "total_parts": sms.parts * audience.total,
            "forcing_ucs2": sms.forcing,
        },
    }
