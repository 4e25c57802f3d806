"""REST of webhooks: where events are delivered to. For administrators only: addresses may hold tokens."""

from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import Administers, actor_of
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.fields import INSTANT_SCHEMA, instant_asked_for
from vestnik.api.pages import PAGE_PARAMETERS, cut, fetch_page, page_request
from vestnik.api.parsers import refuse_other_bodies
from vestnik.api.preconditions import IF_MATCH, as_it_was_read, tagged
from vestnik.api.query import refuse_mistaken_names, said_once
from vestnik.api.webhook_bodies import (
    AttemptSerializer,
    NewWebhookSerializer,
    ReplaySerializer,
    WebhookChangesSerializer,
    WebhookSerializer,
    WebhookWithSecretSerializer,
)
from vestnik.db.pages import PageRequest
from vestnik.errors import InvalidInput
from vestnik.models import WebhookEndpoint
from vestnik.webhooks.endpoints import (
    create_endpoint,
    edit_endpoint,
    find_attempts,
    find_endpoints,
    get_endpoint,
    lock_endpoint,
    remove_endpoint,
    replay,
    rotate_secret,
)
from vestnik.webhooks.trial import send_test

_EXAMPLE = OpenApiExample(
    "What happens to mailings",
    {"url": "https://example.org/vestnik", "event_types": ["mailing.started", "mailing.finished"]},
    request_only=True,
)
_FROM = OpenApiParameter("from", INSTANT_SCHEMA, required=True, description="Events of this time and later.")
_TO = OpenApiParameter("to", INSTANT_SCHEMA, required=True, description="Events before this time.")


class WebhookView(APIView):
    """What all paths of webhooks have in common."""

    permission_classes = (IsAuthenticated, Administers)

    def answer(self, row: WebhookEndpoint, *, status: int = 200, secret: str | None = None) -> Response:
        """Return an endpoint with its tag, and with a secret that was just made."""
        shown = json_of(WebhookSerializer, row)
        return Response(shown if secret is None else {**shown, "secret": secret}, status=status, headers=tagged(row))


class WebhookListView(WebhookView):
    """All endpoints."""

    @extend_schema(
        operation_id="webhook_list", tags=["webhooks"], summary="List webhooks",
        responses=WebhookSerializer(many=True),
    )  # fmt: skip
    def get(self, _request: Request) -> Response:
        """Return all endpoints, the oldest first, without their secrets."""
        return Response(shown_as(WebhookSerializer, find_endpoints()))

    @extend_schema(
        operation_id="webhook_create", tags=["webhooks"], summary="Add a webhook", request=NewWebhookSerializer,
        responses={201: WebhookWithSecretSerializer}, examples=[_EXAMPLE],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Add an endpoint. Only this answer contains its secret. Send a test event next."""
        said = {"description": "", **read_body(NewWebhookSerializer, request.data)}
        row, secret = create_endpoint(**said, actor=actor_of(request))
        return self.answer(row, status=201, secret=secret)


class OneWebhookView(WebhookView):
    """One endpoint."""

    @extend_schema(operation_id="webhook_read", tags=["webhooks"], summary="One webhook", responses=WebhookSerializer)
    def get(self, _request: Request, pk: int) -> Response:
        """Return one endpoint."""
        return self.answer(get_endpoint(endpoint_id=pk))

    @extend_schema(
        operation_id="webhook_update", tags=["webhooks"], summary="Change a webhook", parameters=[IF_MATCH],
        request=WebhookChangesSerializer(partial=True), responses=WebhookSerializer,
        examples=[OpenApiExample("Switched off", {"enabled": False}, request_only=True)],
    )  # fmt: skip
    def patch(self, request: Request, pk: int) -> Response:
        """Change some fields, or switch it off and on."""
        get_endpoint(endpoint_id=pk)
        said = read_body(WebhookChangesSerializer, request.data, partial=True)
        with as_it_was_read(request, partial(lock_endpoint, endpoint_id=pk)) as row:
            edit_endpoint(endpoint=row, changes=said, actor=actor_of(request))
        return self.answer(get_endpoint(endpoint_id=pk))

    @extend_schema(
        operation_id="webhook_delete", tags=["webhooks"], summary="Remove a webhook", parameters=[IF_MATCH],
        responses={204: None},
    )  # fmt: skip
    def delete(self, request: Request, pk: int) -> Response:
        """Remove an endpoint, its list of attempts, and what waits for it."""
        with as_it_was_read(request, partial(lock_endpoint, endpoint_id=pk)) as row:
            remove_endpoint(endpoint=row, actor=actor_of(request))
        return Response(status=204)


class WebhookRotateView(WebhookView):
    """Another secret."""

    @extend_schema(
        operation_id="webhook_rotate", tags=["webhooks"], summary="Rotate the secret", parameters=[IF_MATCH],
        request=None, responses=WebhookWithSecretSerializer,
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        """Create a new secret, which only this answer contains. For a day events are signed with the old one, too."""
        with as_it_was_read(request, partial(lock_endpoint, endpoint_id=pk)) as row:
            secret = rotate_secret(endpoint=row, actor=actor_of(request))
        return self.answer(get_endpoint(endpoint_id=pk), secret=secret)


class WebhookTestView(WebhookView):
    """A test event."""

    @extend_schema(
        operation_id="webhook_test", tags=["webhooks"], summary="Send a test event", request=None,
        responses=AttemptSerializer,
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        """Post a `webhook.test` event now, and return what came of it. At most 60 an hour."""
        refuse_other_bodies(request)
        return Response(
            json_of(AttemptSerializer, send_test(endpoint=get_endpoint(endpoint_id=pk), actor=actor_of(request)))
        )


class WebhookAttemptsView(WebhookView):
    """What was tried."""

    @extend_schema(
        operation_id="webhook_attempts", tags=["webhooks"], summary="The last attempts", parameters=PAGE_PARAMETERS,
        responses=AttemptSerializer(many=True),
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        """Return a page of the last attempts, the newest first. About 200 are kept."""
        endpoint = get_endpoint(endpoint_id=pk)
        asked = page_request(request)
        page = PageRequest(asked.size, asked.cursor, backwards=asked.backwards, first=asked.first, descending=True)
        shown, headers = cut(request, page, fetch_page(find_attempts(endpoint=endpoint), page))
        return Response(shown_as(AttemptSerializer, shown), headers=headers)


class WebhookReplayView(WebhookView):
    """Events once more."""

    @extend_schema(
        operation_id="webhook_replay", tags=["webhooks"], summary="Deliver events again",
        parameters=[_FROM, _TO, IF_MATCH], request=None, responses=ReplaySerializer,
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        """Deliver the events of a period again, each with its old `webhook-id`. Events are kept for a week."""
        refuse_mistaken_names(request, {"from", "to"})
        first, last = (_instant(request, name) for name in ("from", "to"))
        with as_it_was_read(request, partial(lock_endpoint, endpoint_id=pk)) as row:
            found = replay(endpoint=row, first=first, last=last, actor=actor_of(request))
        return Response(json_of(ReplaySerializer, {"events": found}))


def _instant(request: Request, name: str) -> datetime:
    instant = instant_asked_for(name, said_once(request, name))
    if instant is None:
        raise InvalidInput({name: [_("Give a date and time with an offset, such as 2030-01-31T12:00:00+03:00.")]})
    return instant
