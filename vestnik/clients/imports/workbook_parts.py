"""Finds the first visible sheet and the shared texts of a workbook: it follows relations, and assumes no names.

ECMA-376 part 2 (Open Packaging Conventions): part names are compared without regard to case (6.2.2.3), the relations
of a part stand in ``_rels`` beside it (6.5.2), and ``_rels/.rels`` leads to the workbook. Some programs write
backslashes into the names of an archive; they are read as slashes.
"""

import zipfile
from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath
from typing import NamedTuple
from urllib.parse import unquote

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.limits import FileProblem
from vestnik.clients.imports.markup import Markup

#: Bytes fed to the parser at once.
PIECE = 64 * 1024
#: Where nearly all programs put the workbook: for files that do not say it.
_USUAL_BOOK = "xl/workbook.xml"
#: Sheets, or relations, of a workbook that are read.
_MAX_PARTS = 1_000
#: A cell does not say that it is a day, so its number cannot be corrected here: 1,462 days later in such a workbook.
_OTHER_DAYS = _noop(
    "The workbook counts days from 1904, so its dates would be read as four years earlier. Save it as CSV."
)
_NO_WORKBOOK = _noop("The file is a ZIP archive, not a workbook (.xlsx).")


class _Relation(NamedTuple):
    """The target of a relation; ``kind`` is the last word of its type, the same in both editions of the standard."""

    identity: str
    kind: str
    target: str


class _Relations(Markup):
    """The relations of a part, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Relation] = []

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """A relation; one that leads out of the file is none for us."""
        if name != "Relationship" or attributes.get("TargetMode") == "External" or len(self.found) >= _MAX_PARTS:
            return
        kind = attributes["Type"].rpartition("/")[2]
        self.found.append(_Relation(attributes["Id"], kind, attributes["Target"]))


class _Book(Markup):
    """The workbook: the relations of its sheets, in their order, and whether each is visible."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, bool]] = []
        self.counts_from_1904 = False

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """A sheet; ``state`` is visible, hidden or veryHidden (ECMA-376 part 1, 18.18.68). Or how days are counted."""
        if name == "workbookPr":
            # xsd:boolean; 18.2.28 and 18.17.4.1.
            self.counts_from_1904 = attributes.get("date1904", "0").strip() in {"1", "true"}
        if name == "sheet" and len(self.sheets) < _MAX_PARTS:
            visible = attributes.get("state", "visible") == "visible"
            self.sheets += [(value, visible) for key, value in attributes.items() if key.endswith(":id")][:1]


class _Parts:
    """The parts of an archive, by their names in lower case and with slashes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self._named = {_plain(entry.filename): entry for entry in archive.infolist() if not entry.is_dir()}

    def get(self, name: str) -> zipfile.ZipInfo | None:
        """The part of this name, if there is one; ``%20`` in the name of a relation's target is a space."""
        return self._named.get(_plain(name)) or self._named.get(_plain(unquote(name)))

    def read(self, part: zipfile.ZipInfo, reader: Markup) -> None:
        """Feed a part to a reader."""
        for piece in part_pieces(self.archive, part):
            reader.feed(piece)

    def relations_of(self, name: str) -> list[_Relation]:
        """The relations of a part (an empty name: of the whole file), with targets as names in the archive."""
        part = self.get(join(dirname(name), "_rels", f"{basename(name)}.rels"))
        if part is None:
            return []
        relations = _Relations()
        self.read(part, relations)
        return [found._replace(target=self._resolved(found.target, dirname(name))) for found in relations.found]

    def _resolved(self, target: str, folder: str) -> str:
        target = target.replace("\\", "/")
        resolved = normpath(join("/", folder, target))
        # Some programs mean the root without saying so.
        return resolved if self.get(resolved) is not None else normpath(join("/", target))


def find_parts(archive: zipfile.ZipFile) -> tuple[zipfile.ZipInfo, zipfile.ZipInfo | None]:
    """The first visible sheet that is a table, and the texts that cells share, if there are any.

    Raises:
        FileProblem: the archive is no workbook, no table in it is visible, or its days are counted from 1904.
        KeyError: the workbook names parts that are not there.
    """
    parts = _Parts(archive)
    name = _book_name(parts)
    part = parts.get(name)
    if part is None:
        raise FileProblem(_NO_WORKBOOK)
    book = _Book()
    parts.read(part, book)
    if book.counts_from_1904:
        raise FileProblem(_OTHER_DAYS)
    relations = parts.relations_of(name)
    tables = {found.identity: found.target for found in relations if found.kind == "worksheet"}
    visible = [tables[identity] for identity, shown in book.sheets if shown and identity in tables]
    if not visible and tables:
        raise FileProblem(_noop("All sheets of the workbook are hidden: unhide the one to import."))
    texts = next((found.target for found in relations if found.kind == "sharedStrings"), None)
    return _there(parts, visible[0]), None if texts is None else _there(parts, texts)


def part_pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part, unpacked; nothing at its end."""
    with archive.open(part) as opened:
        while piece := opened.read(PIECE):
            yield piece
    yield b""


def _book_name(parts: _Parts) -> str:
    books = [found.target for found in parts.relations_of("") if found.kind == "officeDocument"]
    return books[0] if books and parts.get(books[0]) is not None else _USUAL_BOOK


def _there(parts: _Parts, name: str) -> zipfile.ZipInfo:
    part = parts.get(name)
    if part is None:
        raise KeyError(name)
    return part


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
