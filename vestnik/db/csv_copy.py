"""CSV that the database writes and sends as it is read (COPY): memory stays flat on both sides."""

from collections.abc import Generator
from typing import Any

from django.db import connection

from vestnik.spreadsheets import BLOCK, BYTE_ORDER_MARK, REST_STYLE, CsvStyle


def copied_csv(statement: str, values: Any, *, header: str, style: CsvStyle = REST_STYLE) -> Generator[bytes]:
    """What ``statement`` copies out as UTF-8, a block at a time; the connection is free when it is closed.

    Args:
        statement: a ``COPY … TO STDOUT``, with the separator of ``style``.
        values: its parameters; None: it has none.
        header: names of columns with commas between; a byte order mark is put before it.
        style: how the file is written.
    """
    first = header.replace(",", style.separator)
    block = bytearray(f"{BYTE_ORDER_MARK}{first}\r\n".encode())
    with connection.cursor() as cursor, cursor.cursor.copy(statement, values) as copy:
        for line in copy:
            block += line
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)
