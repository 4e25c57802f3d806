"""REST for monitoring: liveness, readiness, and metrics for Prometheus."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from vestnik.api.auth import OpenView
from vestnik.health import UNKNOWN, facts
from vestnik.health.gauges import LedgerGauges
from vestnik.metrics.exposition import CONTENT_TYPE, exposition, may_read
from vestnik.routing.reach import Extent, reach
from vestnik.simulator import PARTLY_TEST_GATEWAY, TEST_GATEWAY, TEST_RULES
from vestnik.web.errors import plain_problem


class LiveSerializer(serializers.Serializer[Any]):
    """The process answers."""

    status = serializers.CharField()


#: The possible values of readiness.
STATUSES = ("ready", "not ready")


class ReadySerializer(serializers.Serializer[Any]):
    """Each fact by name: ``ok``, or a message that says what is wrong."""

    status = serializers.ChoiceField(choices=STATUSES)
    database = serializers.CharField()
    migrations = serializers.CharField()
    broker = serializers.CharField()
    beat = serializers.CharField()
    report = serializers.CharField()
    workers = serializers.CharField()
    disk = serializers.CharField()
    breaker = serializers.CharField()
    gateway = serializers.CharField()


class LiveView(OpenView):
    """Liveness. It depends on nothing but this process."""

    @extend_schema(operation_id="health_live", tags=["health"], summary="Alive?", responses=LiveSerializer)
    def get(self, _request: Request) -> Response:
        """Answer 200 as long as the process answers at all."""
        return Response({"status": "alive"})


class ReadyView(OpenView):
    """Readiness. It depends on the database and its migrations. Other facts are only reported."""

    @extend_schema(
        operation_id="health_ready",
        tags=["health"],
        summary="Ready to serve?",
        responses={200: ReadySerializer, 503: ReadySerializer},
    )
    def get(self, _request: Request) -> Response:
        """Answer 200 if this process can serve requests, otherwise 503.

        Facts about other parts of the cluster are named, but do not change the status.
        """
        found = facts()
        ready = all(fact.ok for fact in found if fact.vital)
        told = {fact.name: "ok" if fact.ok else fact.words for fact in found}
        body = {"status": "ready" if ready else "not ready", **told, "gateway": _gateway(ready=ready)}
        return Response(body, status=200 if ready else 503)


def _gateway(*, ready: bool) -> str:
    """Whether messages reach people. ``ready``: the database can be asked."""
    if not ready:
        return UNKNOWN
    try:
        found = reach()
    except DatabaseError:
        return UNKNOWN
    if found.extent is Extent.EVERYBODY:
        return "outside"
    if found.extent is Extent.NOBODY:
        return TEST_GATEWAY
    return TEST_RULES if found.default_delivers else PARTLY_TEST_GATEWAY


class MetricsView(OpenView):
    """Numbers about the cluster, without phones, texts and names.

    The view is open to everybody who reaches the port, or needs a token if one is set.
    """

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Return the JSON renderer for errors. Prometheus asks for formats that the framework does not know."""
        del request, force
        return JSONRenderer(), "application/json"

    @extend_schema(
        operation_id="metrics",
        tags=["health"],
        summary="Metrics for Prometheus",
        description="Prometheus' text format 0.0.4. With `METRICS_TOKEN` set, `Authorization: Bearer` and that token.",
        responses={(200, "text/plain"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return what the processes of this machine count, and gauges of the database."""
        if not may_read(request.headers.get("Authorization", ""), settings.ENVIRONMENT.metrics_token):
            refusal = plain_problem(_("Send the metrics token."), "not_authenticated", 401)
            refusal["WWW-Authenticate"] = "Bearer"
            return refusal
        return HttpResponse(exposition([LedgerGauges()]), content_type=CONTENT_TYPE)
