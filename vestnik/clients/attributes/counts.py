"""How many clients have each attribute: counted by the database while clients are written, so nobody reads them all.

docs/decisions/attributes.md says why. Where an attribute is older than these counts, all clients are counted once.
"""

from django.db import connection, transaction

from vestnik.db.connection import Connection, HasCursor
from vestnik.db.locks import Lock, lock
from vestnik.db.statements import Statements
from vestnik.models import Attribute

SQL = Statements("vestnik.clients.attributes")

#: Seconds that a count of all clients may take; a million take seconds.
COUNT_SECONDS = 3_600.0


def clients_by_attribute() -> dict[str, int]:
    """How many clients have each attribute, by name; a name that none has may be missing."""
    statement = "attribute_sizes" if waits_for_count() else "kept_counts"
    return dict(SQL.run(connection, statement))


def waits_for_count() -> bool:
    """Is there an attribute from before its clients were counted as they change?"""
    return Attribute.objects.filter(is_counted=False).exists()


def has_clients(name: str) -> bool:
    """Whether any client has an attribute. It reads the clients: a type must never change below a value."""
    ((found,),) = SQL.run(connection, "has_attribute", name=name)
    return bool(found)


def count_again(ledger: Connection) -> list[str]:
    """Count all clients again, while others write. Returns the names whose kept number was wrong, in order.

    Args:
        ledger: not in a transaction; with a timeout of :data:`COUNT_SECONDS`.
    """
    with ledger.transaction():
        return _count_again(ledger)


def ensure_counted() -> None:
    """Count all clients if an attribute still waits for it: once in the life of a ledger that had them before."""
    if waits_for_count():
        with transaction.atomic():
            _count_again(connection)


def _count_again(ledger: HasCursor) -> list[str]:
    lock(ledger, Lock.ATTRIBUTE_COUNTS)
    differ = [name for (name,) in SQL.run(ledger, "count_again")]
    SQL.run(ledger, "mark_counted")
    return differ
