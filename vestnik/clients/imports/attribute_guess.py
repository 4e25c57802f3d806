"""Guesses the types of attributes from the first rows of a file, and how its numbers and days are written."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from vestnik.clients.attributes.spelling import Spelling, read_value
from vestnik.clients.attributes.values import Fault, NoValue
from vestnik.clients.imports.attribute_columns import AttributeColumn
from vestnik.clients.imports.checking import text_of
from vestnik.models import AttributeType

#: A number that is rather a name: of a card, a contract, an account. Nobody counts with it.
_RATHER_A_NAME = re.compile(r"\+?\d{10,}", re.ASCII)
#: A code: as a number it would lose its zeros, so one such cell is enough.
_A_CODE = re.compile(r"\+?0\d+", re.ASCII)
#: What a workbook keeps a day as looks like a number; only the column's name tells.
_SERIAL = re.compile(r"[1-9]\d{4}(?:\.0+)?", re.ASCII)
_SAYS_DAY = re.compile(r"дата|день|срок|date|day|birth")
_COMMA = re.compile(r"\d,(?:\d{1,2}|\d{4,})$", re.ASCII)
_POINT = re.compile(r",\d{3}\.\d+$", re.ASCII)
#: Points that can only separate thousands.
_GROUPING_POINT = re.compile(r"\d\.\d{3}(?:,\d+|\.\d{3}(?:,\d+)?)$", re.ASCII)
_DAY_AND_MONTH = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/]\d{4}", re.ASCII)
Cells = Sequence[object]


def guess_type(header: str, cells: Iterable[object]) -> AttributeType:
    """The type that all values of a column have.

    Args:
        header: its name in the file.
        cells: what stands in it, as far as that was read.
    """
    texts = [text for cell in cells if (text := text_of(cell))]
    if not texts:
        return AttributeType.TEXT
    says_day = _SAYS_DAY.search(header.casefold()) is not None
    if all(says_day or not _SERIAL.fullmatch(text) for text in texts) and _all(texts, AttributeType.DATE):
        return AttributeType.DATE
    is_name = any(map(_A_CODE.fullmatch, texts)) or all(map(_RATHER_A_NAME.fullmatch, texts))
    return AttributeType.NUMBER if _all(texts, AttributeType.NUMBER) and not is_name else AttributeType.TEXT


def with_spellings(columns: Iterable[AttributeColumn], body: Sequence[Cells]) -> tuple[AttributeColumn, ...]:
    """The columns of attributes, each with what its own cells show. Columns of a file may come from several programs.

    Args:
        columns: as somebody chose them.
        body: the first rows below the header.
    """
    return tuple(
        column if column.type == AttributeType.TEXT
        else _with_spelling(column, [row[column.place] for row in body if column.place < len(row)])
        for column in columns
    )  # fmt: skip


def _with_spelling(column: AttributeColumn, cells: Cells) -> AttributeColumn:
    guess = guess_spelling(cells)
    return replace(column, decimal=guess.decimal, first=guess.guessed_first, points_group=guess.points_group)


def guess_spelling(cells: Cells) -> Spelling:
    """What ``1,234``, ``1.234`` and ``05/06/2026`` mean, by other cells of the same column; empty where none tells."""
    decimal: set[Literal["comma", "point"]] = set()
    first: set[Literal["day", "month"]] = set()
    points_group = False
    for text in map(text_of, cells):
        if _POINT.search(text):
            decimal.add("point")
        elif _GROUPING_POINT.search(text) and _is(text, AttributeType.NUMBER):
            points_group = True
            decimal.add("comma")
        elif _COMMA.search(text) and _is(text, AttributeType.NUMBER):
            decimal.add("comma")
        if found := _DAY_AND_MONTH.match(text):
            one, other = int(found[1]), int(found[2])
            first.update(["day"] if one > 12 >= other else ["month"] if other > 12 >= one else [])
    return Spelling(
        decimal=decimal.pop() if len(decimal) == 1 else "", guessed_first=first.pop() if len(first) == 1 else "",
        points_group=points_group,
    )  # fmt: skip


def _all(texts: Sequence[str], kind: AttributeType) -> bool:
    return all(_is(text, kind) for text in texts)


def _is(text: str, kind: AttributeType) -> bool:
    """Whether it is a value of this type, or may be."""
    try:
        return read_value(text, kind) is not None
    except NoValue as none:
        return none.fault in {Fault.NUMBER_UNCLEAR, Fault.DATE_UNCLEAR}
