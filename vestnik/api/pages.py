"""Pages of JSON arrays.

The ``Link`` header has the cursor (RFC 8288), which is stable under writes and needs no counting.
"""

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

#: The default and maximum number of rows of a page.
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
#: For lists that can also show the newest first.
ORDERED_PAGE_PARAMETERS = [
    OpenApiParameter("ordering", OpenApiTypes.STR, enum=("id", "-id"), description="`-id`: the newest first."),
    *PAGE_PARAMETERS,
]


def page_request(request: Request, *, orderable: bool = False, filters: Collection[str] = ()) -> PageRequest:
    """Read ``page_size`` and ``cursor``, and ``ordering`` if the list can be ordered.

    Args:
        request: A request for a list.
        orderable: Whether the list can show the newest first.
        filters: The other parameters of the list.

    Raises:
        InvalidInput: A parameter is not valid, or has a name that other APIs use for pages.
    """
    known = {"page_size", "cursor", *(("ordering",) if orderable else ()), *filters}
    refuse_mistaken_names(request, known)
    size = said_once(request, "page_size", str(PAGE_SIZE))
    if not size or not re.fullmatch("[0-9]{1,9}", size) or not 1 <= int(size) <= MAX_PAGE_SIZE:
        raise InvalidInput({"page_size": [_("Give a whole number from 1 to %(most)d.") % {"most": MAX_PAGE_SIZE}]})
    ordering = said_once(request, "ordering", "id")
    if ordering not in ("id", "-id"):
        raise InvalidInput({"ordering": [_("Use id or -id.")]})
    page = asked_page(size=int(size), cursor=said_once(request, "cursor"), descending=ordering == "-id")
    if page is None:
        raise InvalidInput({"cursor": [_("Take it from the Link header of another page.")]})
    return page


def cut(
    request: Request, page: PageRequest, rows: Sequence[Any], *, total: int | None = None
) -> tuple[list[Any], dict[str, str]]:
    """Remove the extra row, and return headers with the neighbouring pages, and the total if it is known.

    Args:
        request: The request. Links use its path and query.
        page: The requested page.
        rows: The rows in the order of the list, with one more than the page size if there are more.
        total: The number of rows of the whole list, if it is known. It is always known for a list of one page.
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
    # Not the request's Host, which a proxy may change and a client may forge.
    address = f"{settings.ENVIRONMENT.public_url}{request.path}?{query.urlencode()}"
    return f'<{address}>; rel="{rel}"'
