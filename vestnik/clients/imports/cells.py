"""A cell as text: the same table gives the same cells, whether it was saved as CSV or as a workbook."""

import re

#: What a spreadsheet would run as a formula. An export puts an apostrophe before it, and an import takes it off.
_FORMULA = "[=+\\-@\t\r\n＝＋－＠]"
_GUARDED, _TO_GUARD = re.compile(f"'+{_FORMULA}"), re.compile(f"'*{_FORMULA}")
#: A text that programs write as a formula, so that a spreadsheet does not make a number of it: ``="79111234567"``.
_TEXT_FORMULA = re.compile(r'\s*="((?:[^"]|"")*)"\s*', re.DOTALL)
#: Digits of a number that a spreadsheet keeps (Microsoft, "Excel specifications and limits": number precision).
_PRECISION = ".15g"


def text_of_cell(cell: object) -> str:
    """What stands in a cell.

    A number is written with all its digits, a whole one without a point, as a spreadsheet saves it to CSV. Of
    ``="text"`` the text counts, and the apostrophe that :func:`guarded` puts before a formula does not.
    """
    if isinstance(cell, str):
        return _of_text(cell)
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(cell, _PRECISION)
    return str(cell)


def guarded(text: str) -> str:
    """A cell for a file that people open in a spreadsheet: one that would run there as a formula gets an apostrophe."""
    return f"'{text}" if _TO_GUARD.match(text) else text


def _of_text(text: str) -> str:
    formula = _TEXT_FORMULA.fullmatch(text) if '="' in text else None
    if formula is not None:
        return formula[1].replace('""', '"')
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text
