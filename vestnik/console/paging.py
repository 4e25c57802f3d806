"""Lists in the console, a page at a time by cursor: ``?cursor=after-123``; there is no total to count."""

from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest

from vestnik.db.pages import PageRequest, asked_page, cut_page, fetch_page

#: Rows of a page.
PAGE_SIZE = 50


class Listed(NamedTuple):
    """The rows of a page, and the addresses (queries) of its neighbours; empty: there is none.

    Shown with ``{% include "console/pager.html" with page=page %}`` below a table.
    """

    rows: list[Any]
    next: str
    prev: str


def page_asked_for(
    request: HttpRequest, *, size: int = PAGE_SIZE, newest_first: bool = False, by: str = "id"
) -> PageRequest:
    """The page that the address names; what is no cursor names the first one. ``by``: the list's unique column."""
    page = asked_page(size=size, cursor=request.GET.get("cursor"), descending=newest_first, by=by)
    return page or PageRequest(size, -1, backwards=False, first=True, descending=newest_first, by=by)


def listed(request: HttpRequest, page: PageRequest, rows: list[Any]) -> Listed:
    """The page, of rows in the order of the list and one more where there are more."""
    shown = cut_page(page, rows)
    return Listed(shown.rows, _query(request, shown.next), _query(request, shown.prev))


def page_of(
    request: HttpRequest, rows: QuerySet[Any], *, size: int = PAGE_SIZE, newest_first: bool = False, by: str = "id"
) -> Listed:
    """The page of a query set that the address names."""
    page = page_asked_for(request, size=size, newest_first=newest_first, by=by)
    return listed(request, page, fetch_page(rows, page))


def _query(request: HttpRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"?{query.urlencode()}"
