"""Pages of bare JSON arrays: a cursor in the ``Link`` header (RFC 8288), stable under writes, without counting."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from vestnik.api.query import refuse_mistaken_names, said_once
from vestnik.db.pages import CURSOR, PageRequest, asked_page, cut_page, fetch_page
from vestnik.errors import InvalidInput

#: Rows of a page: when nothing is said, and at most.
PAGE_SIZE, MAX_PAGE_SIZE = 1_000, 10_000

__all__ = ["PageRequest", "cut", "fetch_page", "page_request"]

PAGE_PARAMETERS = [
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
        description="Rows of a page.",
    ),
    OpenApiParameter(
        "cursor",
        {"type": "string", "pattern": f"^{CURSOR.pattern}$"},
        description="From the `Link` header's `next` or `prev`.",
    ),
]
#: For lists that may also be shown from the newest on.
ORDERED_PAGE_PARAMETERS = [
    OpenApiParameter("ordering", OpenApiTypes.STR, enum=("id", "-id"), description="`-id`: the newest first."),
    *PAGE_PARAMETERS,
]


def page_request(request: Request, *, orderable: bool = False, filters: Collection[str] = ()) -> PageRequest:
    """Read ``page_size`` and ``cursor``, and ``ordering`` where the list can be ordered.

    Args:
        request: for a list.
        orderable: may the newest come first?
        filters: the other names that the list takes.

    Raises:
        InvalidInput: one of them is wrong, or the query asks for pages in the words of other APIs.
    """
    known = {"page_size", "cursor", *(("ordering",) if orderable else ()), *filters}
    refuse_mistaken_names(request, known)
    size = said_once(request, "page_size", str(PAGE_SIZE))
    if not size or not re.fullmatch("[0-9]{1,9}", size) or not 1 <= int(size) <= MAX_PAGE_SIZE:
        raise InvalidInput({"page_size": [_("Give a whole number from 1 to %(most)d.") % {"most": MAX_PAGE_SIZE}]})
    ordering = said_once(request, "ordering", "id")
    if ordering not in ("id", "-id"):
        raise InvalidInput({"ordering": [_("Say id or -id.")]})
    page = asked_page(size=int(size), cursor=said_once(request, "cursor"), descending=ordering == "-id")
    if page is None:
        raise InvalidInput({"cursor": [_("Take it from the Link header of another page.")]})
    return page


def cut(
    request: Request, page: PageRequest, rows: Sequence[Any], *, total: int | None = None
) -> tuple[list[Any], dict[str, str]]:
    """Cut the extra row off and say in headers where the neighbours are, and how many rows there are if that is known.

    Args:
        request: whose URL the links are made of.
        page: what was asked for.
        rows: in the order of the list, one more than the page shows where there are more.
        total: rows of the whole list, where somebody knows; a first page without a second one knows it, too.
    """
    shown = cut_page(page, rows)
    links = [_link(request, cursor, rel) for rel in ("next", "prev") if (cursor := getattr(shown, rel)) is not None]
    headers = {"Link": ", ".join(links)} if links else {}
    if page.first and shown.next is None:
        total = len(shown.rows)
    return shown.rows, headers if total is None else {**headers, "X-Total-Count": str(total)}


def _link(request: Request, cursor: str, rel: str) -> str:
    query = request.query_params.copy()
    query["cursor"] = cursor
    # Not by the request's Host, which a proxy may change and a stranger may forge.
    address = f"{settings.ENVIRONMENT.public_url}{request.path}?{query.urlencode()}"
    return f'<{address}>; rel="{rel}"'
