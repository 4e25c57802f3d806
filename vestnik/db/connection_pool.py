"""A few connections to the ledger that the threads of a process borrow for short pieces of work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vestnik.db.connection import Connection, open_connection
from vestnik.db.session import is_silent


class PoolClosed(Exception):
    """Nothing is lent any more."""


class ConnectionPool:
    """Lends each connection to one thread at a time, and opens another one only where all are lent.

    A connection that PostgreSQL has ended is replaced before it is lent. One whose borrower raised is closed.

    Args:
        name: as for :func:`vestnik.db.connection.open_connection`.
        size: connections, at most.
        begin: called with each new connection before it is lent.
    """

    def __init__(self, name: str, *, size: int, begin: Callable[[Connection], object]) -> None:
        self._name = name
        self._begin = begin
        self._places = threading.Semaphore(size)
        self._guard = threading.Lock()
        #: The one that was used last is at the end, and is lent first.
        self._free: list[Connection] = []
        self._is_closed = False

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """Lend a connection, and wait for one while all are lent.

        Raises:
            PoolClosed: the pool was closed.
            psycopg.OperationalError: the ledger cannot be reached, or only through a pooler that keeps no sessions.
        """
        with self._places:
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)

    def close(self) -> None:
        """Close all connections that are free now, and each lent one when it comes back."""
        with self._guard:
            self._is_closed = True
            free, self._free = self._free, []
        for connection in free:
            connection.close()

    def _take(self) -> Connection:
        while True:
            with self._guard:
                if self._is_closed:
                    raise PoolClosed
                connection = self._free.pop() if self._free else None
            if connection is None:
                return self._open()
            if is_silent(connection):
                return connection
            connection.close()

    def _open(self) -> Connection:
        connection = open_connection(self._name)
        try:
            self._begin(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: Connection) -> None:
        with self._guard:
            if not self._is_closed:
                self._free.append(connection)
                return
        connection.close()
