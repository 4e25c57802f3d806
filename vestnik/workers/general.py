"""The threads of the general worker for long work: imports, and tidying.

The keeper does not do this work, so nothing that is due has to wait for it.
"""

import logging
import threading
import time

from django.conf import settings
from django.db import close_old_connections, connection, connections

from vestnik.clients.attributes.counts import COUNT_SECONDS, count_again, waits_for_count
from vestnik.clients.imports.runner import run_jobs
from vestnik.db.connection import KeptConnection, open_connection
from vestnik.ledger.routes import delete_shares
from vestnik.mailings.drafts import forget_drafts
from vestnik.statistics.delivery import count_recent_deliveries, forget_deliveries
from vestnik.statistics.gateways import forget_minutes
from vestnik.statistics.outcomes import forget_outcomes
from vestnik.statistics.parts import forget_parts
from vestnik.statistics.progress import thin_progress
from vestnik.upkeep.check import check_finished
from vestnik.upkeep.merging import merge_single_messages
from vestnik.upkeep.retention import keep_no_longer
from vestnik.upkeep.stored_tags import clean_stored_tags
from vestnik.webhooks.retention import forget_old
from vestnik.workers.thread import WorkerThread

#: The longest sleep of the importing thread in seconds.
MAX_SLEEP = 10.0
#: Seconds between rounds of tidying, and before the first one, so that a start is not slowed down.
ROUND_SECONDS, FIRST_SECONDS = 600.0, 30.0
#: Seconds before tags are checked again if all were clean. A tag takes 15 µs.
TAGS_SECONDS = 3_600.0
#: Seconds between two counts of the clients with each attribute, which are also counted as clients change.
ATTRIBUTES_SECONDS = 86_400.0
#: Timeout in seconds for the check of one mailing. A million messages take about 0.5 s.
_CHECK_SECONDS = 600.0

log = logging.getLogger(__name__)


class Importing(WorkerThread):
    """Runs waiting imports. It looks for them when it is woken, and every 10 s, so it works without nudges.

    When it is stopped while it reads a file, it gives the import back, and another worker begins again.
    """

    def __init__(self) -> None:
        super().__init__("importing")
        self._wake_event = threading.Event()
        self._watch = KeptConnection("imports")

    def wake(self) -> None:
        """Look for imports now."""
        self._wake_event.set()

    def stop(self) -> None:
        """Ask the thread to end."""
        super().stop()
        self._wake_event.set()

    def work(self) -> None:
        """Run waiting imports, and sleep."""
        self._wake_event.clear()
        with self._watch.use() as watch:
            run_jobs(stopped=self.is_stopped, watch=watch)
        if not self.is_stopped():
            self._wake_event.wait(MAX_SLEEP)


class Tidying(WorkerThread):
    """Deletes and checks old data every ten minutes. Only one process does this at a time."""

    def __init__(self) -> None:
        super().__init__("tidying")
        self._wait = FIRST_SECONDS
        self._tags_due = 0.0
        self._attributes_due = 0.0

    def work(self) -> None:
        """Wait for the next round, and run it."""
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
        forgotten = forget_drafts(days=settings.ENVIRONMENT.draft_retention_days)
        if forgotten:
            log.info("retention: %s drafts deleted", forgotten)
        thin_progress()
        forget_minutes()
        forget_outcomes()
        forget_parts()
        forget_deliveries()
        self._forget_webhooks()
        count_recent_deliveries(stopped=self.is_stopped)
        delete_shares(connection)
        merged = merge_single_messages(stopped=self.is_stopped)
        if merged:
            log.info("%s batches of single messages were put into others", merged)
        self._clean_tags()
        self._count_attributes()
        self._check()

    def _forget_webhooks(self) -> None:
        """Delete old events and attempts, over a connection of its own: deliveries do not wait for it."""
        with open_connection("webhooks retention") as ledger:
            forget_old(ledger, stopped=self.is_stopped)

    def _clean_tags(self) -> None:
        """Clean tags of earlier releases. If all were clean, wait an hour, because each check reads all tags."""
        if time.monotonic() >= self._tags_due and not clean_stored_tags(stopped=self.is_stopped):
            self._tags_due = time.monotonic() + TAGS_SECONDS

    def _count_attributes(self) -> None:
        """Count the clients with each attribute at the first round and once a day, and say which numbers were wrong.

        They are wrong if somebody changed clients with triggers switched off.
        """
        if time.monotonic() < self._attributes_due:
            return
        is_first = waits_for_count()
        with open_connection("attributes", statement_timeout=COUNT_SECONDS) as ledger:
            differ = count_again(ledger)
        self._attributes_due = time.monotonic() + ATTRIBUTES_SECONDS
        if differ and not is_first:
            log.error("the clients with these attributes were counted wrongly before: %s", ", ".join(differ))

    def _check(self) -> None:
        """Compare the totals of mailings that ended with their messages. The connection has a long timeout."""
        with open_connection("checks", statement_timeout=_CHECK_SECONDS) as ledger:
            differ = check_finished(ledger, stopped=self.is_stopped)
        if differ:
            log.error("the totals of %s mailings differ from their messages: see `vestnik doctor`", differ)
