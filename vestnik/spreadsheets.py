"""CSV for spreadsheets, a block at a time: no text in it is run as a formula, and an import takes it back as it was.

A cell is a formula when it begins with one of a few characters (OWASP, "CSV Injection"). A spreadsheet of a country
where a comma is the decimal point splits lines at semicolons, or at tabs, so a cell may begin inside a text of ours;
spaces and quotes before its beginning do not count. An apostrophe is put before each such place.
"""

import csv
import io
import re
from collections.abc import Generator, Iterable

#: The first character of a file, without which Excel shows Cyrillic as gibberish.
BYTE_ORDER_MARK = "\ufeff"
#: Bytes, or characters, of a file that are handed on at once.
BLOCK = 64 * 1024

_STARTS = r"=+@\t\r\n＝＋－＠-"
#: What a line may be split at, whatever we separate with.
_SEPARATORS = r";\t\r\n"
#: What a spreadsheet drops before it looks at a cell.
_DROPPED = " '\"\u00a0"
_BEGINS = rf"(?:^|(?<=[{_SEPARATORS}]))"
_FORMULA = rf"(?=[{_DROPPED}]*[{_STARTS}])"
_UNGUARDED = re.compile(_BEGINS + _FORMULA)
_GUARDED = re.compile(rf"{_BEGINS}'{_FORMULA}")


def harmless(text: str) -> str:
    """``text`` with an apostrophe before whatever a spreadsheet would run."""
    return _UNGUARDED.sub("'", text)


def as_typed(text: str) -> str:
    """``text`` without the apostrophes of :func:`harmless`."""
    return _GUARDED.sub("", text) if "'" in text else text


def harmless_sql(column: str) -> str:
    """An expression of PostgreSQL that gives what :func:`harmless` gives.

    Args:
        column: an expression of ours; it is not quoted.
    """
    quote = "''"
    dropped = _DROPPED.replace("'", quote)
    return f"regexp_replace({column}, '{_BEGINS}(?=[{dropped}]*[{_STARTS}])', '{quote}', 'g')"


def csv_blocks(rows: Iterable[Iterable[object]]) -> Generator[bytes]:
    """``rows``, the headers first, as CSV in UTF-8 with a byte order mark, a block at a time."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(row)
        if text.tell() >= BLOCK:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
