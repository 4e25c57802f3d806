"""Pages of lists by cursor, for example ``?cursor=after-123``. No total is counted."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from vestnik.db.pages import PageRequest, asked_page, cut_page, fetch_page

#: The number of rows of a page.
PAGE_SIZE = 50
_FROM = "from"


class Listed(NamedTuple):
    """The rows of a page, and the query strings of the next and previous pages.

    These are empty if there is no such page.

    The template ``{% include "console/pager.html" with page=page %}`` shows the links below a table.
    """

    rows: list[Any]
    next: str
    prev: str


def page_asked_for(
    request: HttpRequest, *, size: int = PAGE_SIZE, newest_first: bool = False, by: str = "id"
) -> PageRequest:
    """Return the requested page. An invalid cursor gives the first one. ``by`` is the list's unique column."""
    page = asked_page(size=size, cursor=request.GET.get("cursor"), descending=newest_first, by=by)
    return page or first_page(size=size, newest_first=newest_first, by=by)


def first_page(*, size: int = PAGE_SIZE, newest_first: bool = False, by: str = "id") -> PageRequest:
    """Return the request for the first page."""
    return PageRequest(size, -1, backwards=False, first=True, descending=newest_first, by=by)


def listed(request: HttpRequest, page: PageRequest, rows: list[Any]) -> Listed:
    """Return the page of sorted rows. ``rows`` has one more than the page size if there are more."""
    shown = cut_page(page, rows)
    return Listed(shown.rows, _query(request, shown.next), _query(request, shown.prev))


def page_of(
    request: HttpRequest, rows: QuerySet[Any], *, size: int = PAGE_SIZE, newest_first: bool = False, by: str = "id"
) -> Listed:
    """Return the requested page of a query set."""
    page = page_asked_for(request, size=size, newest_first=newest_first, by=by)
    return listed(request, page, fetch_page(rows, page))


def from_here(request: HttpRequest) -> str:
    """Return the query for links from a list to its rows, so that the page of a row can link back to the list."""
    return f"?{urlencode({_FROM: request.GET.urlencode()})}" if request.GET else ""


def back_to(request: HttpRequest, name: str, **more: str) -> str:
    """Return the address of a list with its search and page, from the query that :func:`from_here` made.

    ``more``: what the list is told besides; an empty text takes it away.
    """
    asked = asked_before(request).copy()
    for key, value in more.items():
        asked[key] = value
        if not value:
            del asked[key]
    query = asked.urlencode()
    return reverse(f"admin:{name}") + (f"?{query}" if query else "")


def asked_before(request: HttpRequest) -> QueryDict:
    """Return the query of the list, from the one that :func:`from_here` made."""
    return QueryDict(_from(request))


def same_list(request: HttpRequest) -> str:
    """Return the query for links and redirects from the page of a row to others that lead back to the same list."""
    asked = _from(request)
    return f"?{urlencode({_FROM: asked})}" if asked else ""


def _from(request: HttpRequest) -> str:
    """Return the query of the list. A part of a page is asked for by htmx, which says the address of the page."""
    page = QueryDict(request.headers.get("HX-Current-URL", "").partition("#")[0].partition("?")[2])
    return request.GET.get(_FROM) or page.get(_FROM, "")


def query_with(request: HttpRequest, **more: str) -> str:
    """Return the query of a list with other filters: all that was asked for stays, but for the page."""
    query = request.GET.copy()
    query.pop("cursor", None)
    for key, value in more.items():
        query[key] = value
    return f"?{query.urlencode()}"


def _query(request: HttpRequest, cursor: str | None) -> str:
    return "" if cursor is None else query_with(request, cursor=cursor)
