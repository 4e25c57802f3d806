"""Advisory locks: all their numbers, and the functions that take them.

They separate processes and transactions where no row can be locked
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS). PostgreSQL knows no names for them, so
two uses of one number would block each other, so there is one list. Besides, the function that makes partitions
(``vestnik/models/sql/message_table.sql``) takes one by ``hashtext``, and so does the one that ends earlier releases
(``lease_numbers.sql`` beside it).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import IntEnum, unique
from typing import Any

from vestnik.db.connection import HasCursor
from vestnik.db.prepared import fetch

#: A key has 32 bits: ids that differ by this much have one lock, so that one of them waits. ``pg_locks`` shows the
#: remainder as ``objid``.
_KEYS = 2**31 - 1


@unique
class Lock(IntEnum):
    """Numbers by what they protect. Releases that run side by side must agree on them: they never change.

    Those with a key are one lock for each key; their number is the first half of it.
    """

    #: With the id of a mailing: its audience is built by one process at a time.
    CHUNK = 0x5653
    #: With the id of a job: one session works on an import.
    IMPORT_JOB = 0x56494D
    #: With the id of a mailing: one session counts what its receipts said.
    DELIVERY = 0x56444C
    #: Changes of the directory by an import: one import at a time.
    IMPORT_APPLY = 0x56494D4150
    #: Taking one of the places for imports that wait.
    IMPORT_PLACES = 0x56494D5050
    #: Shared by those that make messages sendable, alone for those that recall them (vestnik/ledger/recalls.py).
    STOP_LIST = 0x5653544F50
    #: Shared by those that add single messages to the day's mailings, alone for the one that ends the day.
    DIRECT_DAY = 0x5653444159
    #: Making one more of the day's mailings for single messages.
    DIRECT_MAILING = 0x56534D41494C
    #: Shared by those that write webhook events of messages, alone for an erasure (vestnik/clients/erased_events.py).
    WEBHOOK_EVENTS = 0x56574556
    #: The one sweep that runs.
    SWEEP = 0x56535745
    #: The one process that works on retention.
    RETENTION = 0x56535245
    #: The one process that asks providers what became of messages.
    POLLING = 0x5653504F
    #: Holding back a restored backup: one process does it, the others wait and find it done.
    RESTORED = 0x56535253
    #: The one process that cleans stored tags.
    CLEAN_TAGS = 0x56544147
    #: Counting all clients by tag and operator code, for the numbers beside the choices: one process at a time.
    CHOICE_SIZES = 0x5643534E
    #: Shared by those that put rows of attributes' counts together (vestnik/models/sql/attribute_counts.sql), alone for
    #: the one that counts all clients again.
    ATTRIBUTE_COUNTS = 0x56415454
    # The next three are what hashtext('vestnik_names'), … gives, which earlier releases take.
    #: Taking a name for an account.
    NAMES = 1274385775
    #: Changing who is an administrator.
    PEOPLE = 1273230366
    #: Making the first administrator.
    FIRST_ADMINISTRATOR = -1934787723


def lock(connection: HasCursor, number: Lock, *, shared: bool = False) -> None:
    """Wait for a lock and keep it until the transaction ends.

    Args:
        connection: in a transaction.
        number: which lock.
        shared: together with others that share it.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    _ask(connection, function, [int(number)])


def share(*numbers: Lock) -> datetime:
    """Wait for locks in this order, and share them with others until Django's transaction ends.

    Returns the time of the database's clock once they are there (aware, UTC).
    """
    locks = ", ".join(["pg_advisory_xact_lock_shared(%s::bigint)"] * len(numbers))
    ((*_, now),) = fetch(f"SELECT {locks}, clock_timestamp()".encode(), [int(each) for each in numbers])
    if not isinstance(now, datetime):
        raise TypeError("the database did not say what time it is")
    return now


def try_lock(connection: HasCursor, number: Lock, key: int | None = None) -> bool:
    """Take a lock, or that of a key, until the transaction ends. Return False if somebody else has it."""
    values = [int(number)] if key is None else _with_key(number, key)
    return _ask(connection, "pg_try_advisory_xact_lock", values)


@contextmanager
def session_lock(connection: HasCursor, number: Lock, key: int | None = None) -> Iterator[bool]:
    """Try to hold a lock during a ``with``, over any number of transactions. Yields whether it was taken.

    The lock ends with the session at the latest, so a dead process blocks nobody.
    """
    values = [int(number)] if key is None else _with_key(number, key)
    alone = _ask(connection, "pg_try_advisory_lock", values)
    try:
        yield alone
    finally:
        if alone and not _is_lost(connection):
            _ask(connection, "pg_advisory_unlock", values)


def _with_key(number: Lock, key: int) -> list[int]:
    return [int(number), key % _KEYS]


def _ask(connection: HasCursor, function: str, values: list[int]) -> bool:
    """Call one of PostgreSQL's functions; those that do not answer by yes or no succeed, or raise."""
    marks = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({marks})", values)
        ((answer,),) = cursor.fetchall()
        return answer is not False


def _is_lost(connection: HasCursor) -> bool:
    """Return whether the session ended, and the lock with it. Django would open another session to unlock it."""
    session: Any = getattr(connection, "connection", connection)
    return session is None or bool(session.closed)
