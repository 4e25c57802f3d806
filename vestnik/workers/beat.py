"""``celery -A vestnik.workers.beat beat`` runs this: Celery's beat, which records in the ledger that it ticks."""

import gc
import logging
from typing import Any

import django
from celery import signals
from django.db import Error, connection

gc.disable()  # as in vestnik.workers.app
django.setup()

from vestnik.broker import app, send_nudges  # noqa: E402 - it reads the settings, which need Django set up
from vestnik.db.connection import first_line  # noqa: E402
from vestnik.health.now import note_beat  # noqa: E402
from vestnik.workers import task_lines  # noqa: E402, F401 - connects itself to Celery's signals

gc.freeze()
gc.enable()
__all__ = ["app"]
log = logging.getLogger(__name__)


def _began(**_: Any) -> None:
    """Beat is up. Its own first tick comes in ten seconds, so that this one says whether the broker takes any."""
    signals.after_task_publish.connect(_ticked, sender="vestnik.sweep")
    send_nudges("vestnik.sweep", request="")


def _ticked(**_: Any) -> None:
    """The broker took a tick. A ledger that is away must not stop beat: the next tick says it again."""
    try:
        note_beat()
    except Error as error:
        log.warning("the ledger did not take beat's heartbeat: %s", first_line(error))
        connection.close()


signals.beat_init.connect(_began)
