"""The list of mailings: what is scheduled by its start, then the newest; or sorted by start."""

from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from vestnik.console.days import beginning_of, end_of
from vestnik.console.mailings.views import MailingView, views_of
from vestnik.console.mailings.words import MAILING_WORDS
from vestnik.console.pages import Page
from vestnik.console.paging import Listed, from_here, listed, page_asked_for, page_of
from vestnik.console.roles import may
from vestnik.db.pages import count_up_to
from vestnik.mailings.drafts import count_drafts
from vestnik.mailings.fields import FIRST_YEAR, LAST_YEAR
from vestnik.mailings.find import not_scheduled, page_by_start, scheduled_first, scheduled_of, search_mailings
from vestnik.models import Mailing, MailingState, Role

PAGE = 25
#: Scheduled mailings that stand above the others, and the greatest total that is counted.
MAX_SCHEDULED, MAX_COUNTED = 10, 10_000
#: The values of ``sort``. Without one, the newest come first, below what is scheduled.
SORTS = {"start": _("by start, the latest first")}


class Asked(NamedTuple):
    """The filters of the query. Values that cannot be are left out, and stay in ``typed`` as they are."""

    state: str
    words: str
    by: str
    sort: str
    since: date | None
    until: date | None

    @property
    def is_filtered(self) -> bool:
        """Whether some mailings may be left out."""
        return bool(self.state or self.words or self.by or self.since or self.until)


class MailingsPage(Page):
    """All mailings, filtered by state, words of name or text, author, and the days of their start."""

    template = "console/mailings/list.html"
    heading = _("Mailings")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page. An unknown state or date is ignored."""
        asked = _asked(request)
        found = search_mailings(
            state=asked.state, words=asked.words, author=asked.by, starts_from=beginning_of(asked.since),
            starts_before=end_of(asked.until),
        )  # fmt: skip
        page, scheduled = _page(request, asked, found)
        views = views_of([*scheduled[:MAX_SCHEDULED], *page.rows])
        return self.shown(
            request,
            page=page._replace(rows=views),
            more_scheduled=_more(found) if len(scheduled) > MAX_SCHEDULED else None,
            total=count_up_to(found, most=MAX_COUNTED),
            most=MAX_COUNTED,
            asked=asked,
            states=MAILING_WORDS.items(),
            sorts=SORTS.items(),
            from_here=from_here(request),
            columns=_columns(views, asked),
            draft_count=count_drafts() if may(request.user, Role.OPERATOR) else 0,
        )


def _asked(request: HttpRequest) -> Asked:
    said = {name: request.GET.get(name, "").strip() for name in ("state", "q", "by", "sort", "since", "until")}
    return Asked(
        state=said["state"] if said["state"] in MailingState.values else "",
        words=said["q"],
        by=said["by"],
        sort=said["sort"] if said["sort"] in SORTS else "",
        since=_day(said["since"]),
        until=_day(said["until"]),
    )


def _page(request: HttpRequest, asked: Asked, found: QuerySet[Mailing]) -> tuple[Listed, list[Mailing]]:
    """Return the page, and the scheduled mailings that stand above the first one."""
    if asked.state == MailingState.SCHEDULED or asked.sort:
        # Scheduled ones alone are read as a plan, the next first, unless an order is asked for.
        page = page_asked_for(request, size=PAGE, newest_first=bool(asked.sort))
        return listed(request, page, page_by_start(found, page)), []
    if asked.state:
        return page_of(request, found, size=PAGE, newest_first=True), []
    is_first = "cursor" not in request.GET
    scheduled = scheduled_first(found, most=MAX_SCHEDULED) if is_first else []
    return page_of(request, not_scheduled(found), size=PAGE, newest_first=True), scheduled


def _more(found: QuerySet[Mailing]) -> int:
    """Return how many scheduled mailings found do not stand above the others; beyond ``MAX_COUNTED`` one more."""
    return count_up_to(scheduled_of(found), most=MAX_COUNTED + MAX_SCHEDULED) - MAX_SCHEDULED


def _columns(views: list[MailingView], asked: Asked) -> dict[str, Any]:
    """Return which columns, and their filters, have anything to show."""
    return {"author": bool(asked.by) or any(view.mailing.created_by for view in views)}


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR else None
