"""REST of mailings, and of the actions on one: pause, resume, cancel, and decide about unknown messages."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import account_of, actor_of
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.earlier_body import EARLIER_KEY
from vestnik.api.examples import MAILING_EXAMPLES, MAILING_PATCH_EXAMPLES
from vestnik.api.mailing_body import SEGMENT_KEY, MailingSerializer
from vestnik.api.mailing_filter import MAILING_FILTER_NAMES, MAILING_PARAMETERS, chosen_mailings
from vestnik.api.pages import cut, fetch_page, page_request
from vestnik.api.personal_body import read_personal_keys
from vestnik.api.preconditions import IDEMPOTENCY_KEY, IF_MATCH, as_it_was_read, idempotency_key, tagged
from vestnik.clients.segments.conditions import SegmentCopy
from vestnik.clients.segments.store import copied_segment
from vestnik.db.clock import database_now
from vestnik.mailings import actions
from vestnik.mailings.create import create_mailing
from vestnik.mailings.edit import edit_mailing
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.find import get_mailing, lock_mailing
from vestnik.mailings.once import once
from vestnik.mailings.unknown import Decided, leave_unknown, resend_unknown
from vestnik.models import Mailing, MailingState

_DECISIONS = {"resend": resend_unknown, "leave": leave_unknown}
#: The possible decisions.
DECISIONS = sorted(_DECISIONS)


def mailing_fields(data: dict[str, Any], start_time: datetime) -> MailingFields:
    """Return the fields of a validated body. A mailing without a start begins at ``start_time``.

    Raises:
        InvalidInput: There is no such segment, or keys of a personal text do not go together.
    """
    return MailingFields(
        name=data.get("name", ""),
        message_text=data["message_text"],
        filter_tags=data["filter"]["tag"],
        filter_codes=data["filter"]["operator_code"],
        start_time=data.get("start_time") or start_time,
        end_time=data["end_time"],
        send_window=data.get("send_window"),
        earlier=data["filter"][EARLIER_KEY],
        personal=read_personal_keys(data),
        segment=_segment(data),
    )


def _change(data: dict[str, Any]) -> Callable[[MailingFields], MailingFields]:
    """Return a function that applies a body to the fields of a mailing. Missing fields stay as they are."""

    def change(before: MailingFields) -> MailingFields:
        present = {"tag": before.filter_tags, "operator_code": before.filter_codes, EARLIER_KEY: before.earlier}
        chosen = data.get("filter", present)
        return MailingFields(
            name=data.get("name", before.name),
            message_text=data.get("message_text", before.message_text),
            filter_tags=chosen["tag"],
            filter_codes=chosen["operator_code"],
            start_time=data.get("start_time", before.start_time),
            end_time=data.get("end_time", before.end_time),
            send_window=data.get("send_window", before.send_window),
            earlier=chosen[EARLIER_KEY],
            personal=read_personal_keys(data, before.personal),
            segment=_segment(data, before.segment),
        )

    return change


def _segment(data: dict[str, Any], before: SegmentCopy | None = None) -> SegmentCopy | None:
    """Return a copy of the segment that a filter names, as it is now. Without a filter, the copy of before stays."""
    if "filter" not in data:
        return before
    segment_id = data["filter"][SEGMENT_KEY]
    return None if segment_id is None else copied_segment(segment_id, before=before)


def _as_it_was_read(request: Request, mailing_id: int) -> AbstractContextManager[Mailing]:
    return as_it_was_read(request, partial(lock_mailing, mailing_id=mailing_id))


def _shown(mailing: Mailing, status: int = 200) -> Response:
    return Response(json_of(MailingSerializer, mailing), status=status, headers=tagged(mailing))


def _created(answer: dict[str, Any], is_repetition: bool = False) -> Response:
    headers = {**answer["headers"], **({"Idempotency-Replayed": "true"} if is_repetition else {})}
    return Response(answer["body"], status=201, headers=headers)


class MailingListView(APIView):
    """All mailings."""

    @extend_schema(
        operation_id="mailing_list",
        tags=["mailings"],
        summary="List mailings",
        parameters=MAILING_PARAMETERS,
        responses=MailingSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return one page of mailings, in ascending order of id."""
        page = page_request(request, orderable=True, filters=MAILING_FILTER_NAMES)
        shown, headers = cut(request, page, fetch_page(chosen_mailings(request), page))
        return Response(shown_as(MailingSerializer, shown), headers=headers)

    @extend_schema(
        operation_id="mailing_create",
        tags=["mailings"],
        summary="Create a mailing",
        request=MailingSerializer,
        responses={201: MailingSerializer},
        examples=MAILING_EXAMPLES,
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        """Create a mailing. It starts by itself at its start time, or now if there is none."""
        said = read_body(MailingSerializer, request.data)

        def make() -> dict[str, Any]:
            now = database_now()
            fields = mailing_fields(said, now)
            mailing = create_mailing(fields=fields, actor=actor_of(request), now=now)
            return {"body": json_of(MailingSerializer, mailing), "headers": tagged(mailing)}

        key = idempotency_key(request)
        if key is None:
            return _created(make())
        return _created(*once(user=account_of(request), key=key, body=request.data, make=make))


class MailingView(APIView):
    """One mailing."""

    @extend_schema(operation_id="mailing_read", tags=["mailings"], summary="One mailing", responses=MailingSerializer)
    def get(self, _request: Request, pk: int) -> Response:
        """Return one mailing."""
        return _shown(get_mailing(mailing_id=pk))

    @extend_schema(
        operation_id="mailing_replace",
        parameters=[IF_MATCH],
        tags=["mailings"],
        summary="Replace a mailing",
        request=MailingSerializer,
        responses=MailingSerializer,
        examples=MAILING_EXAMPLES,
    )
    def put(self, request: Request, pk: int) -> Response:
        """Change any field before the start, and only `end_time` afterwards.

        The answer is 409 if the state does not allow it.
        """
        return self._edit(request, pk, some=False)

    @extend_schema(
        operation_id="mailing_update",
        parameters=[IF_MATCH],
        tags=["mailings"],
        summary="Change some fields of a mailing",
        request=MailingSerializer(partial=True),
        responses=MailingSerializer,
        examples=MAILING_PATCH_EXAMPLES,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change any field before the start, and only `end_time` afterwards.

        The answer is 409 if the state does not allow it.
        """
        return self._edit(request, pk, some=True)

    @extend_schema(
        operation_id="mailing_delete",
        tags=["mailings"],
        summary="Delete a mailing",
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Cancel the mailing if it is not over, and hide it."""
        with _as_it_was_read(request, pk):
            actions.delete(mailing_id=pk, actor=actor_of(request))
        return Response(status=204)

    def _edit(self, request: Request, pk: int, *, some: bool) -> Response:
        get_mailing(mailing_id=pk)
        said = read_body(MailingSerializer, request.data, partial=some)
        with _as_it_was_read(request, pk):
            mailing = edit_mailing(mailing_id=pk, change=_change(said), actor=actor_of(request))
        return _shown(mailing)


class PauseView(APIView):
    """Pauses a mailing."""

    @extend_schema(
        operation_id="mailing_pause",
        tags=["mailings"],
        summary="Pause",
        parameters=[IF_MATCH],
        request=None,
        responses=MailingSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Stop sending. The mailing can be resumed. The answer is 409 if it does not run."""
        with _as_it_was_read(request, pk):
            mailing = actions.pause(mailing_id=pk, actor=actor_of(request))
        return _shown(mailing)


class ResumeView(APIView):
    """Resumes a mailing."""

    @extend_schema(
        operation_id="mailing_resume",
        tags=["mailings"],
        summary="Resume",
        parameters=[IF_MATCH],
        request=None,
        responses=MailingSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Continue a paused mailing. The answer is 409 if it is not paused."""
        with _as_it_was_read(request, pk):
            mailing = actions.resume(mailing_id=pk, actor=actor_of(request))
        return _shown(mailing)


class CancelView(APIView):
    """Cancels a mailing."""

    @extend_schema(
        operation_id="mailing_cancel",
        tags=["mailings"],
        summary="Cancel",
        parameters=[IF_MATCH],
        request=None,
        responses=MailingSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Stop for good. Queued messages are never sent. The answer is 409 if the mailing is over."""
        with _as_it_was_read(request, pk):
            mailing = actions.cancel(mailing_id=pk, actor=actor_of(request))
        return _shown(mailing)


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
