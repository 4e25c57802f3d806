"""Metrics for Prometheus."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from vestnik.api.auth import OpenView
from vestnik.health.gauges import LedgerGauges
from vestnik.metrics.exposition import CONTENT_TYPE, exposition, may_read
from vestnik.web.errors import plain_problem


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
