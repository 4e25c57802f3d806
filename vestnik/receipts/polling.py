"""Asks providers what became of messages, where they do not say it by themselves."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from vestnik.db.connection import Connection
from vestnik.db.statements import Statements
from vestnik.errors import InvalidInput, WrongKey
from vestnik.gateways.adapter import HttpAdapter, ReceiptsBy
from vestnik.gateways.check import ask
from vestnik.gateways.outcome import Outcome
from vestnik.ledger.fragments import LOGGED_AT_IN_ANY, MESSAGE_NUMBERS
from vestnik.models import Gateway
from vestnik.receipts.inbox import keep_receipts
from vestnik.routing.connections import Way, way_to

SQL = Statements("vestnik.receipts", logged_at=LOGGED_AT_IN_ANY, **MESSAGE_NUMBERS)
#: Days after a message was sent, or came to be in doubt, for which is asked about it: providers give up earlier.
DAYS = 3
#: Seconds for one question.
TIMEOUT = 10.0
#: Statuses that say nothing about the message asked about: we are refused, or ask too much. So does every 5xx.
_OF_ALL = frozenset((401, 403, 429))

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Place:
    """How far the messages of a gateway have been asked about: the ids of the last one, whether answered or not."""

    mailing: int = 0
    message: int = 0


class Poller:
    """Asks in turn about all messages without an end, and begins again when it is through.

    A message about which the provider does not answer ends the round. The next round goes on behind it. It is asked
    about again when its turn comes, until it is too old (:data:`DAYS`).
    """

    def __init__(self) -> None:
        self._places: dict[int, Place] = {}

    def poll(self, connection: Connection, *, most: int, stopped: Callable[[], bool]) -> int:
        """Ask each provider that has to be asked about its next messages. Returns about how many there was an answer.

        Args:
            connection: to the ledger.
            most: messages of each gateway.
            stopped: whether to end early.
        """
        asked = 0
        for gateway in Gateway.objects.filter(removed_at=None).order_by("id"):
            way = _way(gateway)
            if way is not None and isinstance(way.adapter, HttpAdapter) and not stopped():
                asked += self._poll(connection, gateway.id, way, way.adapter, most, stopped)
        return asked

    def _poll(
        self,
        connection: Connection,
        gateway: int,
        way: Way,
        adapter: HttpAdapter,
        most: int,
        stopped: Callable[[], bool],
    ) -> int:
        place = self._places.setdefault(gateway, Place())
        rows = SQL.run(
            connection, "to_poll", gateway=gateway, days=DAYS, most=most, mailing=place.mailing, message=place.message
        )
        asked = 0
        for mailing, message, provider_id, phone in rows:
            if stopped():
                return asked
            # Before the answer: one message without any must not be the first of each round, and stop all others.
            place.mailing, place.message = mailing, message
            if not _ask(connection, gateway, way, adapter, (message, provider_id, phone)):
                return asked
            asked += 1
        if len(rows) < most:
            self._places[gateway] = Place()
        return asked


def _way(gateway: Gateway) -> Way | None:
    """The way to a gateway whose provider has to be asked; None: it has not."""
    try:
        way = way_to(gateway)
    except (InvalidInput, WrongKey) as error:
        log.warning("a gateway cannot be asked: %s", error, extra={"gateway": gateway.id})
        return None
    polls = isinstance(way.adapter, HttpAdapter) and way.adapter.facts.receipts_by is ReceiptsBy.POLLING
    return way if polls else None


def _ask(connection: Connection, gateway: int, way: Way, adapter: HttpAdapter, asked: tuple[int, str, int]) -> bool:
    """Ask about one message and keep what is said. False: nobody gets an answer now, so the rest waits.

    ``asked``: our id, the provider's, and the phone.
    """
    request = adapter.poll_request_with_phones([asked])
    if request is None:
        return True
    answer = ask(adapter, request, timeout=min(TIMEOUT, way.timeout), options=way.options)
    if isinstance(answer, Outcome) or answer.status in _OF_ALL or answer.status >= 500:
        return False
    if answer.status >= 400:  # about this message: the others may have an answer
        return True
    receipts = adapter.polled(answer, [asked[:2]])
    with connection.transaction():
        keep_receipts(connection, receipts, gateway=gateway)
    return True
