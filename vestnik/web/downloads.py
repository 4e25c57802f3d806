"""Sends files while they are made, for REST and the console."""

import threading
from collections.abc import Generator

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from vestnik.errors import Busy

#: Downloads that a process serves at once: half of its threads go on with short requests, however slow the readers are.
MAX_AT_ONCE = 3

_places = threading.BoundedSemaphore(MAX_AT_ONCE)


def csv_download(lines: Generator[bytes], name: str) -> StreamingHttpResponse:
    """CSV that is saved as ``name``; memory stays flat, however long it is.

    What the lines are read from (a COPY, a cursor) is closed at the end, whether the reader took everything, went
    away, or never began.

    Args:
        lines: a generator, at its beginning.
        name: of the file.

    Raises:
        Busy: too many downloads are under way.
    """
    return StreamingHttpResponse(
        _Download(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Download:
    """The blocks of a file, which hold a place until they are closed: Django does it however the answer ends."""

    def __init__(self, lines: Generator[bytes]) -> None:
        self._lines = lines
        self._places = _places
        self._open = self._places.acquire(blocking=False)
        if not self._open:
            raise Busy(_("Too many files are being downloaded just now: try again."))
        try:
            # The first block now: a ledger that is down is a proper error as long as no header has left.
            self._first = next(lines, b"")
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> "_Download":
        return self

    def __next__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return next(self._lines)

    def __del__(self) -> None:
        """An answer that was forgotten before it was sent."""
        self.close()

    def close(self) -> None:
        """Close everything, once."""
        if self._open:
            self._open = False
            try:
                self._lines.close()
            finally:
                self._places.release()
