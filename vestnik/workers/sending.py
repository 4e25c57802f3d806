"""The thread of a dispatcher's worker process that sends."""

import logging

from django.conf import settings

from vestnik.dispatch.dispatcher import Dispatcher
from vestnik.dispatch.settings import DispatchSettings
from vestnik.upkeep.restored import hold_if_restored
from vestnik.workers.thread import WorkerThread

#: Seconds before a dispatcher that ended by a bug is replaced; its leases lapse and are taken over.
RESTART_SECONDS = 1.0

log = logging.getLogger(__name__)


class Sending(WorkerThread):
    """Runs a dispatcher until stopped; replaces one that ended by a bug."""

    def __init__(self, name: str) -> None:
        super().__init__("sending")
        environment = settings.ENVIRONMENT
        self._settings = DispatchSettings(
            name=name,
            gateway_url=environment.gateway_url,
            gateway_token=environment.gateway_token,
            concurrency=environment.gateway_concurrency,
            timeout=environment.gateway_timeout,
            idempotent=environment.gateway_idempotent,
            max_rate=environment.gateway_max_rate,
            connection_options=environment.gateway_connection,
        )
        self._dispatcher = Dispatcher(self._settings, on_connect=hold_if_restored)

    def wake(self) -> None:
        """Wake the dispatcher: something may be due."""
        self._dispatcher.wake()

    def stop(self) -> None:
        """Drain and end."""
        super().stop()
        self._dispatcher.stop()

    def work(self) -> None:
        """Send until stopped."""
        try:
            self._dispatcher.run()
        except Exception:
            log.exception("a dispatcher fell over; its leases lapse and are taken over")
            self._stop_event.wait(RESTART_SECONDS)
            self._dispatcher = Dispatcher(self._settings, on_connect=hold_if_restored)
            if self.is_stopped():
                self._dispatcher.stop()
