"""The results of a mailing as a file."""

from itertools import chain

from django.http import HttpRequest, StreamingHttpResponse

from vestnik.console.pages import Page
from vestnik.mailings.creation import get_mailing
from vestnik.models import MESSAGE_STATES
from vestnik.statistics.export import result_lines


class DownloadPage(Page):
    """``GET mailings/<id>/results.csv``, with ``?state=failed`` those alone."""

    def get(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The file, streamed: memory stays flat, whatever its length."""
        mailing = get_mailing(mailing_id=pk)
        state = request.GET.get("state", "")
        lines = result_lines(mailing_id=mailing.id, states={state} if state in MESSAGE_STATES else None)
        # The first block now: a ledger that is down is an error page as long as no header has left.
        first = next(lines)
        return StreamingHttpResponse(
            chain([first], lines),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="mailing-{mailing.id}.csv"'},
        )
