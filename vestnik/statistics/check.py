"""A check that proves counters = rows. It reads every row of a mailing: for doctors and tests, never for a request."""

from collections.abc import Iterable
from dataclasses import dataclass

from vestnik.db.connection import Connection, run
from vestnik.db.sql_files import sql
from vestnik.ledger.statements import IS_SENDING
from vestnik.models import MESSAGE_STATES, SENDING, MessageState

SQL = "vestnik.statistics"


@dataclass(frozen=True, slots=True)
class Difference:
    """Books that do not say what the rows say. ``batch`` None: the whole mailing's; ``words`` is one sentence."""

    mailing: int
    batch: int | None
    words: str


def check_books(connection: Connection, mailings: Iterable[int] | None = None) -> list[Difference]:
    """Compare the counters of every batch with its rows, and frozen totals with the counters; empty: all agree.

    Each mailing is looked at in one snapshot, so it may be sending meanwhile.

    Args:
        connection: autocommit, without an open transaction.
        mailings: which ones; None: all.
    """
    if mailings is None:
        mailings = [row[0] for row in connection.execute("SELECT id FROM vestnik_mailing ORDER BY id").fetchall()]
    return [difference for mailing in mailings for difference in _check(connection, mailing)]


def count_columns() -> str:
    """SQL that counts the rows ``m`` of the batch ``b`` in each of the nine states, in their order."""
    numbers = {state.label: int(state) for state in MessageState}
    conditions = {word: f"m.state = {numbers[word]}" for word in MESSAGE_STATES if word != SENDING}
    # Without a mark the expression is null, which is not sending.
    conditions["queued"] = f"m.state = 0 AND ({IS_SENDING}) IS NOT TRUE"
    conditions[SENDING] = IS_SENDING
    return ", ".join(f"count(*) FILTER (WHERE {conditions[word]})::int AS {word}" for word in MESSAGE_STATES)


def _check(connection: Connection, mailing: int) -> Iterable[Difference]:
    statement = sql(SQL, "books_differ", columns=count_columns())
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        rows = connection.execute(statement.encode(), {"mailing": mailing}).fetchall()
        totals = run(connection, SQL, "totals_differ", mailing=mailing, words=list(MESSAGE_STATES))
    for batch, state, books, counted in rows:
        if batch is None:
            yield Difference(mailing, None, f"{counted[0]} messages belong to no batch")
        elif books == counted:
            yield Difference(mailing, batch, f"{state}, but nothing of it is queued")
        else:
            yield Difference(mailing, batch, _sentence(books, counted))
    for frozen, summed in totals:
        yield Difference(mailing, None, f"frozen: {_sentence([frozen.get(w, 0) for w in MESSAGE_STATES], summed)}")


def _sentence(books: list[int], rows: list[int]) -> str:
    """Where the two differ: ``queued 3 in the books, 2 in the rows``."""
    pairs = zip(MESSAGE_STATES, books, rows, strict=True)
    return "; ".join(f"{word} {book} in the books, {row} in the rows" for word, book, row in pairs if book != row)
