"""Celery entry points, each a few lines. A message of the broker is a nudge: it may be lost, doubled or late."""

import logging
from collections.abc import Callable

import psycopg
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from vestnik.audience.build import build_audiences
from vestnik.db.away import why_away
from vestnik.db.connection import KeptConnection
from vestnik.health.now import note_nudge_taken
from vestnik.reports.delivery import send_due_reports
from vestnik.upkeep.restored import hold_if_restored
from vestnik.upkeep.sweep import sweep

log = logging.getLogger(__name__)
_wakers: list[Callable[[], None]] = []
_import_wakers: list[Callable[[], None]] = []
_sweeping = KeptConnection("sweep")


def on_nudge(wake: Callable[[], None]) -> None:
    """Have ``wake`` called by every nudge that reaches this process."""
    _wakers.append(wake)


def on_import(wake: Callable[[], None]) -> None:
    """Have ``wake`` called when a nudge says that clients are to be imported."""
    _import_wakers.append(wake)


@shared_task(name="vestnik.import_clients")
def import_clients() -> None:
    """Wake the importing thread of this worker."""
    for wake in _import_wakers:
        wake()


@shared_task(name="vestnik.dispatch")
def dispatch() -> None:
    """Wake the sending thread of this worker."""
    for wake in _wakers:
        wake()


@shared_task(name="vestnik.echo")
def echo() -> None:
    """Say in the ledger that a worker got this: a check of the broker has sent it."""
    _note_taken()


@shared_task(name="vestnik.sweep")
def sweep_and_build() -> None:
    """Do what is due: the safety net behind the keepers of the worker processes. Most often it is beat's tick."""
    try:
        _sweep_and_build()
    except (psycopg.Error, DatabaseError) as error:
        away = why_away(error)
        if away is None:
            raise
        log.warning("nothing is swept while the ledger is away, the next tick tries again: it %s", away.words)


def _sweep_and_build() -> None:
    _note_taken()
    with _sweeping.use() as connection:
        hold_if_restored(connection)
        sweep(connection, idempotent=settings.ENVIRONMENT.gateway_idempotent, stopped=lambda: False)
        build_audiences(connection, stopped=lambda: False)


@shared_task(name="vestnik.send_reports")
def send_reports() -> None:
    """Send the daily reports that are due and not sent yet."""
    close_old_connections()
    try:
        send_due_reports()
    finally:
        close_old_connections()


def _note_taken() -> None:
    close_old_connections()
    try:
        note_nudge_taken()
    finally:
        close_old_connections()
