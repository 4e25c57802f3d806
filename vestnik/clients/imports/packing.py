"""What a file is, by its first bytes, and the same file unpacked, never beyond the limits."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.limits import MOST_DIRECTORY, FileProblem, check_unpacked, unusual_workbook

CSV, XLSX, GZIP = "csv", "xlsx", "gzip"
#: Bytes read at once.
PIECE = 256 * 1024
_MAGIC = {b"PK\x03\x04": XLSX, b"\x1f\x8b": GZIP}
_UTF_16 = _noop("The file is text in UTF-16: save it as CSV UTF-8.")
_FOREIGN = {
    b"\x89PNG": _noop("The file is no table but a PNG picture."),
    b"\xff\xd8\xff": _noop("The file is no table but a JPEG picture."),
    b"GIF8": _noop("The file is no table but a GIF picture."),
    b"%PDF": _noop("The file is no table but a PDF document."),
    b"\xd0\xcf\x11\xe0": _noop("The file is a workbook of Excel 97 to 2003: save it as .xlsx."),
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
    b"{": _noop("The file is no table but JSON."),
    b"<": _noop("The file is no table but XML or HTML."),
}
#: Control characters that no text has: all but tab, line feed and carriage return.
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})


def kind_of(head: bytes) -> str:
    """``csv``, ``xlsx`` or ``gzip``.

    Raises:
        FileProblem: it is empty, or none of them.
    """
    if not head.strip():
        raise FileProblem(_noop("The file is empty."))
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    for magic, sentence in _FOREIGN.items():
        if head.startswith(magic):
            raise FileProblem(sentence)
    refuse_binary(head)
    return CSV


def refuse_binary(piece: bytes) -> None:
    """Look for what no text has.

    Raises:
        FileProblem: there are control characters.
    """
    if len(piece.translate(None, _CONTROLS)) != len(piece):
        raise FileProblem(_noop("The file is neither text nor a workbook: it holds control characters."))


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The file from its beginning, unpacked if it is gzip, a piece at a time.

    Raises:
        FileProblem: it is damaged, or unpacks to more than the limits.
    """
    file.seek(0)
    head = file.read(2)
    file.seek(0)
    raw = iter(lambda: file.read(PIECE), b"")
    yield from _unpacked(raw) if head == b"\x1f\x8b" else raw


def _unpacked(raw: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj(wbits=31)
    packed = unpacked = 0
    for piece in raw:
        packed += len(piece)
        while piece:
            try:
                part = stream.decompress(piece, PIECE)
            except zlib.error as error:
                raise FileProblem(_noop("The gzip file is damaged.")) from error
            unpacked += len(part)
            check_unpacked(unpacked, packed)
            yield part
            piece = stream.unconsumed_tail  # noqa: PLW2901 - what the limit of a piece left over
            if stream.eof and stream.unused_data:  # gzip files may be joined
                piece, stream = stream.unused_data, zlib.decompressobj(wbits=31)  # noqa: PLW2901
    if not stream.eof:
        raise FileProblem(_noop("The gzip file is cut off."))


class PieceReader(io.RawIOBase):
    """Pieces as a file, so that Python's own decoder can read it."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source, self._rest = source, b""

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]  # typeshed names a private type
        """Fill the buffer with what comes next."""
        while not self._rest:
            piece = next(self._source, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def opened_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """A ZIP archive, to be closed by the caller.

    Raises:
        BadZipFile: it is none.
        FileProblem: its directory is larger than that of any workbook.
    """
    return zipfile.ZipFile(_NoGulps(file))


class _NoGulps:
    """A file of which little is read at once: zipfile reads the directory of an archive whole, however large it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or all.

        Raises:
            FileProblem: they are too many.
        """
        here = self._file.tell()
        rest = self._file.seek(0, 2) - here
        self._file.seek(here)
        wanted = rest if size < 0 else min(size, rest)
        if wanted > MOST_DIRECTORY:
            raise unusual_workbook()
        return self._file.read(wanted)


def check_workbook(file: IO[bytes]) -> None:
    """Look at what a workbook unpacks to; Python's zipfile unpacks no more than the directory of the file says.

    Raises:
        FileProblem: it is damaged, no workbook, or too large.
    """
    try:
        with opened_archive(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise FileProblem(_noop("The workbook is damaged.")) from error
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise FileProblem(_noop("The file is a ZIP archive, but no workbook (.xlsx)."))
    for entry in entries:
        if entry.flag_bits & 1:
            raise FileProblem(_noop("The workbook is encrypted."))
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise unusual_workbook()
        check_unpacked(entry.file_size, max(1, entry.compress_size))
    check_unpacked(sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries))
