"""A real dispatcher on the real ledger, one step at a time, before a gateway that answers when a test says so."""

from datetime import timedelta
from typing import Any

from harness.fake_transport import FakeGateway, FakeTransport
from vestnik.audience.build import build_audiences
from vestnik.db.connection import Connection, open_connection
from vestnik.dispatch.dispatcher import Dispatcher
from vestnik.dispatch.settings import DispatchSettings
from vestnik.dispatch.sweep import sweep
from vestnik.mailings.creation import MailingFields, create_mailing, database_now
from vestnik.models import Client, Mailing

#: The first of the phones that :func:`clients` makes; the next ones follow.
FIRST = 79110000000


class Stepped:
    """A real dispatcher, one step at a time: each exchange with the ledger is waited for.

    Args:
        concurrency: requests that may be in flight.
        idempotent: does the gateway know a repeated id?
        name: of the dispatcher.
        gateway: behind the transport, where several dispatchers share one; None: one of its own.
    """

    def __init__(
        self, concurrency: int = 1, *, idempotent: bool = True, name: str = "test", gateway: FakeGateway | None = None
    ) -> None:
        self.name = name
        self.gateway = FakeTransport(concurrency, gateway or FakeGateway(idempotent=idempotent))
        settings = DispatchSettings(
            name=name, gateway_url="http://127.0.0.1:9", gateway_token="", concurrency=concurrency,
            timeout=30, idempotent=idempotent, max_rate=None,
        )  # fmt: skip
        self.dispatcher = Dispatcher(settings, self.gateway)  # type: ignore[arg-type]

    def step(self, times: int = 3) -> None:
        """Turn so often, and wait for the exchange of each turn."""
        for _ in range(times):
            self.dispatcher._woken = True
            self.dispatcher._exchanged_at = 0.0
            self.dispatcher.step()
            self._wait_for_exchange()

    def crash(self) -> None:
        """Die without a word: what was not recorded is lost with the process."""
        self._wait_for_exchange()
        self.dispatcher.close()

    def connection(self) -> Connection:
        """A connection to the ledger as its recorder has."""
        return open_connection("late")

    def until_empty(self) -> None:
        """Send everything that is due, with success."""
        for _ in range(300):
            self.gateway.answer()
            self.step(1)

    def _wait_for_exchange(self) -> None:
        if self.dispatcher._exchange is not None:
            self.dispatcher._exchange.exception(timeout=10)


def clients(count: int) -> list[Client]:
    """So many clients with the tag ``vip``."""
    return Client.objects.bulk_create(
        Client(phone_number=FIRST + n, mobile_operator_code=911, tag="vip", timezone="Europe/Moscow")
        for n in range(count)
    )


def mailing(*, hours: float = 1) -> Mailing:
    """A mailing to the tag ``vip`` that starts now."""
    now = database_now()
    fields = MailingFields(
        name="", message_text="Hello", filter_tags=["vip"], filter_codes=None,
        start_time=now, end_time=now + timedelta(hours=hours),
    )  # fmt: skip
    return create_mailing(fields=fields, actor=None)


def begin(ledger: Connection, count: int = 10) -> Mailing:
    """A mailing to so many clients, whose messages are made."""
    clients(count)
    made = mailing()
    tick(ledger)
    return made


def tick(ledger: Connection) -> None:
    """What the keepers of a cluster do by themselves."""
    sweep(ledger, idempotent=True, stopped=lambda: False)
    build_audiences(ledger, stopped=lambda: False)
    sweep(ledger, idempotent=True, stopped=lambda: False)


def states(ledger: Connection) -> dict[int, tuple[int, Any]]:
    """State and code of all messages, by the distance of their phone to :data:`FIRST`."""
    rows = ledger.execute("SELECT phone, state, code FROM vestnik_message ORDER BY phone").fetchall()
    return {phone - FIRST: (state, code) for phone, state, code in rows}
