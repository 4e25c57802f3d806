"""REST of test messages over a gateway: one is sent, or the request that it would be is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from vestnik.api.account import actor_of
from vestnik.api.bodies import json_of, read_body
from vestnik.api.gateway_bodies import DryRunSerializer, TestMessageSerializer, TestResultSerializer
from vestnik.api.gateways import NAME, GatewayView
from vestnik.dispatch.trial import send_trial
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import Personal
from vestnik.mailings.personal import text_for_client
from vestnik.models import OnMissing
from vestnik.routing.check import request_to
from vestnik.routing.find import get_gateway
from vestnik.texts.formats import LOCALES

_TEST_MESSAGE = [
    OpenApiExample(
        "A test message", {"phone_number": "79111234567", "text": "Vestnik: a test message."}, request_only=True
    )
]
#: Names of fields here, by those of services.
_NAMES = {"phone": "phone_number", "message_text": "text"}


def _text_of(said: dict[str, Any]) -> str:
    """Return the text of a test message: as it is, or as a client would get it.

    Raises:
        InvalidInput: The text is wrong, there is no such client, or it lacks a value.
    """
    if said.get("client") is None:
        return str(said["text"])
    personal = Personal(on_missing=OnMissing.SKIP, locale=said.get("locale") or LOCALES[0])
    return text_for_client(text=said["text"], personal=personal, client=said["client"])


@contextmanager
def _test_message(request: Request) -> Iterator[dict[str, Any]]:
    """Read the body of a test message, and give its ``phone`` and ``text`` to the service that sends or shows it.

    Raises:
        InvalidInput: The body is wrong, or the service says so; by the names that the body has.
    """
    said = read_body(TestMessageSerializer, request.data)
    try:
        yield {"phone": said["phone_number"], "text": _text_of(said)}
    except InvalidInput as error:
        raise InvalidInput({_NAMES.get(name, name): texts for name, texts in error.fields.items()}) from error


class GatewayTestView(GatewayView):
    """A test message over a gateway."""

    @extend_schema(
        operation_id="gateway_test", tags=["gateways"], summary="Send a test message", parameters=[NAME],
        request=TestMessageSerializer, responses=TestResultSerializer, examples=_TEST_MESSAGE,
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Send one message to one number now, outside any mailing. At most 60 an hour.

        With `client` the text is a personal one, sent to the number as that client would get it.
        """
        gateway = get_gateway(name=name)
        with _test_message(request) as message:
            trial = send_trial(gateway=gateway, **message, actor=actor_of(request))
        return Response(json_of(TestResultSerializer, trial))


class GatewayDryRunView(GatewayView):
    """The request that a message would be."""

    @extend_schema(
        operation_id="gateway_dry_run", tags=["gateways"], summary="Show the request of a message", parameters=[NAME],
        request=TestMessageSerializer, responses=DryRunSerializer, examples=_TEST_MESSAGE,
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Return the whole HTTP request that this message would be, with secrets masked. Nothing is sent.

        What a test message refuses is refused here, too, and with `client` the text is as that client would get it.
        """
        gateway = get_gateway(name=name)
        with _test_message(request) as message:
            written = request_to(gateway, **message)
        return Response({"request": written})
