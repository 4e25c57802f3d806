"""Streams files to the client while they are generated."""

import threading
from collections.abc import Generator

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from vestnik.errors import Busy

#: The maximum number of downloads at once in a process. Half of its threads stay free for short requests, even if all
#: readers are slow.
MAX_AT_ONCE = 3

_places = threading.BoundedSemaphore(MAX_AT_ONCE)


def csv_download(lines: Generator[bytes], name: str) -> StreamingHttpResponse:
    """Return a response that streams CSV and saves it as ``name``. Memory does not grow with its length.

    The source of the lines (a COPY, a cursor) is closed at the end, even if the reader went away or never began.

    Args:
        lines: A generator that has not started.
        name: The name of the file.

    Raises:
        Busy: Too many downloads are running.
    """
    return StreamingHttpResponse(
        _Download(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Download:
    """The blocks of a file. They count as a running download until Django closes the response."""

    def __init__(self, lines: Generator[bytes]) -> None:
        self._lines = lines
        self._places = _places
        self._open = self._places.acquire(blocking=False)
        if not self._open:
            raise Busy(_("Too many downloads at the moment: try again."))
        try:
            # The first block is fetched now, so that an unreachable database is still answered with an error status.
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
        """Close a response that was dropped before it was sent."""
        self.close()

    def close(self) -> None:
        """Close everything. A second call does nothing."""
        if self._open:
            self._open = False
            try:
                self._lines.close()
            finally:
                self._places.release()
