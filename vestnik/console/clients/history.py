"""The messages to one phone, as a table for the page of a client or of a phone."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from vestnik.console.mailings.messages import Line, line_of
from vestnik.console.mailings.views import title_of
from vestnik.mailings.find import mailings_with
from vestnik.models import Mailing, MailingKind
from vestnik.statistics.history import history_of_phone
from vestnik.web.ids import id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One message of the history.

    ``is_deleted`` means that its mailing was deleted and has no page. ``is_single`` means that it is a single message,
    which has a page of its own.
    """

    mailing_id: int
    title: str
    is_deleted: bool
    is_single: bool
    line: Line


def history_asked_for(request: HttpRequest, phone: int) -> dict[str, Any]:
    """Return the values of the template ``console/clients/history.html``. ``?before=`` asks for older mailings."""
    before = id_of(request.GET.get("before", ""))
    found = history_of_phone(phone=phone, before=before)
    mailings = mailings_with(ids=[mailing_id for mailing_id, _row in found.messages])
    asked = {name: value for name, value in request.GET.items() if name != "before"}
    return {
        "history": [
            HistoryLine(
                mailing_id=mailing_id, title=_title(mailing_id, mailings), is_deleted=mailing_id not in mailings,
                is_single=_is_single(mailing_id, mailings), line=line_of(row),
            )
            for mailing_id, row in found.messages
        ],
        "looked_through": found.mailings,
        "is_newest": before is None,
        "newest": f"?{urlencode(asked)}",
        "older": f"?{urlencode({**asked, 'before': found.older})}" if found.older else "",
    }  # fmt: skip


def _is_single(mailing_id: int, mailings: dict[int, Mailing]) -> bool:
    return mailing_id in mailings and mailings[mailing_id].kind == MailingKind.DIRECT


def _title(mailing_id: int, mailings: dict[int, Mailing]) -> str:
    mailing = mailings.get(mailing_id)
    if mailing is None:
        return _("deleted mailing no. %(number)d") % {"number": mailing_id}
    if mailing.kind == MailingKind.DIRECT:
        return _("Single message")
    return title_of(mailing)
