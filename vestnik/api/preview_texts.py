"""REST of the texts of a personal mailing before it is created: all of them, counted in slices."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.bodies import json_of, read_body
from vestnik.api.examples import PERSONAL_MAILING_EXAMPLES
from vestnik.api.fields import TextField
from vestnik.api.mailing_body import MailingSerializer
from vestnik.api.mailings import mailing_fields
from vestnik.audience.preflight import Figures, Notable, Tally, look_further
from vestnik.audience.preflight_token import figures_of, token_of
from vestnik.db.clock import database_now
from vestnik.texts.render import Refusal

#: Why a client would get no text, as the names in the answer.
REFUSALS = [str(refusal) for refusal in Refusal]
#: Seconds that a request may count for.
_SECONDS = 0.7
#: Characters of a token, at most.
_LONGEST_TOKEN = 200_000


class TextsPreviewSerializer(MailingSerializer):
    """A mailing that is not created, and where to go on."""

    next = TextField(
        required=False, max_length=_LONGEST_TOKEN,
        help_text="From the answer before, with the same body. Absent: begin. Good for an hour.",
    )  # fmt: skip


class NotableTextSerializer(serializers.Serializer[dict[str, Any]]):
    """A text that stands out."""

    client = serializers.IntegerField()
    phone_number = serializers.CharField()
    text = serializers.CharField()
    characters = serializers.IntegerField(help_text="Unicode code points.")
    parts = serializers.IntegerField()
    because_of = serializers.ListField(
        child=serializers.CharField(),
        help_text="Attributes without whose values it would have fewer parts, alone or together. Only for the text "
        "with most parts.",
    )


class OperatorPartsSerializer(serializers.Serializer[dict[str, Any]]):
    """Messages and their SMS parts of one operator code."""

    operator_code = serializers.CharField(help_text="Three digits.")
    count = serializers.IntegerField()
    parts = serializers.IntegerField()


class LeftOutSerializer(serializers.Serializer[dict[str, Any]]):
    """Clients who would get nothing, for one reason."""

    code = serializers.ChoiceField(choices=REFUSALS)
    count = serializers.IntegerField()


class AttributeClientsSerializer(serializers.Serializer[dict[str, Any]]):
    """Clients, counted by an attribute."""

    attribute = serializers.CharField()
    count = serializers.IntegerField()
    clients = serializers.ListField(child=serializers.IntegerField(), help_text="The first ten.")


class AttributeTextsSerializer(serializers.Serializer[dict[str, Any]]):
    """Texts that would have fewer parts without the value of an attribute."""

    attribute = serializers.CharField()
    count = serializers.IntegerField()
    warning = serializers.BooleanField(help_text="They are more than 1 % of the texts.")


class TextsFiguresSerializer(serializers.Serializer[dict[str, Any]]):
    """What is known so far of the texts of an audience."""

    complete = serializers.BooleanField(help_text="Whether the whole audience was looked at.")
    next = serializers.CharField(allow_null=True, help_text="To go on; null when it is complete.")
    looked_at = serializers.IntegerField(help_text="Clients so far, without those on the stop list.")
    messages = serializers.IntegerField(help_text="Texts that can be made.")
    total_parts = serializers.IntegerField(help_text="SMS parts of all of them.")
    by_operator_code = OperatorPartsSerializer(many=True)
    left_out = LeftOutSerializer(many=True)
    shortest = NotableTextSerializer(allow_null=True)
    longest = NotableTextSerializer(allow_null=True)
    most_parts = NotableTextSerializer(allow_null=True)
    missing = AttributeClientsSerializer(
        many=True, help_text="Clients without a value, whether there is a default or not."
    )
    forcing_ucs2 = AttributeClientsSerializer(
        many=True, help_text="Clients whose value makes UCS-2 of a text that would be GSM-7."
    )
    a_part_longer = AttributeTextsSerializer(many=True)


class TextsPreviewView(APIView):
    """The texts of a mailing that is not created."""

    @extend_schema(
        operation_id="mailing_preview_texts",
        tags=["mailings"],
        summary="Preview all texts of a personal mailing",
        request=TextsPreviewSerializer,
        responses=TextsFiguresSerializer,
        examples=PERSONAL_MAILING_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Render the text of each client that the mailing would go to, and count.

        A request counts for less than a second. While `complete` is false, send the same body again with `next`; the
        figures are those of all requests so far. A million clients take some 20 requests. Nothing is saved.
        """
        said = read_body(TextsPreviewSerializer, request.data)
        fields = mailing_fields(said, database_now())
        token = said.get("next")
        before = figures_of(fields, token) if token else None
        figures = look_further(fields, before, seconds=_SECONDS)
        token = None if figures.complete else token_of(fields, figures)
        return Response(json_of(TextsFiguresSerializer, {"next": token, **_as_json(figures)}))


def _as_json(figures: Figures) -> dict[str, Any]:
    warned = figures.warned_of
    return {
        "complete": figures.complete,
        "looked_at": figures.looked_at,
        "messages": figures.messages,
        "total_parts": figures.parts,
        "by_operator_code": [
            {"operator_code": f"{code:03d}", "count": messages, "parts": parts}
            for code, (messages, parts) in sorted(figures.by_code.items())
        ],
        "left_out": [{"code": code, "count": count} for code, count in sorted(figures.left_out.items())],
        "shortest": _notable(figures.shortest),
        "longest": _notable(figures.longest),
        "most_parts": _notable(figures.most_parts),
        "missing": _tallies(figures.missing),
        "forcing_ucs2": _tallies(figures.forcing_ucs2),
        "a_part_longer": [
            {"attribute": name, "count": count, "warning": name in warned}
            for name, count in sorted(figures.a_part_longer.items())
        ],
    }


def _notable(text: Notable | None) -> dict[str, Any] | None:
    if text is None:
        return None
    return {
        "client": text.client, "phone_number": str(text.phone), "text": text.text, "characters": text.characters,
        "parts": text.parts, "because_of": text.because_of,
    }  # fmt: skip


def _tallies(tallies: dict[str, Tally]) -> list[dict[str, Any]]:
    return [
        {"attribute": name, "count": tally.count, "clients": tally.clients} for name, tally in sorted(tallies.items())
    ]
