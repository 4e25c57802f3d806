"""CSV that the database writes and sends as it is read (COPY): memory stays flat on both sides."""

from collections.abc import Generator
from contextlib import AbstractContextManager

import psycopg

from vestnik.spreadsheets import BLOCK, BYTE_ORDER_MARK, REST_STYLE, CsvStyle


def copied_csv(
    copying: "AbstractContextManager[psycopg.Copy]", *, header: str, style: CsvStyle = REST_STYLE
) -> Generator[bytes]:
    """Yield the output of a COPY as UTF-8, a block at a time. Closing it frees the connection.

    Args:
        copying: a ``COPY … TO STDOUT`` of :meth:`vestnik.db.statements.Statements.copy`, with the separator of
            ``style``; begun with the first block.
        header: names of columns with commas between; a byte order mark is put before it.
        style: how the file is written.
    """
    first = header.replace(",", style.separator)
    block = bytearray(f"{BYTE_ORDER_MARK}{first}\r\n".encode())
    with copying as copy:
        for line in copy:
            block += line
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)
