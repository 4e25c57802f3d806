"""REST of gateways: connections to providers. For administrators only, since settings name accounts and addresses."""

from functools import partial
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import Administers, actor_of
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.gateway_bodies import (
    CheckSerializer,
    GatewayChangesSerializer,
    GatewaySerializer,
    KindSerializer,
    NewGatewaySerializer,
    RotationSerializer,
)
from vestnik.api.parsers import refuse_other_bodies
from vestnik.api.preconditions import IF_MATCH, as_it_was_read, tagged
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import Gateway
from vestnik.routing.check import check_gateway
from vestnik.routing.edits import create_gateway, edit_gateway, rotate_receipts_secret
from vestnik.routing.find import get_gateway, lock_gateway, show, shown_gateways
from vestnik.routing.switches import disable_gateway, enable_gateway, put_back, remove_gateway
from vestnik.routing.values import GatewayFields

NAME = OpenApiParameter(
    "name", {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$"}, OpenApiParameter.PATH, description="Its name."
)
_EXAMPLE = OpenApiExample(
    "A second gateway",
    {
        "name": "reserve",
        "kind": "probe",
        "settings": {"url": "https://gateway.example.org/v1", "token": "a-token-of-the-provider"},
        "max_rate": 50,
    },
    request_only=True,
)
_OWN_CONNECTION = OpenApiExample(
    "With certificates and a proxy of its own",
    {
        "name": "bank",
        "kind": "probe",
        "settings": {
            "url": "https://gateway.example.org/v1",
            "token": "a-token-of-the-provider",
            "ca_certificates": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
            "client_certificate": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
            "client_key": "-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n",
            "proxy": "http://proxy.example.org:3128",
            "proxy_login": "vestnik",
            "proxy_password": "a-password-at-the-proxy",
        },
    },
    request_only=True,
)


class GatewayView(APIView):
    """What all paths of gateways have in common."""

    permission_classes = (IsAuthenticated, Administers)

    def answer(self, gateway: Gateway, *, status: int = 200) -> Response:
        """Return a gateway with its tag."""
        return Response(json_of(GatewaySerializer, show(gateway)), status=status, headers=tagged(gateway))


class GatewayKindsView(GatewayView):
    """The kinds of gateways."""

    @extend_schema(
        operation_id="gateway_kinds", tags=["gateways"], summary="List the kinds of gateways",
        responses=KindSerializer(many=True),
    )  # fmt: skip
    def get(self, _request: Request) -> Response:
        """Return each provider's protocol with its settings and facts."""
        return Response(shown_as(KindSerializer, KINDS.values()))


class GatewayListView(GatewayView):
    """All gateways."""

    @extend_schema(
        operation_id="gateway_list", tags=["gateways"], summary="List gateways", responses=GatewaySerializer(many=True)
    )
    def get(self, _request: Request) -> Response:
        """Return all gateways with their present state. The first is `default`, which the environment sets."""
        return Response(shown_as(GatewaySerializer, shown_gateways()))

    @extend_schema(
        operation_id="gateway_create", tags=["gateways"], summary="Add a gateway", request=NewGatewaySerializer,
        responses={201: GatewaySerializer}, examples=[_EXAMPLE, _OWN_CONNECTION],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Add a gateway. It is disabled: check it, send a test message over it, then enable it."""
        said = read_body(NewGatewaySerializer, request.data)
        return self.answer(create_gateway(fields=GatewayFields(**said), actor=actor_of(request)), status=201)


class OneGatewayView(GatewayView):
    """One gateway."""

    @extend_schema(
        operation_id="gateway_read", tags=["gateways"], summary="One gateway", parameters=[NAME],
        responses=GatewaySerializer,
    )  # fmt: skip
    def get(self, _request: Request, name: str) -> Response:
        """Return one gateway."""
        return self.answer(get_gateway(name=name))

    @extend_schema(
        operation_id="gateway_update", tags=["gateways"], summary="Change a gateway", parameters=[NAME, IF_MATCH],
        request=GatewayChangesSerializer(partial=True), responses=GatewaySerializer,
        examples=[OpenApiExample("A lower rate", {"max_rate": 20}, request_only=True)],
    )  # fmt: skip
    def patch(self, request: Request, name: str) -> Response:
        """Change some fields. Other settings or secrets disable it until it was checked and tested again.

        While messages are in doubt at it, it gets no other account (`same_account`) and stays idempotent.
        """
        get_gateway(name=name)
        said = read_body(GatewayChangesSerializer, request.data, partial=True)
        with as_it_was_read(request, partial(lock_gateway, name=name)) as gateway:
            changed = edit_gateway(gateway=gateway, changes=said, actor=actor_of(request))
        return self.answer(changed)

    @extend_schema(
        operation_id="gateway_delete", tags=["gateways"], summary="Remove a gateway", parameters=[NAME, IF_MATCH],
        responses={204: None},
    )  # fmt: skip
    def delete(self, request: Request, name: str) -> Response:
        """Remove a gateway that is disabled, that no rule names, and that has no messages in doubt.

        Its settings and secrets are erased. Messages keep its name.
        """
        with as_it_was_read(request, partial(lock_gateway, name=name)) as gateway:
            remove_gateway(gateway=gateway, actor=actor_of(request))
        return Response(status=204)


class GatewayCheckView(GatewayView):
    """The check of a gateway."""

    @extend_schema(
        operation_id="gateway_check", tags=["gateways"], summary="Check a gateway", parameters=[NAME], request=None,
        responses=CheckSerializer,
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Connect to the provider and ask what it says about the account. Nothing is sent to a person."""
        refuse_other_bodies(request)
        found = check_gateway(gateway=get_gateway(name=name), actor=actor_of(request))
        return Response(json_of(CheckSerializer, found))


class _SwitchView(GatewayView):
    """A decision about a gateway that needs no body."""

    #: What decides.
    decide: Any

    def act(self, request: Request, name: str) -> Response:
        """Decide, and return the gateway."""
        with as_it_was_read(request, partial(lock_gateway, name=name)) as gateway:
            type(self).decide(gateway=gateway, actor=actor_of(request))
        return self.answer(gateway)


class GatewayEnableView(_SwitchView):
    """Switches a gateway on."""

    decide = staticmethod(enable_gateway)

    @extend_schema(
        operation_id="gateway_enable", tags=["gateways"], summary="Enable a gateway", parameters=[NAME, IF_MATCH],
        request=None, responses=GatewaySerializer,
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Let messages go over it, once a check and a test message have succeeded with its settings."""
        return self.act(request, name)


class GatewayDisableView(_SwitchView):
    """Switches a gateway off."""

    decide = staticmethod(disable_gateway)

    @extend_schema(
        operation_id="gateway_disable", tags=["gateways"], summary="Disable a gateway", parameters=[NAME, IF_MATCH],
        request=None, responses=GatewaySerializer,
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Let no more messages go over it. Messages on their way still get their outcome."""
        return self.act(request, name)


class GatewayPutBackView(_SwitchView):
    """Puts a gateway back into use."""

    decide = staticmethod(put_back)

    @extend_schema(
        operation_id="gateway_put_back", tags=["gateways"], summary="Put a gateway back", parameters=[NAME, IF_MATCH],
        request=None, responses=GatewaySerializer,
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Put a suspended gateway back into use, once the reason is fixed."""
        return self.act(request, name)


class GatewayRotateView(GatewayView):
    """The secret in a gateway's address for receipts."""

    @extend_schema(
        operation_id="gateway_rotate_receipts", tags=["gateways"], summary="Change the address for receipts",
        parameters=[NAME, IF_MATCH], request=RotationSerializer, responses=GatewaySerializer,
        examples=[OpenApiExample("Both addresses count for a day", {"at_once": False}, request_only=True)],
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Give the address for receipts another secret. The earlier address counts for a day, unless `at_once` is true.

        Enter the new `receipts_url` at the provider meanwhile. Where the address goes out with each message (the
        setting `callback_url` of `twilio`), that setting is changed, too. An address there that is not Vestnik's stays,
        and `warnings` names it.
        """
        get_gateway(name=name)
        said = read_body(RotationSerializer, request.data)
        with as_it_was_read(request, partial(lock_gateway, name=name)) as gateway:
            at_once = said.get("at_once", False)
            rotate_receipts_secret(gateway=gateway, at_once=at_once, actor=actor_of(request))
        return self.answer(gateway)
