"""The first sheet of a workbook (XLSX), a row at a time.

Read by hand, with Python's own streaming parser: the libraries for workbooks build objects of formats, texts and whole
rows before anybody can look at them, so a file of a few megabytes, written for that, takes gigabytes. Here nothing but
the texts that cells share is kept, and what no spreadsheet program writes is refused. Names of parts and elements are
those of ECMA-376, part 1, chapter 18.
"""

import zipfile
import zlib
from array import array
from collections.abc import Iterator
from posixpath import join, normpath
from typing import IO
from xml.parsers import expat

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.limits import (
    MOST_COLUMNS,
    MOST_LINE,
    MOST_SHARED,
    FileProblem,
    mebibytes,
    unusual_workbook,
)
from vestnik.clients.imports.markup import Markup
from vestnik.clients.imports.packing import opened_archive

_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
#: Bytes fed to the parser at once.
_PIECE = 64 * 1024
#: Texts that cells share: four columns of a million rows, and some.
_MOST_TEXTS = 5_000_000
#: Cells of a row: Excel's own limit.
_MOST_CELLS = 16_384
#: Sheets, or relations, of a workbook that are looked at.
_MOST_PARTS = 1_000
#: Whatever the libraries below say of a file that is damaged.
_DAMAGED = (
    expat.ExpatError, zipfile.BadZipFile, zlib.error, KeyError, IndexError, ValueError, EOFError, OSError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def sheet_rows(file: IO[bytes]) -> Iterator[tuple[int, list[object]]]:
    """The rows of the first sheet: the number of each, and its cells, at most one more than MOST_COLUMNS.

    Texts are strings, numbers are numbers; a formula is what it gave when the file was saved.

    Raises:
        FileProblem: the workbook is damaged, or is like none that a spreadsheet program writes.
    """
    try:
        with opened_archive(file) as archive:
            sheet, texts = _parts(archive)
            yield from _rows(archive, sheet, _SharedTexts(archive, texts))
    except FileProblem:
        raise
    except _DAMAGED as error:
        raise FileProblem(_noop("The workbook is damaged, or its first sheet is no table.")) from error


def _parts(archive: zipfile.ZipFile) -> tuple[str, str | None]:
    """The names of the first sheet, and of the texts that cells share, if there are any."""
    book, relations = _Book(), _Relations()
    for reader, name in ((book, _BOOK), (relations, _RELATIONS)):
        for piece in _pieces(archive, name):
            reader.feed(piece)
    sheets = [relations.worksheets[identity] for identity in book.sheets if identity in relations.worksheets]
    return sheets[0], relations.texts


def _rows(archive: zipfile.ZipFile, name: str, texts: "_SharedTexts") -> Iterator[tuple[int, list[object]]]:
    sheet = _Sheet(texts)
    for piece in _pieces(archive, name):
        sheet.feed(piece)
        yield from sheet.rows
        sheet.rows.clear()


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part, unpacked; nothing at its end."""
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            yield piece
    yield b""


class _Book(Markup):
    """The workbook: the relations of its sheets, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[str] = []

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """A sheet."""
        if name == "sheet" and len(self.sheets) < _MOST_PARTS:
            self.sheets += [value for key, value in attributes.items() if key.endswith(":id")][:1]


class _Relations(Markup):
    """Which part a relation leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.worksheets: dict[str, str] = {}
        self.texts: str | None = None

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """A relation."""
        if name != "Relationship":
            return
        kind = attributes["Type"].rpartition("/")[2]
        part = normpath(join("/xl", attributes["Target"])).lstrip("/")
        if kind == "worksheet" and len(self.worksheets) < _MOST_PARTS:
            self.worksheets[attributes["Id"]] = part
        elif kind == "sharedStrings":
            self.texts = part


class _SharedTexts(Markup):
    """Texts that cells name by number, read as far as they are asked for, and kept as bytes."""

    def __init__(self, archive: zipfile.ZipFile, name: str | None) -> None:
        super().__init__()
        if name is not None and archive.getinfo(name).file_size > MOST_SHARED:
            raise FileProblem(
                _noop("The workbook holds more than %(most)d MiB of texts: save it as CSV."),
                most=mebibytes(MOST_SHARED),
            )
        self._unread = _pieces(archive, name) if name is not None else iter(())
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
        text = self._bytes[self._ends[number] : self._ends[number + 1]].decode()
        return text.replace("x005F_", "") if "x005F_" in text else text  # how Excel escapes what looks like an escape

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
            if len(self._ends) > _MOST_TEXTS:
                raise unusual_workbook()


class _Sheet(Markup):
    """A sheet; ``rows`` are those that ended since somebody emptied it."""

    def __init__(self, texts: _SharedTexts) -> None:
        super().__init__()
        self.rows: list[tuple[int, list[object]]] = []
        self._texts = texts
        self._line, self._column, self._count = 0, -1, 0
        self._cells: list[object] = []
        self._kind, self._value, self._taking, self._phonetic = "n", "", False, False

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """A row, a cell, or the text in it."""
        if name == "c":
            self._kind, self._value = attributes.get("t", "n"), ""
            place = attributes.get("r")
            self._column = self._column + 1 if place is None else _column(place)
            self._count += 1
            if self._count > _MOST_CELLS:
                raise unusual_workbook()
        elif name in ("v", "t"):
            self._taking = not self._phonetic
        elif name == "row":
            self._line = _line(attributes["r"]) if "r" in attributes else self._line + 1
            self._column, self._count, self._cells = -1, 0, []
        elif name == "rPh":
            self._phonetic = True

    def text(self, text: str) -> None:
        """A cell's text, which comes in parts if it is long."""
        if self._taking:
            self._value += text
            self._check_length(self._value)

    def closed(self, name: str) -> None:
        """What was opened is whole."""
        if name in ("v", "t"):
            self._taking = False
        elif name == "c":
            self._place()
        elif name == "row":
            if self._cells:
                self.rows.append((self._line, self._cells))
        elif name == "rPh":
            self._phonetic = False

    def _place(self) -> None:
        """Put the cell where it stands; nobody looks at what is further to the right than a table may have columns."""
        gap = self._column - len(self._cells)
        if not self._value or self._column > MOST_COLUMNS:
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
            return "TRUE" if self._value == "1" else "FALSE"
        return self._value

    def _check_length(self, text: str) -> None:
        if len(text) >= MOST_LINE:
            raise FileProblem(_noop("Line %(line)d has %(most)d characters or more."), line=self._line, most=MOST_LINE)


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
