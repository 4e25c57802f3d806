"""REST of single messages: accept one or many, and say what became of one."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.accounts.tries import Taken, take_or_refuse
from vestnik.api.account import account_of, may_read_sent_texts
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.examples import MESSAGE_EXAMPLES
from vestnik.api.fields import (
    FlagField,
    InstantField,
    PhoneField,
    ShownPhoneField,
    ShownTextField,
    TextField,
    VisibleTextField,
)
from vestnik.api.message_answers import answer_alone, answer_counted, limit_of, refuse
from vestnik.api.personal_body import LOCALE_HELP, WordField
from vestnik.api.preconditions import IDEMPOTENCY_KEY, idempotency_key
from vestnik.audience.direct import MAX_MESSAGES, Accepted, SingleMessage, accept, end_of
from vestnik.audience.direct_group import SingleCall, accept_group
from vestnik.db.clock import database_now
from vestnik.db.group_commit import GroupCommit
from vestnik.errors import InvalidInput, TooManyTries
from vestnik.mailings.fields import LONGEST_NAME, LONGEST_TEXT
from vestnik.mailings.once import Claim, digest_of
from vestnik.mailings.personal import text_of_values
from vestnik.models import MESSAGE_STATES
from vestnik.routing.text_limits import refuse_long_text
from vestnik.statistics.single import SingleView, single_message
from vestnik.texts.formats import LOCALES

#: Values of one message: as many as a client has attributes.
MAX_PLACEHOLDER_VALUES = 50


@extend_schema_field(
    {
        "title": "MessageValues",
        "type": "object",
        "maxProperties": MAX_PLACEHOLDER_VALUES,
        # A choice of types in a map is more than the generators of clients can read.
        "additionalProperties": True,
        "description": "What the placeholders of a personal text stand for, by name: texts, numbers or null. "
        "Dates as `2026-12-31`. The phone number is known.",
        "example": {"first_name": "Anna", "balance": 1500.5},
    }
)
class ValuesField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """Values of placeholders: texts, numbers or null, by name."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Validate the values.

        Raises:
            ValidationError: They are no object of texts and numbers, or too many.
        """
        if not isinstance(data, dict) or len(data) > MAX_PLACEHOLDER_VALUES:
            raise serializers.ValidationError(
                _("Give an object of at most %(most)d values.") % {"most": MAX_PLACEHOLDER_VALUES}
            )
        wrong = [
            name
            for name, value in data.items()
            if isinstance(value, bool) or not isinstance(value, str | int | float | None)
        ]
        if wrong:
            names = ", ".join(str(name)[:64] for name in wrong)
            raise serializers.ValidationError(_("Give a text or a number: %(names)s.") % {"names": names})
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the values unchanged."""
        return value


class NewMessageSerializer(serializers.Serializer[Any]):
    """A single message to be sent."""

    phone_number = PhoneField()
    text = VisibleTextField(min_length=1, max_length=LONGEST_TEXT)
    end_time = InstantField(
        required=False, help_text="It is not sent from then on: 24 hours ahead when absent, 7 days at most."
    )
    reference = TextField(
        required=False, allow_blank=True, max_length=LONGEST_NAME, help_text="Your own name for it, kept as it is."
    )
    personal = FlagField(
        required=False, help_text="The text has placeholders. Absent or false: it goes out to the letter."
    )
    values = ValuesField(required=False)
    locale = WordField(choices=LOCALES, help_text=LOCALE_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Make the text of a personal message.

        Raises:
            ValidationError: A value is missing, the text is wrong, or values are given for a text that has none.
        """
        if not attrs.get("personal"):
            given = [name for name in ("values", "locale") if attrs.get(name) is not None]
            if given:
                raise serializers.ValidationError({name: [_("Only a personal text has this.")] for name in given})
            return attrs
        values = {"phone_number": str(attrs["phone_number"]), **attrs.get("values", {})}
        try:
            text = text_of_values(text=attrs["text"], locale=attrs.get("locale") or LOCALES[0], values=values)
        except InvalidInput as error:
            raise serializers.ValidationError({name: list(texts) for name, texts in error.fields.items()}) from error
        return {**attrs, "text": text}


class AcceptedSerializer(serializers.Serializer[Accepted]):
    """The answer to an accepted message. The state is `cancelled` if the phone is on the stop list."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=("queued", "cancelled"))
    code = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    end_time = serializers.DateTimeField(source="end")


class SingleMessageSerializer(serializers.Serializer[SingleView]):
    """A single message. Its text and phone number are null when they were erased. Viewers read no text."""

    id = serializers.IntegerField(source="message.id")
    phone_number = ShownPhoneField(source="message.phone", allow_null=True)
    text = ShownTextField(
        allow_null=True, help_text="Operators and administrators read it. Null for viewers, and when it was erased."
    )
    reference = ShownTextField(allow_null=True)
    state = serializers.ChoiceField(choices=MESSAGE_STATES, source="message.state")
    code = serializers.CharField(source="message.code", allow_null=True)
    detail = serializers.CharField(source="message.detail", allow_null=True)
    attempts = serializers.IntegerField(source="message.attempts")
    created_at = serializers.DateTimeField(source="message.created_at")
    sent_at = serializers.DateTimeField(source="message.sent_at", allow_null=True)
    end_time = serializers.DateTimeField(source="end")
    delivered_at = serializers.DateTimeField(
        source="message.delivered_at", allow_null=True, help_text="When the provider says that it was delivered."
    )
    gateway = serializers.CharField(source="message.gateway", allow_null=True)
    parts = serializers.IntegerField(source="message.parts", help_text="SMS parts of its text.")
    mailing = serializers.IntegerField()


def _read_many(bodies: list[Any]) -> list[dict[str, Any]]:
    """Return the validated elements of an array.

    Raises:
        InvalidInput: There are none, or too many.
        ValidationError: Elements are not valid: the errors of each, by its number.
    """
    if not 1 <= len(bodies) <= MAX_MESSAGES:
        raise InvalidInput({"non_field_errors": [_("Give 1 to %(most)d messages.") % {"most": MAX_MESSAGES}]})
    said, wrong = [], {}
    for number, body in enumerate(bodies):
        try:
            said.append(read_body(NewMessageSerializer, body))
        except serializers.ValidationError as error:
            wrong[str(number)] = error.detail
    if wrong:
        raise serializers.ValidationError(wrong)
    return said


def _messages(said: list[dict[str, Any]], now: datetime, *, single: bool) -> list[SingleMessage]:
    """What is to be accepted.

    Raises:
        ValidationError: an end or a text is wrong: the errors of each element, by its number.
    """
    messages, wrong = [], {}
    for number, each in enumerate(said):
        try:
            end = end_of(each.get("end_time"), now)
            refuse_long_text(phone=each["phone_number"], text=each["text"])
        except InvalidInput as error:
            wrong[str(number)] = {name: list(texts) for name, texts in error.fields.items()}
            continue
        messages.append(
            SingleMessage(
                phone=each["phone_number"], text=each["text"], end=end, reference=each.get("reference") or None
            )
        )
    if wrong:
        raise serializers.ValidationError(wrong["0"] if single else wrong)
    return messages


class MessageListView(APIView):
    """Accepts single messages."""

    @extend_schema(
        operation_id="message_create",
        tags=["messages"],
        summary="Send a single message",
        request=NewMessageSerializer,
        responses={201: AcceptedSerializer},
        examples=MESSAGE_EXAMPLES,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        """Send one message at once, before all messages of mailings.

        The answer is 409 if the phone is on the stop list.

        An array of 1 to 1,000 such objects is accepted, too, all or none. The answer is then an array in the same
        order, in which a message to a phone on the stop list is `cancelled`. Errors name the elements by their numbers,
        from 0.

        The limit of a minute counts messages that were accepted. What is refused or repeated counts for nothing.
        """
        body: Any = request.data
        said = _read_many(body) if isinstance(body, list) else [read_body(NewMessageSerializer, body)]
        key = idempotency_key(request)
        limit, bucket = limit_of(request)
        if isinstance(body, list):
            return _answer_many(request, said, key)
        (one,) = said
        handled = _group.run(
            SingleCall(
                phone=one["phone_number"], text=one["text"], end=one.get("end_time"),
                reference=one.get("reference") or None, limit=limit, bucket=bucket,
                claim=None if key is None else Claim(account_of(request).id, key, digest_of(body)),
            )
        )  # fmt: skip
        if handled.accepted is None:
            return _answer_one(request, said, key, handled.counted)
        return Response(_shown(handled.accepted), status=201)


def _shown(accepted: Accepted) -> dict[str, Any]:
    (body,) = shown_as(AcceptedSerializer, [accepted])
    return body


#: Single messages of requests that come at the same moment, of this process.
_group = GroupCommit(partial(accept_group, shown=lambda accepted: {"body": _shown(accepted)}))


def _answer_many(request: Request, said: list[dict[str, Any]], key: str | None) -> Response:
    """Answer an array.

    One with a wrong element is not counted. It may still be a repetition, of which an end has passed since.
    """
    now = database_now()
    try:
        messages = _messages(said, now, single=False)
    except serializers.ValidationError as error:
        return answer_alone(request, key, partial(refuse, error))
    limit, bucket = limit_of(request)

    def make() -> dict[str, Any]:
        return {"body": shown_as(AcceptedSerializer, accept(messages, now=now, refuse_stopped=False))}

    return answer_counted(request, key, make, take_or_refuse(limit, bucket, some=len(said)))


def _answer_one(
    request: Request, said: list[dict[str, Any]], key: str | None, counted: Taken | TooManyTries
) -> Response:
    """Answer a request for one message that shares no transaction with others."""

    def make() -> dict[str, Any]:
        now = database_now()
        (accepted,) = accept(_messages(said, now, single=True), now=now, refuse_stopped=True)
        return {"body": _shown(accepted)}

    return answer_counted(request, key, make, counted)


class MessageView(APIView):
    """One single message."""

    @extend_schema(
        operation_id="message_read",
        tags=["messages"],
        summary="One single message",
        responses=SingleMessageSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return a single message and what became of it."""
        found = single_message(message_id=pk)
        shown = found if may_read_sent_texts(request) else replace(found, text=None)
        return Response(json_of(SingleMessageSerializer, shown))
