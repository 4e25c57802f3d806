"""The thread of the general worker that keeps nothing longer than the settings say; nothing due waits for it."""

import logging
import threading
import time

import psycopg
from django.conf import settings
from django.db import Error, close_old_connections, connections

from vestnik.db.connection import first_line, open_connection
from vestnik.statistics.outcomes import forget_outcomes
from vestnik.statistics.progress import thin_progress
from vestnik.upkeep.check import check_finished
from vestnik.upkeep.retention import keep_no_longer
from vestnik.upkeep.stored_tags import clean_stored_tags

#: Seconds between rounds, and before the first: a start has better things to do.
ROUND_SECONDS, FIRST_SECONDS = 600.0, 30.0
#: Seconds before tags are looked through again when all were clean: 15 µs each.
TAGS_SECONDS = 3_600.0
#: Seconds that the check of one mailing may take: some 0.5 s for a million messages.
_CHECK_SECONDS = 600.0

log = logging.getLogger(__name__)


class Tidying(threading.Thread):
    """A round of retention every ten minutes, until stopped; one process of all does it at a time."""

    def __init__(self) -> None:
        super().__init__(name="tidying", daemon=True)
        self._stop_event = threading.Event()
        self._tags_due = 0.0

    def stop(self) -> None:
        """Ask the thread to end: it does after the piece it is at."""
        self._stop_event.set()

    def run(self) -> None:
        """Tidy until stopped. A ledger that is away is waited for."""
        wait = FIRST_SECONDS
        while not self._stop_event.wait(wait):
            wait = ROUND_SECONDS
            close_old_connections()
            try:
                done = keep_no_longer(
                    phone_days=settings.ENVIRONMENT.phone_retention_days,
                    message_days=settings.ENVIRONMENT.message_retention_days,
                    stopped=self._stop_event.is_set,
                )
                thin_progress()
                forget_outcomes()
                self._clean_tags()
                self._check()
            except (Error, psycopg.Error) as error:
                log.warning("retention lost the ledger, trying again in the next round: %s", first_line(error))
            else:
                if done.erased or done.dropped:
                    log.info("retention: %s mailings without numbers, %s partitions dropped", done.erased, done.dropped)
            connections.close_all()

    def _clean_tags(self) -> None:
        """Clean what earlier releases kept; once an hour when there was nothing, for each look reads all tags."""
        if time.monotonic() >= self._tags_due and not clean_stored_tags(stopped=self._stop_event.is_set):
            self._tags_due = time.monotonic() + TAGS_SECONDS

    def _check(self) -> None:
        """Compare the books of mailings that ended with their rows, over a connection that may take its time."""
        with open_connection("checks", statement_timeout=_CHECK_SECONDS) as ledger:
            differ = check_finished(ledger, stopped=self._stop_event.is_set)
        if differ:
            log.error("the books of %s mailings differ from their rows: see `vestnik doctor`", differ)
