"""The thread of the general worker that deletes what is older than the settings allow; nothing due waits for it."""

import logging
import time

from django.conf import settings
from django.db import close_old_connections, connections

from vestnik.db.connection import open_connection
from vestnik.statistics.outcomes import forget_outcomes
from vestnik.statistics.progress import thin_progress
from vestnik.upkeep.check import check_finished
from vestnik.upkeep.retention import keep_no_longer
from vestnik.upkeep.stored_tags import clean_stored_tags
from vestnik.workers.thread import WorkerThread

#: Seconds between rounds, and before the first: a start has better things to do.
ROUND_SECONDS, FIRST_SECONDS = 600.0, 30.0
#: Seconds before tags are checked again when all were clean: 15 µs each.
TAGS_SECONDS = 3_600.0
#: Seconds that the check of one mailing may take: some 0.5 s for a million messages.
_CHECK_SECONDS = 600.0

log = logging.getLogger(__name__)


class Tidying(WorkerThread):
    """A round of retention every ten minutes; one process of all does it at a time."""

    def __init__(self) -> None:
        super().__init__("tidying")
        self._wait = FIRST_SECONDS
        self._tags_due = 0.0

    def work(self) -> None:
        """Wait for the next round, and tidy."""
        if self._stop_event.wait(self._wait):
            return
        self._wait = ROUND_SECONDS
        close_old_connections()
        try:
            self._tidy()
        finally:
            connections.close_all()

    def _tidy(self) -> None:
        done = keep_no_longer(
            phone_days=settings.ENVIRONMENT.phone_retention_days,
            message_days=settings.ENVIRONMENT.message_retention_days,
            stopped=self.is_stopped,
        )
        if done.erased or done.dropped:
            log.info("retention: %s mailings without numbers, %s partitions dropped", done.erased, done.dropped)
        thin_progress()
        forget_outcomes()
        self._clean_tags()
        self._check()

    def _clean_tags(self) -> None:
        """Clean what earlier releases kept; once an hour when there was nothing, for each look reads all tags."""
        if time.monotonic() >= self._tags_due and not clean_stored_tags(stopped=self.is_stopped):
            self._tags_due = time.monotonic() + TAGS_SECONDS

    def _check(self) -> None:
        """Compare the totals of mailings that ended with their messages, over a connection that may take its time."""
        with open_connection("checks", statement_timeout=_CHECK_SECONDS) as ledger:
            differ = check_finished(ledger, stopped=self.is_stopped)
        if differ:
            log.error("the totals of %s mailings differ from their messages: see `vestnik doctor`", differ)
