"""Reads a file as rows of cells, a row at a time: CSV as spreadsheets save it, and workbooks.

A cell is text. The same table gives the same cells, whether it was saved as CSV or as a workbook.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO

from django.utils.translation import gettext_noop as _noop

from vestnik.characters import is_blank
from vestnik.clients.imports import packing
from vestnik.clients.imports.attribute_columns import NumberCell
from vestnik.clients.imports.csv_records import records_of
from vestnik.clients.imports.file_kinds import XLSX, kind_of
from vestnik.clients.imports.limits import FileProblem
from vestnik.clients.imports.workbook import sheet_rows
from vestnik.spreadsheets import as_typed

#: A row: the line of the file on which it begins, and its cells; None: there is none at this place.
Row = tuple[int, list[object]]
#: A text that programs write as a formula, so that a spreadsheet does not make a number of it: ``="79111234567"``.
_TEXT_FORMULA = re.compile(r'\s*="((?:[^"]|"")*)"\s*', re.DOTALL)
#: Digits of a number that a spreadsheet keeps (Microsoft, "Excel specifications and limits": number precision).
_PRECISION = ".15g"


def rows_of(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file, its header first; rows without any text are left out. Cells are text, whatever the kind.

    Raises:
        FileProblem: it cannot be read (any more).
    """
    kind = kind_of(file)
    if kind == XLSX:
        packing.check_workbook(file)
    for line, cells in sheet_rows(file) if kind == XLSX else records_of(file):
        texts = _texts(cells)
        if not all(is_blank(str(text)) for text in texts):
            yield line, texts


def _texts(cells: Sequence[object]) -> list[object]:
    """The texts of a row's cells. Most rows of CSV are texts already, which is seen faster in all cells at once."""
    try:
        together = "".join(cells)  # type: ignore[arg-type]  # workbooks have others, and are caught
    except TypeError:
        return [text_of_cell(cell) for cell in cells]
    return list(cells) if "'" not in together and '="' not in together else [text_of_cell(cell) for cell in cells]


def first_rows(file: IO[bytes], *, most: int) -> list[list[object]]:
    """The first rows of a file, at least one: kind, size unpacked and encoding of all of it are looked at.

    Args:
        file: can be sought in.
        most: so many rows.

    Raises:
        FileProblem: it cannot be imported.
    """
    rows = [cells for _line, cells in islice(checked_rows(file), most)]
    file.seek(0)
    return rows


def checked_rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of a file; there is at least one.

    Raises:
        FileProblem: it cannot be imported.
    """
    rows = rows_of(file)
    first = next(rows, None)
    if first is None:
        raise FileProblem(_noop("The file is empty."))
    yield first
    yield from rows


def text_of_cell(cell: object) -> str:
    """The text of a cell.

    A number is written with all its digits, a whole one without a point, as a spreadsheet saves it to CSV. Of
    ``="text"`` the text counts, and the apostrophes of :func:`vestnik.spreadsheets.harmless` do not.
    """
    if isinstance(cell, str):
        return _of_text(cell)
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else NumberCell(format(cell, _PRECISION))
    return str(cell)


def _of_text(text: str) -> str:
    formula = _TEXT_FORMULA.fullmatch(text) if '="' in text else None
    if formula is not None:
        return formula[1].replace('""', '"')
    return as_typed(text)
