"""REST of routes: the ordered rules that say which gateways messages go over. For administrators only."""

from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import Administers, actor_of
from vestnik.api.bodies import json_of, read_body
from vestnik.api.fields import CleanTextField, OperatorCodeField, TextField, phone_asked_for
from vestnik.api.preconditions import IF_MATCH, as_it_was_read, tagged
from vestnik.api.query import said_once
from vestnik.errors import InvalidInput
from vestnik.models import Route
from vestnik.routing.preview import Listed, Preview, Share, list_rules, preview, rule_of
from vestnik.routing.routes import (
    MAX_NAME,
    MAX_WEIGHT,
    RouteFields,
    create_route,
    edit_route,
    fields_of,
    get_route,
    lock_route,
    remove_route,
)
from vestnik.web.ids import id_of


class WeightSerializer(serializers.Serializer[Any]):
    """A gateway of a rule, with its weight among the others."""

    gateway = TextField(max_length=40)
    weight = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MAX_WEIGHT)


class RouteBodySerializer(serializers.Serializer[Any]):
    """A rule as it is entered."""

    name = CleanTextField(required=False, allow_blank=True, max_length=MAX_NAME)
    operator_codes = serializers.ListField(
        child=OperatorCodeField(), required=False, allow_null=True, min_length=1, max_length=1_000,
        help_text="Only clients with these codes. Absent or null: all.",
    )  # fmt: skip
    mailing = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**63 - 1,
        help_text="Only messages of this mailing. Absent or null: of all.",
    )  # fmt: skip
    gateways = serializers.ListField(child=WeightSerializer(), min_length=1, max_length=50)
    fallbacks = serializers.ListField(
        child=TextField(max_length=40), required=False, max_length=50,
        help_text="Used in this order when none of the gateways can take messages.",
    )  # fmt: skip
    place = serializers.IntegerField(
        required=False, min_value=1, max_value=10_000, help_text="In the list, from 1 on. Absent: as it is, or last."
    )


class RoutingRuleSerializer(serializers.Serializer[Listed]):
    """A rule: messages that it matches go over its gateways."""

    id = serializers.IntegerField(source="route.id")
    place = serializers.IntegerField(help_text="In the list, from 1 on. The first rule that matches applies.")
    name = serializers.CharField(source="route.name")
    operator_codes = serializers.ListField(child=OperatorCodeField(), source="route.operator_codes", allow_null=True)
    mailing = serializers.IntegerField(source="route.mailing_id", allow_null=True)
    gateways = WeightSerializer(many=True)
    fallbacks = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField(source="route.created_at")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What is wrong, for people.")


class RoutesSerializer(serializers.Serializer[Any]):
    """All rules in their order."""

    routes = RoutingRuleSerializer(many=True)
    others = serializers.CharField(help_text="The gateway of messages that no rule matches.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What is wrong, for people.")


class ShareSerializer(serializers.Serializer[Share]):
    """A gateway of a rule, and its share."""

    gateway = serializers.CharField()
    weight = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of the rule's messages, now: 0 to 1.")
    takes_messages = serializers.BooleanField(help_text="It is enabled, answers, and is not suspended.")


class RoutePreviewSerializer(serializers.Serializer[Preview]):
    """Where a message to a number would go."""

    operator_code = OperatorCodeField()
    in_directory = serializers.BooleanField(help_text="The code is that of the client; else of the number itself.")
    route = serializers.IntegerField(
        source="route.id", allow_null=True, default=None, help_text="Null: no rule matches."
    )
    gateways = ShareSerializer(many=True, source="shares")
    fallbacks = ShareSerializer(many=True)
    words = serializers.CharField(help_text="All of it as one sentence.")


_EXAMPLE = OpenApiExample(
    "Everything over two gateways",
    {
        "name": "Both",
        "gateways": [{"gateway": "reserve", "weight": 70}, {"gateway": "default", "weight": 30}],
        "fallbacks": [],
    },
    request_only=True,
)


class _RoutesView(APIView):
    """What all paths of routes have in common."""

    permission_classes = (IsAuthenticated, Administers)

    def answer(self, route: Route, *, status: int = 200) -> Response:
        """Return a rule with its tag."""
        return Response(json_of(RoutingRuleSerializer, rule_of(route)), status=status, headers=tagged(route))


class RouteListView(_RoutesView):
    """All rules."""

    @extend_schema(operation_id="route_list", tags=["gateways"], summary="List the rules", responses=RoutesSerializer)
    def get(self, _request: Request) -> Response:
        """Return all rules in their order, and what is wrong with the list."""
        return Response(json_of(RoutesSerializer, list_rules()))

    @extend_schema(
        operation_id="route_create", tags=["gateways"], summary="Add a rule", request=RouteBodySerializer,
        responses={201: RoutingRuleSerializer}, examples=[_EXAMPLE],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Add a rule. One that could never match is refused; `warnings` say what is wrong with its gateways."""
        said = read_body(RouteBodySerializer, request.data)
        return self.answer(create_route(fields=_fields(said), actor=actor_of(request)), status=201)


class RouteView(_RoutesView):
    """One rule."""

    @extend_schema(operation_id="route_read", tags=["gateways"], summary="One rule", responses=RoutingRuleSerializer)
    def get(self, _request: Request, pk: int) -> Response:
        """Return one rule."""
        return self.answer(get_route(route_id=pk))

    @extend_schema(
        operation_id="route_update", tags=["gateways"], summary="Change or move a rule", parameters=[IF_MATCH],
        request=RouteBodySerializer(partial=True), responses=RoutingRuleSerializer,
        examples=[OpenApiExample("To the top", {"place": 1}, request_only=True)],
    )  # fmt: skip
    def patch(self, request: Request, pk: int) -> Response:
        """Change some fields; `place` moves it. Messages that are queued by it follow it."""
        get_route(route_id=pk)
        said = read_body(RouteBodySerializer, request.data, partial=True)
        with as_it_was_read(request, partial(lock_route, route_id=pk)) as route:
            changed = edit_route(route=route, fields=_fields(said, fields_of(route)), actor=actor_of(request))
        return self.answer(changed)

    @extend_schema(
        operation_id="route_delete", tags=["gateways"], summary="Remove a rule", parameters=[IF_MATCH],
        responses={204: None},
    )  # fmt: skip
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a rule. Messages queued under it use the remaining rules."""
        with as_it_was_read(request, partial(lock_route, route_id=pk)) as route:
            remove_route(route=route, actor=actor_of(request))
        return Response(status=204)


class RoutePreviewView(_RoutesView):
    """What the rules mean for one number."""

    @extend_schema(
        operation_id="route_preview", tags=["gateways"], summary="Where a number would go",
        parameters=[
            OpenApiParameter(
                "phone_number", {"type": "string", "pattern": "^7[0-9]{10}$"}, required=True,
                description="The whole number.",
            ),
            OpenApiParameter(
                "mailing", {"type": "integer", "minimum": 1}, description="Also by the rules of this mailing."
            ),
        ],
        responses=RoutePreviewSerializer,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Return the rule and the gateways that a message to this number would go over now."""
        phone = phone_asked_for(said_once(request, "phone_number", "") or "")
        asked = said_once(request, "mailing")
        mailing = None if asked is None else id_of(asked)
        if asked is not None and mailing is None:
            raise InvalidInput({"mailing": [_("Give the id of a mailing.")]})
        return Response(json_of(RoutePreviewSerializer, preview(phone=phone, mailing=mailing)))


def _fields(said: dict[str, Any], before: RouteFields | None = None) -> RouteFields:
    """Return the fields of a body. Missing ones are taken from the rule as it was."""
    given = dict(said)
    if "gateways" in given:
        given["gateways"] = [(each["gateway"], each["weight"]) for each in given["gateways"]]
    if before is None:
        return RouteFields(**given)
    names = ("name", "operator_codes", "mailing", "gateways", "fallbacks")
    return RouteFields(**{**{name: getattr(before, name) for name in names}, **given})
