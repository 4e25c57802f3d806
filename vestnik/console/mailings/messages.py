"""The messages of a mailing, filtered by state or phone, as pages or as a file."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from vestnik.characters import without_blanks
from vestnik.console.clients.fields import phone_error
from vestnik.console.csv_files import csv_style
from vestnik.console.mailings.views import MailingView, view_of
from vestnik.console.mailings.words import MESSAGE_WORDS, code_words
from vestnik.console.pages import Page
from vestnik.console.paging import Listed, listed, page_asked_for
from vestnik.mailings.find import get_mailing
from vestnik.models import MESSAGE_STATES
from vestnik.phones.spelling import NoPhone, read_phone
from vestnik.statistics.messages import MessageRow, message_of_phone, page_of_messages, result_lines
from vestnik.web.downloads import csv_download

PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message as a row of the table."""

    message: MessageRow
    word: Any
    words: str

    @property
    def id(self) -> int:
        """The id of the message. The table uses it to page."""
        return self.message.id


class MessagesPage(Page):
    """The messages of one mailing. htmx gets only the part with the table."""

    template = "console/mailings/messages.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page, or the part."""
        view = view_of(get_mailing(mailing_id=pk))
        found = {"view": view, "mailing": view.mailing, **messages_asked_for(request, view)}
        if "HX-Request" in request.headers:
            return self.fragment(request, "console/mailings/messages_part.html", **found)
        return self.shown(request, title=_("Messages"), **found)


def messages_asked_for(request: HttpRequest, view: MailingView) -> dict[str, Any]:
    """Return the values of the table's template."""
    state, typed = request.GET.get("state", ""), request.GET.get("phone", "").strip()
    state = state if state in MESSAGE_STATES else ""
    phone, error = _phone(typed)
    page = _page(request, view.id, state, phone, nothing=bool(error))
    asked = {"state": state, "phone": typed, "cursor": request.GET.get("cursor", "")}
    return {
        "page": page,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "state": state,
        "states": MESSAGE_WORDS.items(),
        "phone_typed": typed,
        "phone_error": error,
    }


def _phone(typed: str) -> tuple[int | None, object]:
    """Return the phone to search for, if any, and an error message or an empty string."""
    try:
        return (read_phone(typed) if without_blanks(typed) else None), ""
    except NoPhone as none:
        return None, phone_error(none)


def _page(request: HttpRequest, mailing_id: int, state: str, phone: int | None, *, nothing: bool) -> Listed:
    states = {state} if state else None
    page = page_asked_for(request, size=PAGE)
    if nothing:
        rows = []
    elif phone is not None:
        rows = message_of_phone(mailing_id=mailing_id, phone=phone, states=states)
    else:
        rows = page_of_messages(
            mailing_id=mailing_id, states=states, cursor=page.cursor, most=page.most, backwards=page.backwards
        )
    return listed(request, page, [_line(row) for row in rows])


def _line(row: MessageRow) -> Line:
    return Line(message=row, word=MESSAGE_WORDS[row.state], words=code_words(row.code, row.detail))


class DownloadPage(Page):
    """``GET mailings/<id>/results.csv``. ``?state=failed`` includes only messages in this state."""

    def get(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Stream the file, so that memory does not grow with its length."""
        mailing = get_mailing(mailing_id=pk)
        state = request.GET.get("state", "")
        states = {state} if state in MESSAGE_STATES else None
        lines = result_lines(mailing_id=mailing.id, states=states, style=csv_style())
        return csv_download(lines, f"mailing-{mailing.id}.csv")
