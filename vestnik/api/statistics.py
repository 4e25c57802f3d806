"""REST of statistics: the totals of mailings, and the outcome of each message."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import may_read_sent_texts
from vestnik.api.bodies import json_of
from vestnik.api.fields import ShownPhoneField, phone_asked_for
from vestnik.api.mailing_filter import MAILING_FILTER_NAMES, MAILING_PARAMETERS, chosen_mailings
from vestnik.api.pages import PAGE_PARAMETERS, PageRequest, cut, fetch_page, page_request
from vestnik.api.query import said_once, said_words
from vestnik.errors import InvalidInput
from vestnik.mailings.find import get_mailing
from vestnik.models import MESSAGE_STATES, MESSAGE_STATUSES, Mailing, MailingState
from vestnik.phones.reader import shown_digits
from vestnik.statistics.messages import MessageRow, message_of_phone, page_of_messages, states_with_status
from vestnik.statistics.parts import own_parts, parts_by_gateway
from vestnik.statistics.texts import texts_of
from vestnik.statistics.totals import Totals, roll_up, totals_by_gateway, totals_of


@extend_schema_field({"type": ["string", "null"]})
class _OwnTextField(serializers.CharField):
    """A text that is only there if it was asked for."""


class MessageSerializer(serializers.Serializer[MessageRow]):
    """A message. ``status`` is the roll-up of ``state``. ``client`` is null if the client was deleted.

    ``phone_number`` is null if it was erased, after the time for which it is kept or at its owner's request.
    ``text`` is there with ``?text=true`` only: the text that was sent, or will be. It is null if there is none, or if
    what it was made of was erased.
    """

    id = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    status = serializers.ChoiceField(choices=MESSAGE_STATUSES)
    state = serializers.ChoiceField(choices=MESSAGE_STATES)
    attempts = serializers.IntegerField()
    code = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)
    dispatch = serializers.SerializerMethodField()
    client = serializers.IntegerField(allow_null=True)
    phone_number = ShownPhoneField(source="phone", allow_null=True)
    delivered_at = serializers.DateTimeField(
        allow_null=True, help_text="When the provider says that it was delivered; null: it does not, or not yet."
    )
    gateway = serializers.CharField(
        allow_null=True, help_text="The gateway that it went over last, by its name; null: none has had it."
    )
    parts = serializers.IntegerField(
        help_text="SMS parts: of its text, or as many as the provider said when it took the message."
    )
    text = _OwnTextField(required=False)

    def get_dispatch(self, _message: MessageRow) -> int:
        """The id of the mailing."""
        return int(self.context["mailing_id"])


@extend_schema_field(
    {
        "title": "MessageCounts",
        "type": "object",
        "description": "How many messages are in each of the nine states.",
        "required": list(MESSAGE_STATES),
        "properties": {state: {"type": "integer", "minimum": 0} for state in MESSAGE_STATES},
    }
)
class ByStateField(serializers.DictField):
    """A count for each of the nine states."""


class StatisticsSerializer(serializers.Serializer[Any]):
    """The totals of a mailing. The four roll-ups always add up to the total."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    start_time = serializers.DateTimeField()
    end_time = serializers.DateTimeField()
    message_text = serializers.CharField()
    state = serializers.ChoiceField(choices=MailingState.choices)
    total_count = serializers.IntegerField()
    created_count = serializers.IntegerField()
    processing_count = serializers.IntegerField()
    complete_count = serializers.IntegerField()
    error_count = serializers.IntegerField()
    by_state = ByStateField()


class DetailedStatisticsSerializer(StatisticsSerializer):
    """The totals of a mailing, and a page of its messages."""

    messages = MessageSerializer(many=True)


def _statistics(mailing: Mailing, totals: Totals) -> dict[str, Any]:
    names = ("id", "name", "start_time", "end_time", "message_text", "state")
    known = {name: getattr(mailing, name) for name in names}
    return json_of(StatisticsSerializer, {**known, **roll_up(totals), "by_state": totals})


class StatisticsListView(APIView):
    """The totals of all mailings."""

    @extend_schema(
        operation_id="statistics_list",
        tags=["statistics"],
        summary="The totals of all mailings",
        parameters=MAILING_PARAMETERS,
        responses=StatisticsSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return one object for each mailing."""
        page = page_request(request, orderable=True, filters=MAILING_FILTER_NAMES)
        shown, headers = cut(request, page, fetch_page(chosen_mailings(request), page))
        totals = totals_of(shown)
        return Response([_statistics(mailing, totals[mailing.id]) for mailing in shown], headers=headers)


_MESSAGE_PARAMETERS = [
    OpenApiParameter(
        "status",
        OpenApiTypes.STR,
        many=True,
        enum=MESSAGE_STATUSES,
        description="The roll-up. Repeated: one of these.",
    ),
    OpenApiParameter(
        "state", OpenApiTypes.STR, many=True, enum=MESSAGE_STATES, description="Repeated: one of these states."
    ),
    OpenApiParameter("phone_number", {"type": "string", "pattern": "^7[0-9]{10}$"}, description="The whole number."),
    OpenApiParameter(
        "text", OpenApiTypes.BOOL, description="With the text of each message. For operators and administrators."
    ),
    *PAGE_PARAMETERS,
]
#: The names of the filters, and an older one that is not in the schema.
_MESSAGE_FILTER_NAMES = frozenset({"status", "state", "phone_number", "phone", "text"})


class MailingStatisticsView(APIView):
    """The totals of one mailing, and its messages."""

    @extend_schema(
        operation_id="statistics_read",
        tags=["statistics"],
        summary="The totals of one mailing, and its messages",
        parameters=_MESSAGE_PARAMETERS,
        responses=DetailedStatisticsSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return an array of one object, which contains a page of the messages."""
        mailing = get_mailing(mailing_id=pk)
        totals = totals_of([mailing])[mailing.id]
        messages, headers = _messages(request, mailing, totals)
        return Response([{**_statistics(mailing, totals), "messages": messages}], headers=headers)


class GatewayStatisticsSerializer(serializers.Serializer[Any]):
    """What one gateway did of a mailing. ``gateway`` is null for messages that no gateway has had."""

    gateway = serializers.CharField(allow_null=True)
    total_count = serializers.IntegerField()
    created_count = serializers.IntegerField()
    processing_count = serializers.IntegerField()
    complete_count = serializers.IntegerField()
    error_count = serializers.IntegerField()
    by_state = ByStateField()
    parts = serializers.IntegerField(
        allow_null=True,
        help_text="SMS parts of the messages that it took: what it is paid for. Null: not all counted yet, ask again.",
    )


class GatewayStatisticsView(APIView):
    """The totals of one mailing by gateway."""

    @extend_schema(
        operation_id="statistics_by_gateway",
        tags=["statistics"],
        summary="The totals of one mailing by gateway",
        responses=GatewayStatisticsSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - Django REST framework passes it
        """Return one object for each gateway that had messages of the mailing. Added up, they are its totals."""
        mailing = get_mailing(mailing_id=pk)
        found = totals_by_gateway(mailing.id)
        parts = parts_by_gateway(mailing, found)
        rows = [
            {
                "gateway": each.name, **roll_up(each.totals), "by_state": each.totals, "parts": parts.of(each.gateway)
            }
            for each in found
        ]  # fmt: skip
        return Response([json_of(GatewayStatisticsSerializer, row) for row in rows])


class MessagesView(APIView):
    """The messages of one mailing."""

    @extend_schema(
        operation_id="messages_list",
        tags=["statistics"],
        summary="The messages of one mailing",
        parameters=_MESSAGE_PARAMETERS,
        responses=MessageSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return one page of messages, in ascending order of id."""
        mailing = get_mailing(mailing_id=pk)
        # The row of a finished mailing has its totals. For other mailings they would cost one more statement.
        totals = totals_of([mailing])[mailing.id] if mailing.frozen_at is not None else None
        messages, headers = _messages(request, mailing, totals)
        return Response(messages, headers=headers)


def _messages(request: Request, mailing: Mailing, totals: Totals | None) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return a page of messages, and its headers. ``totals`` gives the number of all messages."""
    page = page_request(request, filters=_MESSAGE_FILTER_NAMES)
    states, phone, with_texts = _states(request), _phone(request), _wants_texts(request)
    total = None
    if totals is not None and phone is None and mailing.messages_dropped_at is None:
        total = sum(totals[state] for state in (totals if states is None else states))
    # Where the counters know of no such message, the page needs no statement.
    rows = [] if total == 0 else _fetch(mailing, page, states, phone)
    shown, headers = cut(request, page, rows, total=total)
    messages = shown_messages(shown, mailing_id=mailing.id)
    if with_texts:
        texts = texts_of(mailing, [message["id"] for message in messages])
        messages = [{**message, "text": texts[message["id"]]} for message in messages]
    return messages, headers


def shown_messages(messages: Iterable[MessageRow], *, mailing_id: int) -> list[dict[str, Any]]:
    """Return the JSON of messages, the same as that of :class:`MessageSerializer`, which a test compares.

    A page has up to 10,000 messages. The serializer takes 21 µs of processor time for each, this function 4.
    """
    zone = get_current_timezone()

    def shown(at: datetime) -> str:
        text = at.astimezone(zone).isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text

    return [
        {
            "id": message.id,
            "created_at": shown(message.created_at),
            "sent_at": None if message.sent_at is None else shown(message.sent_at),
            "status": message.status,
            "state": message.state,
            "attempts": message.attempts,
            "code": message.code,
            "detail": message.detail,
            "dispatch": mailing_id,
            "client": message.client,
            "phone_number": None if message.phone is None else shown_digits(message.phone),
            "delivered_at": None if message.delivered_at is None else shown(message.delivered_at),
            "gateway": message.gateway,
            "parts": message.parts,
        }
        for message in messages
    ]


def _fetch(mailing: Mailing, page: PageRequest, states: Collection[str] | None, phone: int | None) -> list[MessageRow]:
    own = own_parts(mailing)
    if phone is not None:
        if not page.first:
            return []
        return message_of_phone(mailing_id=mailing.id, phone=phone, states=states, own_parts=own)
    return page_of_messages(
        mailing_id=mailing.id, states=states, cursor=page.cursor, most=page.most, backwards=page.backwards,
        own_parts=own,
    )  # fmt: skip


def _states(request: Request) -> frozenset[str] | None:
    """Return the states of ``status`` and ``state``, which may both be repeated. None means all."""
    statuses = said_words(request, "status", MESSAGE_STATUSES)
    states = said_words(request, "state", MESSAGE_STATES)
    if not statuses and not states:
        return None
    rolled_up = frozenset(state for status in statuses for state in states_with_status(status))
    return rolled_up & states if statuses and states else rolled_up | states


def _wants_texts(request: Request) -> bool:
    """Return whether the texts are asked for.

    Raises:
        InvalidInput: The value is neither true nor false.
        PermissionDenied: A viewer asks for them.
    """
    said = said_once(request, "text", "false")
    if said not in {"true", "false"}:
        raise InvalidInput({"text": [_("Use true or false.")]})
    if said == "true" and not may_read_sent_texts(request):
        raise PermissionDenied(_("Your account may not read the texts of messages."))
    return said == "true"


def _phone(request: Request) -> int | None:
    value = said_once(request, "phone_number", said_once(request, "phone"))
    return None if value is None else phone_asked_for(value)
