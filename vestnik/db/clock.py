"""The database's clock, which decides what is due and what is over."""

from datetime import datetime

from vestnik.db.prepared import fetch


def database_now() -> datetime:
    """What time it is by the database's clock (aware, UTC)."""
    ((now,),) = fetch("SELECT clock_timestamp()", ())
    if not isinstance(now, datetime):
        raise TypeError("the database did not say what time it is")
    return now
