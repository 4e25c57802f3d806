"""``python -m bench.baselines.tutorial.serve``: makes the tables and a user, then serves as ours is served."""

import argparse
import os
from datetime import UTC, datetime, timedelta

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from granian import Granian
from granian.constants import Interfaces

from vestnik.cluster.web import WORKERS
from vestnik.cluster.web_front import THREADS
from vestnik.cluster.web_workers import WSGI

#: A login.
USER = {"username": "bench", "password": "of-nothing"}
#: Ids of a mailing without messages, and of one with some.
EMPTY, FULL = 1, 2


def make_application() -> WSGI:
    """The WSGI application, made in a worker process."""
    application: WSGI = get_wsgi_application()
    return application


def _prepare(messages: int) -> None:
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    # Only once Django is set up:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from bench.baselines.tutorial.models import Client, Mailing, Message  # noqa: PLC0415

    User.objects.create_user(**USER)
    now = datetime.now(UTC)
    common = {"message_text": "text", "filter": {}, "start_time": now, "end_time": now + timedelta(days=1)}
    full = Mailing(id=FULL, **common)
    for mailing in (Mailing(id=EMPTY, **common), full):
        mailing.save()
    # Phones that nobody posts.
    clients = [
        Client(phone_number=str(70_000_000_000 + number), tag="all", timezone="UTC") for number in range(messages)
    ]
    made = Client.objects.bulk_create(clients)
    Message.objects.bulk_create(Message(dispatch=full, client=client, status="COMPLETE") for client in made)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('tutorial_mailing', 'id'), 100)")
        cursor.execute("ANALYZE")


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="bench.baselines.tutorial.serve")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--prepare", type=int, metavar="MESSAGES", help="make the tables and so many messages, and end")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.baselines.tutorial.settings"
    if options.prepare:
        _prepare(options.prepare)
        return
    Granian(
        "bench.baselines.tutorial.serve:make_application",
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
