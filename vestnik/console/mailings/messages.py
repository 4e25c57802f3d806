"""The messages of a mailing, filtered by state or phone, as pages or as a file."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from vestnik.accounts.phone_access import refuse_hidden_digits
from vestnik.characters import without_blanks
from vestnik.console.csv_files import csv_style
from vestnik.console.mailings.views import MailingView, slices_told_of, view_of
from vestnik.console.mailings.words import MESSAGE_WORDS, code_words
from vestnik.console.pages import Page
from vestnik.console.paging import Listed, listed, page_asked_for
from vestnik.console.phone_errors import phone_error
from vestnik.errors import Refused
from vestnik.mailings.fields import OUTCOMES
from vestnik.mailings.find import get_mailing
from vestnik.models import MESSAGE_STATES, NO_SUCCESS
from vestnik.phones.spelling import NoPhone, read_phone
from vestnik.statistics.messages import MessageRow, message_of_phone, page_of_messages, result_lines
from vestnik.statistics.parts import own_parts
from vestnik.web.downloads import csv_download

PAGE = 25
#: Characters of a code, as a gateway may give it.
_LONGEST_CODE = 64


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
    chosen, typed = _chosen(request), request.GET.get("phone", "").strip()
    phone, error = _phone(typed)
    page = _page(request, view.id, chosen, phone, nothing=bool(error))
    filters = {"state": chosen.state, "code": chosen.code}
    asked = {**filters, "phone": typed, "cursor": request.GET.get("cursor", "")}
    return {
        "page": page,
        "query": _query(asked),
        "filters": _query(filters),
        "state": chosen.state,
        "code": chosen.code,
        "to_these": not phone and not view.mailing.phones_erased_at and set(chosen.states or ()) <= set(OUTCOMES),
        "states": _states(view, chosen.state),
        "phone_typed": typed,
        "phone_error": error,
    }


def _states(view: MailingView, chosen: str) -> list[tuple[str, Any]]:
    """The choices of a state, in the order of all of them, with the words for each."""
    named = {chosen, *(each.state for each in slices_told_of(view))}
    return [(state, word) for state, word in MESSAGE_WORDS.items() if state in named]


class _Chosen(NamedTuple):
    """The state and the code that messages are filtered by. Empty texts mean no filter."""

    state: str
    code: str

    @property
    def states(self) -> Collection[str] | None:
        """The states to show. A code alone stands for everything that ended without success."""
        if self.state:
            return {self.state}
        return {str(state.label) for state in NO_SUCCESS} if self.code else None


def _chosen(request: HttpRequest) -> _Chosen:
    """Return the filters of the query. An unknown state is ignored."""
    state = request.GET.get("state", "")
    return _Chosen(state if state in MESSAGE_STATES else "", request.GET.get("code", "").strip()[:_LONGEST_CODE])


def _query(asked: dict[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _phone(typed: str) -> tuple[int | None, object]:
    """Return the phone to search for, if any, and an error message or an empty string."""
    try:
        refuse_hidden_digits(without_blanks(typed))
        return (read_phone(typed) if without_blanks(typed) else None), ""
    except NoPhone as none:
        return None, phone_error(none)
    except Refused as error:
        return None, str(error)


def _page(request: HttpRequest, mailing_id: int, chosen: _Chosen, phone: int | None, *, nothing: bool) -> Listed:
    states, code = chosen.states, chosen.code or None
    page = page_asked_for(request, size=PAGE)
    if nothing:
        rows = []
    elif phone is not None:
        rows = message_of_phone(mailing_id=mailing_id, phone=phone, states=states, code=code)
    else:
        rows = page_of_messages(
            mailing_id=mailing_id, states=states, code=code, cursor=page.cursor, most=page.most,
            backwards=page.backwards,
        )  # fmt: skip
    return listed(request, page, [line_of(row) for row in rows])


def line_of(row: MessageRow) -> Line:
    """Return a message with its labels."""
    return Line(message=row, word=MESSAGE_WORDS[row.state], words=code_words(row.code, row.detail))


class DownloadPage(Page):
    """``GET mailings/<id>/results.csv``. ``?state=failed&code=…`` includes only messages with this state and code."""

    whole_phones = True

    def get(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Stream the file, so that memory does not grow with its length."""
        mailing = get_mailing(mailing_id=pk)
        chosen = _chosen(request)
        lines = result_lines(
            mailing_id=mailing.id, states=chosen.states, code=chosen.code or None, style=csv_style(),
            own_parts=own_parts(mailing),
        )  # fmt: skip
        return csv_download(lines, f"mailing-{mailing.id}.csv")
