"""Signals the cluster that something became due: by NOTIFY (reliable), and by a Celery nudge (best effort)."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from vestnik.db.notify import SCHEDULED, notify

#: Seconds that a listener sleeps at most before it looks at the due times anyway.
LONGEST_SLEEP = 10.0
#: What starts later than this is found by itself. Twice the sleep: until the commit nobody sees it.
_FOUND_ANYWAY = timedelta(seconds=2 * LONGEST_SLEEP)


def wake_all(kind: str) -> None:
    """Wake sweepers and dispatchers once the surrounding transaction commits. Never raises for a broker that is down.

    Args:
        kind: what changed, for the log: "mailing", "audience", "gateway".
    """
    notify(connection, kind)
    transaction.on_commit(_nudger.nudge, robust=True)


def starts_unheard(start: datetime, now: datetime) -> bool:
    """Return whether a start is so far ahead that no notification is needed: each one wakes all worker processes."""
    return start - now > _FOUND_ANYWAY


def tell_scheduled() -> None:
    """Notify workers, without a broker, that something will be due: they only read the due times again."""
    notify(connection, SCHEDULED)


class _Nudger:
    """Sends Celery nudges from a thread of its own: a broker that hangs holds up no request.

    Nudges that come while one is being sent are one, with the id of the last request. Lost ones cost nothing: NOTIFY,
    due times and beat's tick do the same.
    """

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._request = ""

    def nudge(self) -> None:
        """Ask for a nudge, which carries the id of the request that asks, and return at once."""
        self._request = structlog.contextvars.get_contextvars().get("request_id", "")
        self._wanted.set()
        from vestnik.broker import send_nudges  # noqa: PLC0415 - Celery loads slowly: commands that wake nobody do without

        with self._starting:
            if self._thread is None or not self._thread.is_alive():  # also after a fork
                self._thread = threading.Thread(target=self._run, args=(send_nudges,), name="nudger", daemon=True)
                self._thread.start()

    def _run(self, send: Callable[..., None]) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            send("vestnik.sweep", "vestnik.dispatch", request=self._request)


_nudger = _Nudger()
