"""Unpacks gzip files and ZIP archives, never beyond the limits."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.limits import MAX_DIRECTORY, FileProblem, check_unpacked, unusual_workbook

#: Bytes read at once.
PIECE = 256 * 1024
#: Control characters that no text has: all but tab, line feed and carriage return.
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})
_CONTROL = re.compile(f"[{re.escape(_CONTROLS.decode())}]")
_HOLDS_CONTROLS = _noop("The file is neither text nor a workbook: it contains control characters.")
#: What MS-DOS ended text files with, and what may stand around it.
END_MARK = b"\x1a"
END = END_MARK + b" \t\r\n"
#: Bytes of such an end that are held back; more is no end.
_MAX_END = 64 * 1024


def refuse_binary(piece: bytes) -> None:
    """Look for what no text has.

    Raises:
        FileProblem: there are control characters.
    """
    if len(piece.translate(None, _CONTROLS)) != len(piece):
        raise FileProblem(_HOLDS_CONTROLS)


def refuse_controls(text: str) -> None:
    """The same for text that is decoded already.

    Raises:
        FileProblem: there are control characters.
    """
    if _CONTROL.search(text):
        raise FileProblem(_HOLDS_CONTROLS)


def pieces_without_end_mark(file: IO[bytes]) -> Iterator[bytes]:
    """The pieces of a text file, without the ^Z that programs of DOS write behind the last line.

    Raises:
        FileProblem: as for :func:`pieces`.
    """
    held = b""
    for piece in pieces(file):
        bare = piece.rstrip(END)
        if bare or len(held) > _MAX_END:
            yield held
            held = b""
        yield bare
        held += piece[len(bare) :]
    yield held.partition(END_MARK)[0]


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
    return zipfile.ZipFile(_LimitedReads(file))


class _LimitedReads:
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
        if wanted > MAX_DIRECTORY:
            raise unusual_workbook()
        return self._file.read(wanted)


@contextmanager
def damaged_workbook() -> Iterator[None]:
    """Translate any error of zipfile about an archive into a sentence.

    Raises:
        FileProblem: the workbook is damaged.
    """
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise FileProblem(_noop("The workbook is damaged.")) from error


def check_workbook(file: IO[bytes]) -> None:
    """Look at what a workbook unpacks to; Python's zipfile unpacks no more than the directory of the file says.

    Raises:
        FileProblem: it is damaged, or too large.
    """
    with damaged_workbook(), opened_archive(file) as archive:
        entries = archive.infolist()
    for entry in entries:
        if entry.flag_bits & 1:
            raise FileProblem(_noop("The workbook is encrypted."))
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise unusual_workbook()
        check_unpacked(entry.file_size, max(1, entry.compress_size))
    check_unpacked(sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries))
