"""Starts mailings when they are due, without a person and without a broker."""

import logging

from vestnik.db.connection import Connection
from vestnik.db.notify import notify
from vestnik.db.statements import Statements

log = logging.getLogger(__name__)
SQL = Statements("vestnik.mailings")


def start_due(connection: Connection) -> list[int]:
    """Move every mailing that is due to running, also a day late, and return their ids."""
    with connection.transaction():
        started = [row[0] for row in SQL.run(connection, "start_due")]
        if started:
            notify(connection, "started")
    for mailing in started:
        log.info("the mailing has started", extra={"mailing": mailing})
    return started


def seconds_to_next_due(connection: Connection) -> float | None:
    """Seconds until a sweep has something to do (negative: overdue); None if nothing is due."""
    ((seconds,),) = SQL.run(connection, "next_due")
    return None if seconds is None else float(seconds)
