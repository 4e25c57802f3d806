"""The database's clock, which decides what is due and what is over."""

from datetime import datetime

from vestnik.db.connection import HasCursor
from vestnik.db.prepared import fetch

_NOW = b"SELECT clock_timestamp()"


def database_now(connection: HasCursor | None = None) -> datetime:
    """The time of the database's clock (aware, UTC). ``connection``: where to ask; None: Django's."""
    if connection is None:
        rows = fetch(_NOW, ())
    else:
        with connection.cursor() as cursor:
            cursor.execute(_NOW)
            rows = cursor.fetchall()
    ((now,),) = rows
    if not isinstance(now, datetime):
        raise TypeError("the database did not say what time it is")
    return now
