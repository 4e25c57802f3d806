"""A cell as text: the same table gives the same cells, whether it was saved as CSV or as a workbook."""

import re

from vestnik.spreadsheets import as_typed

#: A text that programs write as a formula, so that a spreadsheet does not make a number of it: ``="79111234567"``.
_TEXT_FORMULA = re.compile(r'\s*="((?:[^"]|"")*)"\s*', re.DOTALL)
#: Digits of a number that a spreadsheet keeps (Microsoft, "Excel specifications and limits": number precision).
_PRECISION = ".15g"


def text_of_cell(cell: object) -> str:
    """What stands in a cell.

    A number is written with all its digits, a whole one without a point, as a spreadsheet saves it to CSV. Of
    ``="text"`` the text counts, and the apostrophes of :func:`vestnik.spreadsheets.harmless` do not.
    """
    if isinstance(cell, str):
        return _of_text(cell)
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(cell, _PRECISION)
    return str(cell)


def _of_text(text: str) -> str:
    formula = _TEXT_FORMULA.fullmatch(text) if '="' in text else None
    if formula is not None:
        return formula[1].replace('""', '"')
    return as_typed(text)
