"""Files to download, streamed."""

from collections.abc import Iterator
from itertools import chain

from django.http import StreamingHttpResponse


def csv_download(lines: Iterator[bytes], name: str) -> StreamingHttpResponse:
    """CSV that the browser saves as ``name``; memory stays flat, however long it is."""
    # The first block now: what goes wrong is still a page as long as no header has left.
    first = next(lines, b"")
    return StreamingHttpResponse(
        chain([first], lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
