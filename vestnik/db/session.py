"""Sets what each session needs after connecting, and checks it; refuses poolers that keep no sessions."""

import select
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.pq import ConnStatus, TransactionStatus

#: What our statements and psycopg's readers count on, whatever the role's or the database's own settings are.
NEEDED = {
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "default_transaction_isolation": "read committed",
}
#: Seconds that a second connection waits for a server of its own: a pooler that lends by the transaction has one free.
_SHARED_SECONDS = 2.0
_PID = "SELECT pg_backend_pid()"
#: Poolers that were found to keep sessions, by where they are.
_fit: set[tuple[str, ...]] = set()
#: Classes of SQLSTATEs: no such setting, no such value, not to be set now.
_NO_SUCH_SETTING = frozenset({"42", "22", "55"})

NO_SESSIONS = (
    "The pooler in DATABASE_URL lends connections by the transaction (pool_mode = transaction or statement), and"
    " Vestnik needs sessions: set pool_mode = session for this database, or let DATABASE_URL name PostgreSQL itself."
)


class UnfitPooler(psycopg.OperationalError):
    """A pooler in front of PostgreSQL keeps no sessions: settings, LISTEN and locks would be lost or mixed up."""


def begin_session(connection: "psycopg.Connection[Any]", settings: Mapping[str, str], libpq: Mapping[str, Any]) -> None:
    """Set what a session needs.

    Args:
        connection: new, in autocommit mode.
        settings: by PostgreSQL's names; ``NEEDED`` is set as well, and wins.
        libpq: how to connect once more, to find out what a pooler does.

    Raises:
        UnfitPooler: there is a pooler that keeps no sessions.
        psycopg.Error: PostgreSQL does not know a setting, or takes no such value.
    """
    wanted = {**settings, **NEEDED}
    columns = ", ".join("set_config(%s, %s, false)" for _ in wanted)
    values = [each for setting in wanted.items() for each in setting]
    # As bytes: psycopg's types want a literal, and only %s stands in it.
    try:
        (row,) = connection.execute(f"SELECT pg_backend_pid(), {columns}".encode(), values).fetchall()
    except psycopg.errors.DatabaseError as error:
        if error.sqlstate is None or error.sqlstate[:2] not in _NO_SUCH_SETTING:
            raise
        words = f"a setting in the options of DATABASE_URL is wrong: {str(error).splitlines()[0]}"
        raise psycopg.OperationalError(words) from error
    if row[0] == connection.info.backend_pid:
        return  # PostgreSQL itself
    where = tuple(str(libpq.get(name, "")) for name in ("host", "hostaddr", "port", "dbname", "user"))
    if where not in _fit:
        if _lends_by_transaction(connection, libpq):
            raise UnfitPooler(NO_SESSIONS)
        _fit.add(where)
    columns = ", ".join("current_setting(%s)" for _ in wanted)
    seen = connection.execute(f"SELECT pg_backend_pid(), {columns}".encode(), list(wanted)).fetchone()
    if seen != row:
        raise UnfitPooler(NO_SESSIONS)


def is_silent(connection: "psycopg.Connection[Any]") -> bool:
    """Return whether it is open, outside of a transaction, and has nothing to read: no last message, and no end."""
    pgconn = connection.pgconn
    if pgconn.status != ConnStatus.OK or pgconn.transaction_status != TransactionStatus.IDLE:
        return False
    poll = select.poll()
    poll.register(pgconn.socket, select.POLLIN)
    return not poll.poll(0)


def _lends_by_transaction(connection: "psycopg.Connection[Any]", libpq: Mapping[str, Any]) -> bool:
    """Return whether two connections that are open at once share a process of PostgreSQL.

    A pooler that keeps sessions never shares one. One that lends by the transaction gives the server that was free
    last, which is ours. Should another client take it in between, three tries make a miss unlikely, and each session is
    checked once more as it begins.
    """
    names = ("cursor_factory", "context", "prepare_threshold", "row_factory", "autocommit")
    plain = {name: value for name, value in libpq.items() if name not in names}
    try:
        other = psycopg.connect(**plain, autocommit=True)
    except psycopg.OperationalError:
        return False  # no room for a second one: ours is kept for us
    try:
        for _ in range(3):
            ((ours,),) = connection.execute(_PID).fetchall()
            theirs = _pid_in_time(other)
            if theirs is None:
                return False
            if theirs == ours:
                return True
    finally:
        other.close()  # not ``with``, which commits: it may still wait
    return False


def _pid_in_time(connection: "psycopg.Connection[Any]") -> int | None:
    """The process that serves a connection; None if the connection still waits for one."""
    pgconn = connection.pgconn
    pgconn.send_query(_PID.encode())
    until = time.monotonic() + _SHARED_SECONDS
    while pgconn.flush() or pgconn.is_busy():
        if not select.select([pgconn.socket], [], [], max(0.0, until - time.monotonic()))[0]:
            return None
        pgconn.consume_input()
    found = None
    while (result := pgconn.get_result()) is not None:
        value = result.get_value(0, 0) if result.ntuples else None
        found = int(value) if value else found
    return found
