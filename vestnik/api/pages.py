"""Pages of bare JSON arrays: a cursor in the ``Link`` header (RFC 8288), stable under writes, without a count."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from vestnik.errors import InvalidInput

#: Rows of a page: when nothing is said, and at most.
PAGE_SIZE, MOST_PAGE_SIZE = 1_000, 10_000
_CURSOR = re.compile(r"(after|before)-([0-9]{1,18})")

PAGE_PARAMETERS = [
    OpenApiParameter(
        "page_size",
        {"type": "integer", "minimum": 1, "maximum": MOST_PAGE_SIZE, "default": PAGE_SIZE},
        description="Rows of a page.",
    ),
    OpenApiParameter(
        "cursor",
        {"type": "string", "pattern": f"^{_CURSOR.pattern}$"},
        description="From the `Link` header's `next` or `prev`.",
    ),
]
#: For lists that may also be shown from the newest on.
ORDERED_PAGE_PARAMETERS = [
    OpenApiParameter("ordering", OpenApiTypes.STR, enum=("id", "-id"), description="`-id`: the newest first."),
    *PAGE_PARAMETERS,
]


class _Row(Protocol):
    @property
    def id(self) -> int: ...


RowT = TypeVar("RowT", bound=_Row)
ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for: ``size`` rows after (or before) the row with id ``cursor``, in the order of the list."""

    size: int
    cursor: int
    backwards: bool
    first: bool
    descending: bool = False

    @property
    def most(self) -> int:
        """Rows to fetch: one more than are shown says whether there is another page."""
        return self.size + 1


def page_request(request: Request, *, orderable: bool = False) -> PageRequest:
    """Read ``page_size`` and ``cursor``, and ``ordering`` where the list can be ordered.

    Raises:
        InvalidInput: one of them is wrong.
    """
    size = request.query_params.get("page_size", str(PAGE_SIZE))
    if not re.fullmatch("[0-9]{1,9}", size) or not 1 <= int(size) <= MOST_PAGE_SIZE:
        raise InvalidInput({"page_size": [_("Give a whole number from 1 to %(most)d.") % {"most": MOST_PAGE_SIZE}]})
    ordering = request.query_params.get("ordering", "id") if orderable else "id"
    if ordering not in ("id", "-id"):
        raise InvalidInput({"ordering": [_("Say id or -id.")]})
    descending = ordering == "-id"
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return PageRequest(int(size), -1, backwards=False, first=True, descending=descending)
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidInput({"cursor": [_("Take it from the Link header of another page.")]})
    return PageRequest(int(size), int(match[2]), backwards=match[1] == "before", first=False, descending=descending)


def fetch_page(rows: QuerySet[ModelT], page: PageRequest) -> list[ModelT]:
    """The rows of a query set that the page shows, in its order, and one more where there are more."""
    upwards = page.backwards == page.descending
    if not page.first:
        rows = rows.filter(pk__gt=page.cursor) if upwards else rows.filter(pk__lt=page.cursor)
    found = list(rows.order_by("pk" if upwards else "-pk")[: page.most])
    return found[::-1] if page.backwards else found


def cut(request: Request, page: PageRequest, rows: Sequence[Any]) -> tuple[list[Any], dict[str, str]]:
    """Cut the extra row off and say in headers where the neighbours are.

    Args:
        request: whose URL the links are made of.
        page: what was asked for.
        rows: in the order of the list, one more than the page shows where there are more.
    """
    more = len(rows) > page.size
    shown = list(rows[1:] if more and page.backwards else rows[: page.size])
    links = []
    if shown and (page.backwards or more):
        links.append(_link(request, f"after-{shown[-1].id}", "next"))
    if shown and (more if page.backwards else not page.first):
        links.append(_link(request, f"before-{shown[0].id}", "prev"))
    return shown, {"Link": ", ".join(links)} if links else {}


def shown_as(serializer: type[Any], rows: Sequence[Any], **context: Any) -> list[dict[str, Any]]:
    """The JSON of ``rows``, each in the shape of ``serializer``."""
    return list(serializer(rows, many=True, context=context).data)


def _link(request: Request, cursor: str, rel: str) -> str:
    query = request.query_params.copy()
    query["cursor"] = cursor
    address = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return f'<{address}>; rel="{rel}"'
