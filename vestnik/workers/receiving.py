"""The threads of the general worker that apply receipts, and ask providers for those that they do not send."""

import time

from django.db import connection as django_connection

from vestnik.db.connection import Connection, open_connection
from vestnik.db.locks import Lock, session_lock
from vestnik.db.notify import RECEIPTS, heard, listen
from vestnik.models import DEFAULT_GATEWAY, Gateway
from vestnik.receipts.applying import apply_due, forget_kept, next_due
from vestnik.receipts.polling import Poller
from vestnik.upkeep.restored import hold_if_restored
from vestnik.workers.thread import WorkerThread

#: Seconds: the longest sleep. NOTIFY wakes it before. The first after receipts were applied is shorter: those that came
#: right behind them notify nobody (vestnik.receipts.inbox).
MAX_SLEEP, SLEEP_AFTER_SOME = 10.0, 1.0
#: Seconds between small pieces, at least: receipts that come one by one are applied together. The statements of a piece
#: are planned for some 8 ms, whatever its size.
GATHER_SECONDS = 0.2
#: Messages of each provider that are asked about at once; seconds between such pieces, and between rounds.
ASKED_AT_ONCE, PAUSE_SECONDS, ASK_SECONDS = 20, 1.0, 15.0
#: Seconds between looks for receipts that were kept long enough.
TIDY_SECONDS = 3_600.0


class Asking(WorkerThread):
    """Asks providers what became of messages, where they do not say it by themselves. One process does so."""

    def __init__(self) -> None:
        super().__init__("asking")
        self._poller = Poller()

    def work(self) -> None:
        """Ask about some messages, and wait."""
        try:
            if Gateway.objects.filter(removed_at=None).exclude(id=DEFAULT_GATEWAY).exists():
                with open_connection("polling") as connection, session_lock(connection, Lock.POLLING) as alone:
                    if alone:
                        self._ask(connection)
        finally:
            django_connection.close()
        self._stop_event.wait(ASK_SECONDS)

    def _ask(self, connection: Connection) -> None:
        hold_if_restored(connection)
        while not self.is_stopped() and self._poller.poll(connection, most=ASKED_AT_ONCE, stopped=self.is_stopped):
            self._stop_event.wait(PAUSE_SECONDS)


class Receiving(WorkerThread):
    """Applies receipts as they come. Several processes may do so at once."""

    def __init__(self) -> None:
        super().__init__("receiving")
        self._tidied_at = float("-inf")

    def work(self) -> None:
        """Apply receipts, over one connection, until it is lost."""
        with open_connection("receipts") as connection:
            listen(connection)
            hold_if_restored(connection)
            while not self.is_stopped():
                some = apply_due(connection, stopped=self.is_stopped)
                self._tidy(connection)
                self._sleep(connection, SLEEP_AFTER_SOME if some else MAX_SLEEP)

    def _tidy(self, connection: Connection) -> None:
        if time.monotonic() - self._tidied_at >= TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            forget_kept(connection)

    def _sleep(self, connection: Connection, most: float) -> None:
        """Sleep until a receipt came or is due, or a stop; looking at the stop once a second."""
        due = next_due(connection)
        until = time.monotonic() + (most if due is None else min(most, max(GATHER_SECONDS, due)))
        while not self.is_stopped() and (left := until - time.monotonic()) > 0:
            if RECEIPTS in heard(connection, seconds=min(1.0, left)):
                self._stop_event.wait(GATHER_SECONDS)
                return
