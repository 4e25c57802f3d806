"""Finds the kind of a file by its bytes, not its name: a kind that can be read, or a sentence that says what it is.

First bytes ("magic numbers") are those of the formats' own specifications: PKWARE APPNOTE (ZIP), RFC 1952 (gzip),
[MS-CFB] (the compound files of Office 97 to 2003), OpenDocument 1.3 part 2 section 3.3 (``mimetype``).
"""

import zipfile
from typing import IO

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.limits import FileProblem
from vestnik.clients.imports.packing import END, damaged_workbook, opened_archive, refuse_binary
from vestnik.clients.imports.unicode_marks import has_mark, looks_like_unmarked_utf_16

CSV, XLSX, GZIP = "csv", "xlsx", "gzip"
#: The first bytes of each kind.
HEAD = 8_192
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ARCHIVE = _noop("The file is a packed archive: unpack it, and choose the table in it.")
_PICTURE = _noop("The file is a picture, not a table.")
_DATABASE = _noop("The file is a database, not a table: save the table as CSV UTF-8.")
_PAGE = _noop("The file is XML or HTML, despite its name: open it in a spreadsheet and save it as .xlsx or CSV UTF-8.")
_FOREIGN = {
    b"\x89PNG": _noop("The file is a PNG picture, not a table."),
    b"\xff\xd8\xff": _noop("The file is a JPEG picture, not a table."),
    b"GIF8": _noop("The file is a GIF picture, not a table."),
    b"II*\x00": _PICTURE,
    b"MM\x00*": _PICTURE,
    b"%PDF": _noop("The file is a PDF document, not a table."),
    b"{\\rtf": _noop("The file is a text document (RTF), not a table: save the table in it as CSV UTF-8."),
    b"{": _noop("The file is JSON, not a table."),
    b"[{": _noop("The file is JSON, not a table."),
    b"<": _PAGE,
    b"MIME-Version:": _PAGE,
    b"ID;PWXL": _noop("The file is a table of the kind SYLK: save it as .xlsx or CSV UTF-8."),
    b"BEGIN:VCARD": _noop("The file contains contacts (vCard): export them as CSV."),
    b"Rar!": _ARCHIVE,
    b"7z\xbc\xaf\x27\x1c": _ARCHIVE,
    b"BZh91AY&SY": _ARCHIVE,
    b"\xfd7zXZ": _ARCHIVE,
    b"\x28\xb5\x2f\xfd": _ARCHIVE,
    b"SQLite format 3": _DATABASE,
    b"\x00\x01\x00\x00Standard": _DATABASE,
}  # fmt: skip
_UNMARKED = _noop("The file is UTF-16 text without a byte order mark: save it as CSV UTF-8.")
_SAVE_AS = _noop("The file is a workbook of %(program)s: save it as .xlsx or CSV UTF-8.")
#: What an archive holds (the end of a part's name, in lower case), and the sentence about it.
_PARTS = (
    ("xl/workbook.bin", _SAVE_AS, "Excel (.xlsb)"),
    (".iwa", _SAVE_AS, "Apple (Numbers)"),
    ("index.zip", _SAVE_AS, "Apple (Numbers)"),
    ("index.numbers", _SAVE_AS, "Apple (Numbers)"),
    ("word/document.xml", _noop("The file is a text document (Word), not a table: save the table in it as .xlsx."), ""),
    ("ppt/presentation.xml", _noop("The file is a presentation, not a table."), ""),
    (".xlsx", _ARCHIVE, ""),
    (".xls", _ARCHIVE, ""),
    (".csv", _ARCHIVE, ""),
    (".txt", _ARCHIVE, ""),
)
#: Streams of a compound file, and what it is then ([MS-OFFCRYPTO] 2.3.2, [MS-XLS] 2.1.2, [MS-DOC] 2.1.1).
_STREAMS = {
    "EncryptedPackage": _noop(
        "The workbook is encrypted with a password: save it without one (File, Info, Protect Workbook)."
    ),
    "Workbook": _noop("The file is a workbook of Excel 97 to 2003: save it as .xlsx."),
    "Book": _noop("The file is a workbook of Excel 5 or 95: save it as .xlsx."),
    "WordDocument": _noop("The file is a text document (Word), not a table: save the table in it as .xlsx."),
}
#: [MS-CFB] 2.2: the first half of the header signature.
COMPOUND_MAGIC = b"\xd0\xcf\x11\xe0"
#: [MS-CFB] 2.6.1: bytes of a directory entry. Sectors are multiples of it, so every entry begins at a multiple.
_ENTRY = 128
#: Where an entry keeps the length of its name (bytes, with the final NUL), and its type; and the type of a stream.
_LENGTH, _TYPE, _STREAM = 64, 66, 2
_PIECE = 256 * 1024


def kind_of(file: IO[bytes]) -> str:
    """``csv``, ``xlsx`` or ``gzip``; the file is at its beginning afterwards.

    Raises:
        FileProblem: it is empty, or none of them.
    """
    file.seek(0)
    head = file.read(HEAD)
    kind = _kind(file, head)
    file.seek(0)
    return kind


def _kind(file: IO[bytes], head: bytes) -> str:
    if not head.strip():
        raise FileProblem(_noop("The file is empty."))
    if head.startswith(b"\x1f\x8b"):
        return GZIP
    if head.startswith(_ZIP):
        _refuse_other_archives(file)
        return XLSX
    if head.startswith(COMPOUND_MAGIC):
        _refuse_compound(file)
    if has_mark(head):
        return CSV
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, sentence in _FOREIGN.items():
        if text.startswith(magic):
            raise FileProblem(sentence)
    if looks_like_unmarked_utf_16(head):
        raise FileProblem(_UNMARKED)
    refuse_binary(head.rstrip(END))
    return CSV


def _refuse_compound(file: IO[bytes]) -> None:
    names = stream_names(file)
    for name, sentence in _STREAMS.items():
        if name in names:
            raise FileProblem(sentence)
    raise FileProblem(
        _noop("The file is a workbook of Excel 97 to 2003, or a document of another old program: save it as .xlsx.")
    )


def _refuse_other_archives(file: IO[bytes]) -> None:
    """Name other files that are ZIP archives. What has the parts of an .xlsx is let through."""
    with damaged_workbook(), opened_archive(file) as archive:
        names = [name.replace("\\", "/").lower() for name in archive.namelist()]
        kind = archive.read("mimetype")[:200] if "mimetype" in names and _is_small(archive) else b""
    if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        raise FileProblem(_SAVE_AS, program="LibreOffice (.ods)")
    if kind.startswith(b"application/vnd.oasis.opendocument"):
        raise FileProblem(_noop("The file is an OpenDocument file, but not a table: save the table in it as .xlsx."))
    if any(name.lstrip("/").endswith("workbook.xml") or name.endswith(".rels") for name in names) and not any(
        name.endswith(("workbook.bin", "word/document.xml", "ppt/presentation.xml")) for name in names
    ):
        return
    for end, sentence, program in _PARTS:
        if any(name.endswith(end) for name in names):
            raise FileProblem(sentence, **({"program": program} if program else {}))
    raise FileProblem(_noop("The file is a ZIP archive, not a workbook (.xlsx)."))


def _is_small(archive: zipfile.ZipFile) -> bool:
    part = archive.getinfo("mimetype")
    return part.file_size < HEAD and part.compress_type == zipfile.ZIP_STORED and not part.flag_bits & 1


def stream_names(file: IO[bytes]) -> set[str]:
    """The names of all streams of a compound file: the container of Office 97 to 2003, and of encrypted workbooks.

    They are looked for at every place where an entry may stand, so memory stays flat.

    The chain of the directory's sectors is not followed, so the kind of a truncated file is still found.
    """
    names: set[str] = set()
    file.seek(0)
    while piece := file.read(_PIECE):
        for at in range(0, len(piece) - _ENTRY + 1, _ENTRY):
            length = piece[at + _LENGTH]
            if piece[at + _TYPE] == _STREAM and 4 <= length <= 64 and not piece[at + _LENGTH + 1] and length % 2 == 0:
                name = piece[at : at + length - 2].decode("utf-16-le", "replace")
                if name.isascii() and name.isalnum():
                    names.add(name)
        if len(names) > 1_000:
            break
    return names
