"""What became of each message of a mailing, as CSV that a spreadsheet opens."""

from collections.abc import Collection, Generator
from typing import Any

from django.db import connection

from vestnik.db.sql_files import sql
from vestnik.spreadsheets import harmless_sql
from vestnik.statistics.messages import counters_of, numbers_of, word_column

#: The first line; a byte order mark, without which Excel shows Cyrillic as gibberish.
HEADER = "\ufeffmessage_id,phone_number,client_id,state,sent_at,attempts,code,detail\r\n".encode()
#: Bytes handed on at once.
BLOCK = 64 * 1024


def result_lines(*, mailing_id: int, states: Collection[str] | None) -> Generator[bytes]:
    """The messages as CSV in UTF-8, a block at a time, in the order of their ids; times are UTC.

    The database writes the CSV and sends it as it is read (COPY): memory stays flat on both sides.

    Args:
        mailing_id: whose messages.
        states: words of the nine states; None: all.
    """
    statement = sql(
        "vestnik.statistics", "results",
        word=word_column(),
        counters=counters_of(states),
        code=harmless_sql("m.code"),
        detail=harmless_sql("m.detail"),
    )  # fmt: skip
    values: dict[str, Any] = {"mailing": mailing_id, "all": states is None, "states": numbers_of(states)}
    block = bytearray(HEADER)
    with connection.cursor() as cursor, cursor.cursor.copy(statement, values) as copy:
        for line in copy:
            block += line
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)
