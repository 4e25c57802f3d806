"""CSV for spreadsheets, a block at a time: no text in it is run as a formula, and an import takes it back as it was.

A cell is a formula when it begins with one of a few characters (OWASP, "CSV Injection"). A spreadsheet of a country
where a comma is the decimal point splits lines at semicolons, others at commas or at tabs, so a cell may begin inside a
text of ours; spaces and quotes before its beginning do not count. An apostrophe is put before each such place.
"""

import csv
import io
import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass

#: The first character of a file, without which Excel shows Cyrillic as gibberish.
BYTE_ORDER_MARK = "\ufeff"
#: Bytes, or characters, of a file that are handed on at once.
BLOCK = 64 * 1024

_STARTS = r"=+@\t\r\n＝＋－＠-"
#: What a line may be split at, whatever we separate with.
_SEPARATORS = r",;\t\r\n"
#: What a spreadsheet drops before it looks at a cell.
_DROPPED = " '\"\u00a0"
_BEGINS = rf"(?:^|(?<=[{_SEPARATORS}]))"
_FORMULA = rf"(?=[{_DROPPED}]*[{_STARTS}])"
_SPLIT = re.compile(r"[,;\t]")
_UNGUARDED = re.compile(_BEGINS + _FORMULA)
_GUARDED = re.compile(rf"{_BEGINS}'{_FORMULA}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvStyle:
    """How a file is written for its reader.

    Args:
        separator: between cells: a comma, or the semicolon that spreadsheets of many countries expect.
        zone: IANA name of the time zone that times are written in.
        moment: how they are written, as PostgreSQL's ``to_char`` takes it.
        keeps_texts_whole: whether a text with any separator in it is quoted, and not only one with that of the file.
            LibreOffice splits a file that is opened with a double click at commas, semicolons and tabs alike.
    """

    separator: str = ","
    zone: str = "UTC"
    moment: str = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
    keeps_texts_whole: bool = False

    def quoted(self, *columns: str) -> str:
        """An option of PostgreSQL's ``COPY`` for these columns of texts: names of ours, never input."""
        return f", FORCE_QUOTE ({', '.join(columns)})" if self.keeps_texts_whole and columns else ""


#: As the REST API writes files: commas, and times in UTC (RFC 3339).
REST_STYLE = CsvStyle()


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


def csv_blocks(rows: Iterable[Iterable[object]], *, style: CsvStyle = REST_STYLE) -> Generator[bytes]:
    """``rows``, the headers first, as CSV in UTF-8 with a byte order mark, a block at a time."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    plain = csv.writer(text, delimiter=style.separator)
    whole = csv.writer(text, delimiter=style.separator, quoting=csv.QUOTE_ALL)
    for row in rows:
        cells = [*row]
        is_split = style.keeps_texts_whole and any(_SPLIT.search(str(cell)) for cell in cells)
        (whole if is_split else plain).writerow(cells)
        if text.tell() >= BLOCK:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
