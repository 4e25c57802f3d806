"""Keeps what arrives over a gateway's own session: it is acknowledged once it is committed, else it comes again."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg

from vestnik.db.connection import Connection, first_line, open_connection
from vestnik.gateways.adapter import Arrival, Channel, Inbound, Receipt, SessionChannel
from vestnik.receipts.inbox import keep_inbound, keep_receipts

log = logging.getLogger(__name__)


class Arriving:
    """Commits what arrives in a thread of its own, and acknowledges it in the loop's.

    Args:
        channel: of a gateway; nothing happens where it is no session.
        gateway: its id.
        name: of the dispatcher, for people who look at connections.
        on_connect: called with each new connection to the ledger.
    """

    def __init__(
        self, channel: Channel, *, gateway: int, name: str, on_connect: Callable[[Connection], object]
    ) -> None:
        self._session = channel if isinstance(channel, SessionChannel) else None
        self._channel, self._gateway, self._name, self._on_connect = channel, gateway, name, on_connect
        self._executor: ThreadPoolExecutor | None = None
        self._connection: Connection | None = None
        self._waiting: list[Arrival] = []
        self._keeping: Future[bool] | None = None
        self._in_keeping: list[Arrival] = []

    @property
    def has_news(self) -> bool:
        """Is there something that is not committed yet?"""
        return bool(self._waiting) or self._keeping is not None

    def step(self) -> None:
        """Take in what arrived, acknowledge what is committed, and let the rest be committed."""
        if self._session is None:
            return
        self._waiting += self._session.received()
        if self._keeping is not None and self._keeping.done():
            self._acknowledge(self._session)
        if self._waiting and self._keeping is None:
            self._in_keeping, self._waiting = self._waiting, []
            self._executor = self._executor or ThreadPoolExecutor(1, thread_name_prefix="arriving")
            self._keeping = self._executor.submit(self._keep, [what for _, what in self._in_keeping])
            self._keeping.add_done_callback(lambda _: self._channel.wake())

    def close(self) -> None:
        """Wait for the commit that is under way, and acknowledge it. What is not committed will come again."""
        if self._executor is not None:
            self._executor.shutdown(wait=True)
        if self._session is not None and self._keeping is not None:
            self._acknowledge(self._session)
        if self._connection is not None:
            self._connection.close()

    def _acknowledge(self, session: SessionChannel) -> None:
        kept = self._keeping is not None and self._keeping.result()
        if kept:
            session.acknowledge([token for token, _ in self._in_keeping if token])
        else:
            self._waiting = self._in_keeping + self._waiting
        self._keeping, self._in_keeping = None, []

    def _keep(self, arrived: list[Receipt | Inbound]) -> bool:
        """Commit; False: the ledger is away, so that it is tried again."""
        try:
            if self._connection is None:
                self._connection = open_connection(f"{self._name} receipts")
                self._on_connect(self._connection)
            with self._connection.transaction():
                receipts = [each for each in arrived if isinstance(each, Receipt)]
                texts = [each for each in arrived if isinstance(each, Inbound)]
                keep_receipts(self._connection, receipts, gateway=self._gateway)
                keep_inbound(self._connection, texts, gateway=self._gateway)
        except psycopg.Error as error:
            log.warning("receipts could not be kept, trying again: %s", first_line(error))
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            return False
        return True
