"""Columns of a file that are attributes: what stands in them becomes a JSON object for each row."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from vestnik.clients.attributes.spelling import PLAIN, Spelling, read_value
from vestnik.clients.attributes.values import Fault, NoValue
from vestnik.models import AttributeType

#: Cells that are in JSON as they are in the file, which is most of them: no need to read them slowly.
_LETTERS = "0-9A-Za-zА-Яа-яЁё.,()«»№+/-"
_QUICK = {
    AttributeType.TEXT.value: re.compile(f"(?=.{{1,500}}$)[{_LETTERS}]+(?: [{_LETTERS}]+)*"),
    AttributeType.NUMBER.value: re.compile(r"0|-?(?:[1-9]\d{0,8}(?:\.\d{0,5}[1-9])?|0\.\d{0,5}[1-9])", re.ASCII),
}
#: The same where commas are decimal, and a point may be none.
_QUICK_WHOLE = re.compile(r"0|-?[1-9]\d{0,8}", re.ASCII)
_NEVER = re.compile("(?!)")
#: Different cells of one column whose values are kept, and their characters: names and cities repeat. A few megabytes.
_KEPT, _SHORT = 4_096, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeColumn:
    """The attribute of a column, by its place: its name, and its type (of AttributeType).

    ``decimal``, ``first`` and ``points_group``: how its own cells seem to be written, as in
    :class:`vestnik.clients.attributes.spelling.Spelling`. What somebody said counts more.
    """

    place: int
    name: str
    type: str
    decimal: Literal["", "comma", "point"] = ""
    first: Literal["", "day", "month"] = ""
    points_group: bool = False

    def spelling(self, said: Spelling) -> Spelling:
        """How its cells are read, where somebody said ``said`` of the whole file."""
        return replace(
            said, decimal=said.decimal or self.decimal, guessed_first=self.first, points_group=self.points_group
        )


class NumberCell(str):
    """The digits of a number in a workbook's cell. It is no spelling of anybody's: its point is the decimal one."""

    __slots__ = ()


class BadCell(Exception):
    """A cell is no value of its column's type. ``attribute``: the column's name; ``fault``: why."""

    def __init__(self, attribute: str, fault: Fault) -> None:
        super().__init__(attribute, fault)
        self.attribute, self.fault = attribute, fault


class _Members(dict[object, str]):
    """What a cell of one column is in the JSON object, for the text format of COPY; empty: nothing.

    Looking a cell up reads it, the first time.
    """

    def __init__(self, column: AttributeColumn, spelling: Spelling) -> None:
        super().__init__()
        self._column, self._spelling = column, column.spelling(spelling)
        self._prefix = f',"{column.name}":'
        self._has_commas = column.type == AttributeType.NUMBER and self._spelling.decimal == "comma"
        self._quick = _QUICK_WHOLE if self._has_commas else _QUICK.get(column.type, _NEVER)
        self._quote = '"' if column.type == AttributeType.TEXT else ""

    def __missing__(self, cell: object) -> str:
        said = "" if cell is None else str(cell)
        quick = self._quick.fullmatch(said)
        if quick is None:
            is_number = isinstance(cell, NumberCell | float)
            text = self._read(said, PLAIN if is_number else self._spelling)
        else:
            text = f"{self._prefix}{self._quote}{said}{self._quote}"
        # With commas the digits of a cell may be one number as a text, and another one as a number.
        if len(said) <= _SHORT and not (self._has_commas and "." in said):
            if len(self) >= _KEPT:
                self.clear()
            self[cell] = text
        return text

    def _read(self, said: str, spelling: Spelling) -> str:
        try:
            value = read_value(said, self._column.type, spelling)
        except NoValue as none:
            raise BadCell(self._column.name, none.fault) from none
        # JSON has no tabs or line ends, so its backslashes are all that COPY would take for something else.
        return "" if value is None else self._prefix + orjson.dumps(value).decode().replace("\\", "\\\\")


def attributes_reader(
    columns: Sequence[AttributeColumn], spelling: Spelling = PLAIN
) -> Callable[[Sequence[object]], str | None]:
    """The function that reads the attributes of a row: a JSON object as COPY takes it, None if there are none.

    It raises :class:`BadCell`. Its argument has all cells of a row.
    """
    members = [(column.place, _Members(column, spelling)) for column in columns]

    def read(cells: Sequence[object]) -> str | None:
        found = "".join([known[cells[place]] for place, known in members])
        return f"{{{found[1:]}}}" if found else None

    return read
