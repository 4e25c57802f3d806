"""The threads of a dispatcher's worker process that send: one dispatcher for each gateway that is enabled."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connection

from vestnik.dispatch.dispatcher import Dispatcher
from vestnik.dispatch.gateway_row import note_unopened
from vestnik.dispatch.settings import DispatchSettings
from vestnik.errors import VestnikError
from vestnik.gateways.descriptors import allow_descriptors
from vestnik.models import DEFAULT_GATEWAY, Gateway
from vestnik.upkeep.restored import hold_if_restored
from vestnik.workers.gateway_settings import default_settings, settings_of
from vestnik.workers.thread import WorkerThread

#: Seconds before a dispatcher that ended by a bug is replaced; its leases lapse and are taken over.
RESTART_SECONDS = 1.0
#: Seconds between looks at the gateways when nobody says that one changed, and while a dispatcher ends.
LOOK_SECONDS, ENDING_SECONDS = 60.0, 0.1
#: Seconds between tries to open a gateway that could not be: what was wrong may be mended outside of the ledger.
RETRY_SECONDS = 5.0
#: Seconds that a stop waits for the dispatchers, each of which ends within its own limit.
STOP_SECONDS = 10.0

log = logging.getLogger(__name__)


class Sending(WorkerThread):
    """Keeps a dispatcher for each gateway: started, drained and replaced as its row changes.

    The dispatcher of ``default`` is always there. It reads a number with every exchange that changes when any gateway
    does, so nothing else asks the ledger.

    Args:
        label: of this process.
    """

    def __init__(self, label: str) -> None:
        super().__init__("sending")
        self._label = label
        self._look = threading.Event()
        self._senders: dict[int, GatewayThread] = {}
        #: Gateways that could not be opened, and why.
        self._unopened: dict[int, str] = {}
        self._start(default_settings(label), version=0)

    def wake(self) -> None:
        """Wake the dispatchers: something may be due."""
        for sender in list(self._senders.values()):
            sender.wake()

    def stop(self) -> None:
        """Drain and end."""
        super().stop()
        for sender in list(self._senders.values()):
            sender.stop()
        self._look.set()

    def run(self) -> None:
        """Work until stopped, then wait for the dispatchers."""
        super().run()
        until = time.monotonic() + STOP_SECONDS
        for sender in list(self._senders.values()):
            sender.stop()
            sender.join(max(0.0, until - time.monotonic()))

    def work(self) -> None:
        """Look at the gateways, and wait until one may have changed."""
        self._look.clear()
        try:
            rows = Gateway.objects.filter(enabled=True, removed_at=None).exclude(id=DEFAULT_GATEWAY).order_by("id")
            enabled = {gateway.id: gateway for gateway in rows}
        finally:
            connection.close()
        self._end_others(enabled)
        self._unopened = {gateway: why for gateway, why in self._unopened.items() if gateway in enabled}
        for gateway in enabled.values():
            if gateway.id not in self._senders:
                self._begin(gateway)
        ending = any(sender.is_stopped() for sender in self._senders.values())
        soon = RETRY_SECONDS if self._unopened else LOOK_SECONDS
        self._look.wait(ENDING_SECONDS if ending else soon)

    def _end_others(self, enabled: dict[int, Gateway]) -> None:
        """Let dispatchers drain whose gateway is disabled or has changed; forget those that have ended."""
        for gateway, sender in list(self._senders.items()):
            if gateway == DEFAULT_GATEWAY:
                continue
            if gateway not in enabled or enabled[gateway].version != sender.version:
                sender.stop()
            if sender.is_stopped() and not sender.is_alive():
                del self._senders[gateway]

    def _begin(self, gateway: Gateway) -> None:
        """Start the dispatcher of a gateway. If it cannot be, the ledger says so, and other gateways take over."""
        try:
            self._start(settings_of(gateway, self._label), version=gateway.version)
        # Of another key or release; certificates are checked when they are entered, by the OpenSSL of that day.
        except (VestnikError, OSError, ValueError) as error:
            if self._unopened.get(gateway.id) != str(error):
                log.error("a gateway is not sent over: %s", error, extra={"gateway": gateway.id})  # noqa: TRY400
            self._unopened[gateway.id] = str(error)
            try:
                note_unopened(connection, gateway.id, str(error))
            finally:
                connection.close()
        else:
            self._unopened.pop(gateway.id, None)

    def _start(self, settings: DispatchSettings, *, version: int) -> None:
        allow_descriptors(settings.concurrency + sum(each.concurrency for each in self._senders.values()))
        sender = GatewayThread(settings, version=version, on_change=self._look.set)
        self._senders[settings.gateway] = sender
        sender.start()


class GatewayThread(WorkerThread):
    """Runs the dispatcher of one gateway until stopped; replaces one that ended by a bug.

    Args:
        settings: of the dispatcher. ``version``: of the gateway's row that they are of.
        on_change: called when the settings of any gateway may have changed.
    """

    def __init__(self, settings: DispatchSettings, *, version: int, on_change: Callable[[], None]) -> None:
        super().__init__(f"sending over {settings.gateway}")
        self.version = version
        self.concurrency = settings.concurrency
        self._settings = settings
        self._on_change = on_change
        self._dispatcher = self._made()

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
            self._dispatcher = self._made()
            if self.is_stopped():
                self._dispatcher.stop()

    def _made(self) -> Dispatcher:
        return Dispatcher(self._settings, on_connect=hold_if_restored, on_change=self._on_change)
