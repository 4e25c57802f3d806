"""Liveness and readiness of this process."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from vestnik.api.auth import OpenView
from vestnik.health import facts
from vestnik.simulator import TEST_GATEWAY


class LiveSerializer(serializers.Serializer[Any]):
    """The process answers."""

    status = serializers.CharField()


#: What readiness can be.
STATUSES = ("ready", "not ready")


class ReadySerializer(serializers.Serializer[Any]):
    """Each fact by name: ``ok``, or what is wrong in words."""

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
    """Liveness: touches nothing else."""

    @extend_schema(operation_id="health_live", tags=["health"], summary="Alive?", responses=LiveSerializer)
    def get(self, _request: Request) -> Response:
        """200 as long as the process answers."""
        return Response({"status": "alive"})


class ReadyView(OpenView):
    """Readiness: the database and the migrations decide it; the other facts are only reported."""

    @extend_schema(
        operation_id="health_ready",
        tags=["health"],
        summary="Ready to serve?",
        responses={200: ReadySerializer, 503: ReadySerializer},
    )
    def get(self, _request: Request) -> Response:
        """200 when this process can serve, else 503. What else the cluster needs is named, and changes no status."""
        found = facts()
        ready = all(fact.ok for fact in found if fact.vital)
        told = {fact.name: "ok" if fact.ok else fact.words for fact in found}
        gateway = TEST_GATEWAY if settings.ENVIRONMENT.gateway_is_simulator else "outside"
        body = {"status": "ready" if ready else "not ready", **told, "gateway": gateway}
        return Response(body, status=200 if ready else 503)
