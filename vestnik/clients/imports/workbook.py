"""The first visible sheet of a workbook (XLSX), a row at a time.

This module uses Python's own streaming parser. Libraries for workbooks build objects of formats, texts and whole rows
before a limit can be checked, so a malicious file of a few megabytes takes gigabytes. Here only the texts that cells
share are kept, and what no spreadsheet program writes is refused. Names of parts and elements are those of ECMA-376,
part 1, chapter 18.
"""

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.limits import (
    MAX_COLUMNS,
    MAX_LINE,
    MAX_SHARED,
    FileProblem,
    mebibytes,
    unusual_workbook,
)
from vestnik.clients.imports.markup import Markup
from vestnik.clients.imports.packing import opened_archive
from vestnik.clients.imports.workbook_parts import find_parts, part_pieces

#: Texts that cells share: four columns of a million rows, and some.
_MAX_TEXTS = 5_000_000
#: Cells of a row: Excel's own limit.
_MAX_CELLS = 16_384
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
#: Errors of the libraries below about a damaged file.
_DAMAGED = (
    expat.ExpatError, zipfile.BadZipFile, zlib.error, KeyError, IndexError, ValueError, EOFError, OSError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def sheet_rows(file: IO[bytes]) -> Iterator[tuple[int, list[object]]]:
    """The rows of the first visible sheet: the number of each, and its cells, at most one more than MAX_COLUMNS.

    Texts are strings, numbers are numbers; a formula is what it gave when the file was saved.

    Raises:
        FileProblem: the workbook is damaged, or is like none that a spreadsheet program writes.
    """
    try:
        with opened_archive(file) as archive:
            sheet, texts = find_parts(archive)
            yield from _rows(archive, sheet, _SharedTexts(archive, texts))
    except FileProblem:
        raise
    except _DAMAGED as error:
        raise FileProblem(_noop("The workbook is damaged, or its first sheet is not a table.")) from error


def _rows(archive: zipfile.ZipFile, part: zipfile.ZipInfo, texts: "_SharedTexts") -> Iterator[tuple[int, list[object]]]:
    sheet = _Sheet(texts)
    for piece in part_pieces(archive, part):
        sheet.feed(piece)
        yield from sheet.rows
        sheet.rows.clear()


class _SharedTexts(Markup):
    """Texts that cells name by number, read as far as they are asked for, and kept as bytes."""

    def __init__(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo | None) -> None:
        super().__init__()
        if part is not None and part.file_size > MAX_SHARED:
            raise FileProblem(
                _noop("The workbook contains more than %(most)d MiB of texts: save it as CSV."),
                most=mebibytes(MAX_SHARED),
            )
        self._unread = part_pieces(archive, part) if part is not None else iter(())
        self._bytes, self._ends = bytearray(), array("I", [0])
        self._taking = self._phonetic = False

    def get(self, number: int) -> str:
        """One of them.

        Raises:
            IndexError: there are not so many.
        """
        if number < 0:
            raise IndexError(number)
        while number >= len(self._ends) - 1:
            piece = next(self._unread, None)
            if piece is None:
                raise IndexError(number)
            self.feed(piece)
        return unescaped(self._bytes[self._ends[number] : self._ends[number + 1]].decode())

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """A text of its own, or how one is spoken in Japanese."""
        del attributes
        self._phonetic = self._phonetic or name == "rPh"
        self._taking = name == "t" and not self._phonetic

    def text(self, text: str) -> None:
        """Keep it."""
        if self._taking:
            self._bytes += text.encode()

    def closed(self, name: str) -> None:
        """Formatted texts have several parts."""
        self._taking = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._ends.append(len(self._bytes))
            if len(self._ends) > _MAX_TEXTS:
                raise unusual_workbook()


class _Sheet(Markup):
    """A sheet; ``rows`` are those that ended since somebody emptied it."""

    def __init__(self, texts: _SharedTexts) -> None:
        super().__init__()
        self.rows: list[tuple[int, list[object]]] = []
        self._texts = texts
        self._line, self._column, self._count = 0, -1, 0
        self._cells: list[object] = []
        self._kind, self._value, self._taking = "n", "", False
        self._inline = self._phonetic = False

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """A row, a cell, or the text in it."""
        if name == "c":
            self._open_cell(attributes)
        elif name == "v":
            self._taking = self._kind != "inlineStr"
        elif name == "t":
            self._taking = self._kind == "inlineStr" and self._inline and not self._phonetic
        elif name == "row":
            self._open_row(attributes)
        elif name == "is":
            self._inline = True
        elif name == "rPh":
            self._phonetic = True

    def text(self, text: str) -> None:
        """A cell's text, which comes in parts if it is long."""
        if self._taking:
            self._value += text
            self._check_length(self._value)

    def closed(self, name: str) -> None:
        """Handle the end of an element: of a value, a cell or a row."""
        if name in ("v", "t"):
            self._taking = False
        elif name == "c":
            self._place()
        elif name == "row":
            if self._cells:
                self.rows.append((self._line, self._cells))
        elif name == "is":
            self._inline = False
        elif name == "rPh":
            self._phonetic = False

    def _open_row(self, attributes: dict[str, str]) -> None:
        line = _line(attributes["r"]) if "r" in attributes else self._line + 1
        if line <= self._line:
            raise ValueError("a row stands before its neighbour")
        self._line, self._column, self._count, self._cells = line, -1, 0, []

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self._kind, self._value = attributes.get("t", "n"), ""
        self._taking = self._inline = self._phonetic = False
        place = attributes.get("r")
        self._column = self._column + 1 if place is None else _column(place)
        self._count += 1
        if self._count > _MAX_CELLS:
            raise unusual_workbook()

    def _place(self) -> None:
        """Put the cell where it stands; nobody looks at what is further to the right than a table may have columns."""
        gap = self._column - len(self._cells)
        # An error (#N/A) is no text that somebody wrote: the cell is missing, as one without a value is.
        if not self._value or self._kind == "e" or self._column > MAX_COLUMNS:
            return
        if gap < 0:
            raise ValueError("a cell stands behind its neighbour")
        self._cells.extend([None] * gap)
        self._cells.append(self._read())

    def _read(self) -> object:
        if self._kind == "s":
            text = self._texts.get(int(self._value))
            self._check_length(text)
            return text
        if self._kind == "n":
            return float(self._value) if any(char in self._value for char in ".eE") else int(self._value)
        if self._kind == "b":
            return "TRUE" if self._value.strip() in ("1", "true") else "FALSE"
        return unescaped(self._value)

    def _check_length(self, text: str) -> None:
        if len(text) >= MAX_LINE:
            raise FileProblem(_noop("Line %(line)d has %(most)d characters or more."), line=self._line, most=MAX_LINE)


def unescaped(text: str) -> str:
    """Decode ``_x000D_``, the form of a character that XML cannot hold (ECMA-376 part 1, 22.9.2.19, ST_Xstring)."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    # A character above U+FFFF is escaped as its two halves.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _column(place: str) -> int:
    """``C7`` is 2."""
    letters = place.rstrip("0123456789")
    if not 1 <= len(letters) <= 3:
        raise ValueError("a cell stands nowhere")
    column = 0
    for letter in letters:
        column = column * 26 + int(letter, 36) - 9
    return column - 1


def _line(number: str) -> int:
    if not (1 <= len(number) <= 9 and number.isascii() and number.isdigit()):
        raise ValueError("a row has no number")
    return int(number)
