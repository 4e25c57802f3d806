"""A file becomes rows of cells, a row at a time: CSV as people's spreadsheets save it, and workbooks."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import IO

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports import packing
from vestnik.clients.imports.columns import field_of, find_columns
from vestnik.clients.imports.limits import MOST_COLUMNS, MOST_LINE, FileProblem
from vestnik.clients.imports.workbook import sheet_rows

#: A row: the line of the file on which it begins, and its cells.
Row = tuple[int, list[object]]
#: What may stand between cells: people's spreadsheets write a semicolon where a comma is the decimal point.
DELIMITERS = ",;\t"


def rows_of(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file, its header first; rows without any text are left out.

    Raises:
        FileProblem: it cannot be read (any more).
    """
    file.seek(0)
    kind = packing.kind_of(file.read(8_192))
    return _rows_of_workbook(file) if kind == packing.XLSX else _rows_of_csv(file)


def check(file: IO[bytes], *, needs_all: bool) -> None:
    """Look at all that can be seen without reading the rows: kind, size unpacked, encoding, the header.

    Raises:
        FileProblem: it cannot be imported.
    """
    _line, header = next(checked_rows(file))
    find_columns(header, needs_all=needs_all)
    file.seek(0)


def checked_rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file whose kind and size unpacked are looked at first; there is at least one.

    Raises:
        FileProblem: it cannot be imported.
    """
    file.seek(0)
    kind = packing.kind_of(file.read(8_192))
    if kind == packing.XLSX:
        packing.check_workbook(file)
    rows = rows_of(file)
    first = next(rows, None)
    if first is None:
        raise FileProblem(_noop("The file is empty."))
    yield first
    yield from rows


def encoding_of(file: IO[bytes]) -> str:
    """``utf-8-sig`` or ``cp1251``, by all of the file's bytes.

    Text that is UTF-8 but for some broken places is refused: as Windows-1251 it would be imported as gibberish.

    Raises:
        FileProblem: it is no text, or neither.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    broken = foreign = 0
    known_1251 = True
    for piece in packing.pieces(file):
        packing.refuse_binary(piece)
        known_1251 = known_1251 and b"\x98" not in piece
        if piece.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(piece)
        broken += text.count("\ufffd")
        foreign += len(text) - len(text.encode("ascii", "ignore"))
    broken += decoder.decode(b"", final=True).count("\ufffd")
    if not broken:
        return "utf-8-sig"
    if foreign - broken > broken or not known_1251:
        raise FileProblem(_noop("The text is neither UTF-8 nor Windows-1251: some of its bytes are broken."))
    return "cp1251"


def _rows_of_csv(file: IO[bytes]) -> Iterator[Row]:
    encoding = encoding_of(file)
    text = io.TextIOWrapper(io.BufferedReader(packing.PieceReader(packing.pieces(file))), encoding, newline="")
    lines = _lines(text)
    skipped, first = 0, next(lines, "")
    if first.lower().startswith("sep="):  # what Excel is told the delimiter with
        skipped, first = 1, next(lines, "")
    csv.field_size_limit(MOST_LINE)
    delimiter = _delimiter(first)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield line, cells  # type: ignore[misc]  # a list of texts is read only
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise FileProblem(_noop("Line %(line)d is no CSV: its quotation marks do not match."), line=line) from error


def _delimiter(header: str) -> str:
    """The one that makes most column names known; where none is, the one that stands there most often."""
    if max(map(header.count, DELIMITERS)) >= MOST_COLUMNS:
        raise FileProblem(_noop("The file has more than %(most)d columns."), most=MOST_COLUMNS)

    def known(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([header], delimiter=delimiter), [])
        return sum(field_of(cell) is not None for cell in cells), len(cells)

    return max(DELIMITERS, key=known)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 1
    while line := text.readline(MOST_LINE):
        if len(line) == MOST_LINE:
            raise FileProblem(_noop("Line %(line)d has %(most)d characters or more."), line=number, most=MOST_LINE)
        yield line
        number += 1


def _rows_of_workbook(file: IO[bytes]) -> Iterator[Row]:
    """The rows of the first sheet."""
    packing.check_workbook(file)
    for line, cells in sheet_rows(file):
        if any(str(cell).strip() for cell in cells if cell is not None):
            yield line, cells
