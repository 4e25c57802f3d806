"""What became of each message of a mailing, as CSV that a spreadsheet opens."""

from collections.abc import Collection, Generator
from typing import Any

from vestnik.db.csv_copy import copied_csv
from vestnik.db.sql_files import sql
from vestnik.spreadsheets import harmless_sql
from vestnik.statistics.messages import counters_of, numbers_of, word_column, words_by_number

HEADER = "message_id,phone_number,client_id,state,sent_at,attempts,code,detail"


def result_lines(*, mailing_id: int, states: Collection[str] | None) -> Generator[bytes]:
    """The messages as CSV in UTF-8, a block at a time, in the order of their ids; times are UTC.

    Args:
        mailing_id: whose messages.
        states: words of the nine states; None: all.
    """
    statement = sql(
        "vestnik.statistics", "results",
        word=word_column(),
        words=words_by_number(),
        counters=counters_of(states),
        code=harmless_sql("m.code"),
        detail=harmless_sql("m.detail"),
    )  # fmt: skip
    values: dict[str, Any] = {"mailing": mailing_id, "all": states is None, "states": numbers_of(states)}
    return copied_csv(statement, values, header=HEADER)
