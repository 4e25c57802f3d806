"""A check that proves counters = rows. It reads every row of a mailing: for doctors and tests, never for a request."""

from collections.abc import Iterable
from dataclasses import dataclass

from vestnik.db.connection import Connection
from vestnik.ledger.fragments import SQL
from vestnik.models import MESSAGE_STATES


@dataclass(frozen=True, slots=True)
class Difference:
    """Totals that do not say what the messages say. ``batch`` None: the whole mailing's; ``words`` is one sentence."""

    mailing: int
    batch: int | None
    words: str


def check_totals(connection: Connection, mailings: Iterable[int] | None = None) -> list[Difference]:
    """Compare the counters of every batch with its rows and its log, and frozen totals with the counters.

    Empty: all agree.

    Each mailing is looked at in one snapshot, so it may be sending meanwhile.

    Args:
        connection: autocommit, without an open transaction.
        mailings: which ones; None: all.
    """
    if mailings is None:
        mailings = [row[0] for row in SQL.run(connection, "all_mailings")]
    return [difference for mailing in mailings for difference in _check(connection, mailing)]


def _check(connection: Connection, mailing: int) -> Iterable[Difference]:
    with connection.transaction():
        SQL.run(connection, "one_snapshot")
        rows = SQL.run(connection, "counters_differ", mailing=mailing)
        logs = SQL.run(connection, "log_differs", mailing=mailing)
        totals = SQL.run(connection, "totals_differ", mailing=mailing, words=list(MESSAGE_STATES))
    for batch, state, counters, counted in rows:
        if batch is None:
            yield Difference(mailing, None, f"{counted[0]} messages belong to no batch")
        elif counters == counted:
            yield Difference(mailing, batch, f"{state}, but nothing of it is queued")
        else:
            yield Difference(mailing, batch, _sentence(counters, counted))
    for batch, entries, messages in logs:
        yield Difference(mailing, batch, f"{entries} entries in the log, for {messages} messages")
    for frozen, summed in totals:
        yield Difference(mailing, None, f"frozen: {_sentence([frozen.get(w, 0) for w in MESSAGE_STATES], summed)}")


def _sentence(counters: list[int], rows: list[int]) -> str:
    """Where the two differ: ``queued 3 in the totals, 2 in the rows``."""
    pairs = zip(MESSAGE_STATES, counters, rows, strict=True)
    return "; ".join(
        f"{word} {counted} in the totals, {row} in the rows" for word, counted, row in pairs if counted != row
    )
