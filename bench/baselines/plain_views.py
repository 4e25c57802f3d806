"""``python -m bench.baselines.plain_views``: bare Django views, same server, processes and threads.

One INSERT, or one SELECT, no middleware, no serializer, no authentication: what Django itself costs.
"""

import argparse
import os

import orjson
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from granian import Granian
from granian.constants import Interfaces

from bench.baselines import PLAIN_TABLE as TABLE
from vestnik.cluster.web import WORKERS
from vestnik.cluster.web_front import THREADS
from vestnik.cluster.web_workers import WSGI


def insert(request: HttpRequest) -> HttpResponse:
    """One INSERT of what the body says."""
    body = orjson.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (phone_number, tag, timezone) VALUES (%s, %s, %s) RETURNING id",  # noqa: S608 - ours
            [int(body["phone_number"]), body["tag"], body["timezone"]],
        )
        row = cursor.fetchone()
    return _json({"id": row[0], **body}, 201)


def select(_request: HttpRequest) -> HttpResponse:
    """One SELECT of one row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, phone_number, tag, timezone FROM {TABLE} WHERE id = 1")  # noqa: S608 - ours
        row = cursor.fetchone()
    return _json(dict(zip(("id", "phone_number", "tag", "timezone"), row, strict=True)), 200)


def _json(content: object, status: int) -> HttpResponse:
    return HttpResponse(orjson.dumps(content), content_type="application/json", status=status)


urlpatterns = [path("insert/", insert), path("select/", select)]


def make_application() -> WSGI:
    """The WSGI application, made in a worker process."""
    from vestnik.settings import DATABASES  # noqa: PLC0415 - the same connection as ours, read where it is needed

    settings.configure(
        ROOT_URLCONF="bench.baselines.plain_views",
        # Django's own engine: ours is a part of what is compared.
        DATABASES={"default": {**DATABASES["default"], "ENGINE": "django.db.backends.postgresql"}},
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY=os.environ["SECRET_KEY"],
        MIDDLEWARE=[],
    )
    application: WSGI = get_wsgi_application()
    return application


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="bench.baselines.plain_views")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    Granian(
        "bench.baselines.plain_views:make_application",
        factory=True,
        address="127.0.0.1",
        port=options.port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=WORKERS,
        blocking_threads=THREADS,
        backlog=1024,
    ).serve()


if __name__ == "__main__":
    main()
