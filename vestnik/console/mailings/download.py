"""The results of a mailing as a file."""

from django.http import HttpRequest, StreamingHttpResponse

from vestnik.console.pages import Page
from vestnik.mailings.find import get_mailing
from vestnik.models import MESSAGE_STATES
from vestnik.statistics.export import result_lines
from vestnik.web.downloads import csv_download


class DownloadPage(Page):
    """``GET mailings/<id>/results.csv``, with ``?state=failed`` those alone."""

    def get(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The file, streamed: memory stays flat, whatever its length."""
        mailing = get_mailing(mailing_id=pk)
        state = request.GET.get("state", "")
        lines = result_lines(mailing_id=mailing.id, states={state} if state in MESSAGE_STATES else None)
        return csv_download(lines, f"mailing-{mailing.id}.csv")
