"""Is this process alive, and can it serve?"""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from drf_spectacular.utils import extend_schema
from kombu.exceptions import OperationalError as BrokerError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from vestnik.api.auth import OpenView
from vestnik.broker import app

#: What the ready line, the console, the report and this page say while messages go to the simulator.
TEST_GATEWAY = "TEST GATEWAY: nothing is delivered"
#: Seconds that the broker may take to answer.
_BROKER_SECONDS = 2


class LiveSerializer(serializers.Serializer[Any]):
    """The process answers."""

    status = serializers.CharField()


class ReadySerializer(serializers.Serializer[Any]):
    """Each fact that serving needs, by name."""

    status = serializers.ChoiceField(choices=("ready", "not ready"))
    database = serializers.CharField()
    migrations = serializers.CharField()
    broker = serializers.CharField()
    gateway = serializers.CharField()


class LiveView(OpenView):
    """Liveness: touches nothing else."""

    @extend_schema(operation_id="health_live", tags=["health"], summary="Alive?", responses=LiveSerializer)
    def get(self, _request: Request) -> Response:
        """200 as long as the process answers."""
        return Response({"status": "alive"})


class ReadyView(OpenView):
    """Readiness: database, migrations, broker."""

    @extend_schema(
        operation_id="health_ready",
        tags=["health"],
        summary="Ready to serve?",
        responses={200: ReadySerializer, 503: ReadySerializer},
    )
    def get(self, _request: Request) -> Response:
        """200 when everything that serving needs is there, else 503; each fact by name."""
        facts = {"database": _database(), "migrations": _migrations(), "broker": _broker()}
        ready = all(fact == "ok" for fact in facts.values())
        gateway = TEST_GATEWAY if settings.ENVIRONMENT.gateway_is_simulator else "outside"
        body = {"status": "ready" if ready else "not ready", **facts, "gateway": gateway}
        return Response(body, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "cannot be reached"
    return "ok"


def _migrations() -> str:
    try:
        loader = MigrationLoader(connection)
    except DatabaseError:
        return "not known while the database cannot be reached"
    missing = set(loader.disk_migrations or {}) - set(loader.applied_migrations or {})
    return "ok" if not missing else f"not applied: {', '.join(sorted('.'.join(name) for name in missing))}"


def _broker() -> str:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=_BROKER_SECONDS)
    except (BrokerError, OSError):
        return "cannot be reached"
    return "ok"
