"""The thread of a dispatcher's worker process that sends."""

import logging
import threading
import time

from django.conf import settings

from vestnik.dispatch.dispatcher import Dispatcher
from vestnik.dispatch.settings import DispatchSettings

#: Seconds before a dispatcher that fell over is replaced; its leases lapse and are taken over.
RESTART_SECONDS = 1.0

log = logging.getLogger(__name__)


class Sending(threading.Thread):
    """Runs a dispatcher until stopped; replaces one that fell over by a fault of ours."""

    def __init__(self, name: str) -> None:
        super().__init__(name="sending", daemon=True)
        environment = settings.ENVIRONMENT
        self._settings = DispatchSettings(
            name=name,
            gateway_url=environment.gateway_url,
            gateway_token=environment.gateway_token,
            concurrency=environment.gateway_concurrency,
            timeout=environment.gateway_timeout,
            idempotent=environment.gateway_idempotent,
            max_rate=environment.gateway_max_rate,
        )
        self._dispatcher = Dispatcher(self._settings)
        self._stopping = False

    def wake(self) -> None:
        """Something may be due."""
        self._dispatcher.wake()

    def stop(self) -> None:
        """Drain and end."""
        self._stopping = True
        self._dispatcher.stop()

    def run(self) -> None:
        """Send until stopped."""
        while not self._stopping:
            try:
                self._dispatcher.run()
            except Exception:
                log.exception("a dispatcher fell over; its leases lapse and are taken over")
                time.sleep(RESTART_SECONDS)
                self._dispatcher = Dispatcher(self._settings)
                if self._stopping:
                    self._dispatcher.stop()
