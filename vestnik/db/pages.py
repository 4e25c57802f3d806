"""Pages by cursor: the rows after or before a row, without a count or an offset; stable under writes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

#: A cursor as it stands in an address.
CURSOR = re.compile(r"(after|before)-([0-9]{1,18})")

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page: ``size`` rows after (or before) the row ``cursor``, in the order of the list.

    ``by``: the unique column that the list is ordered by, and that the cursor is a value of.
    """

    size: int
    cursor: int
    backwards: bool
    first: bool
    descending: bool = False
    by: str = "id"

    @property
    def most(self) -> int:
        """The number of rows to fetch: one more than are shown, to know whether there is another page."""
        return self.size + 1


class Shown(NamedTuple):
    """The rows of a page, and the cursors of its neighbours (None: there is none)."""

    rows: list[Any]
    next: str | None
    prev: str | None


def asked_page(*, size: int, cursor: str | None, descending: bool = False, by: str = "id") -> PageRequest | None:
    """The page of ``cursor`` (None: the first page). Return None if it is no cursor."""
    if cursor is None:
        return PageRequest(size, -1, backwards=False, first=True, descending=descending, by=by)
    match = CURSOR.fullmatch(cursor)
    if match is None:
        return None
    return PageRequest(size, int(match[2]), backwards=match[1] == "before", first=False, descending=descending, by=by)


def fetch_page(rows: QuerySet[ModelT], page: PageRequest) -> list[ModelT]:
    """The rows of a query set that the page shows, in its order, and one more if there are more."""
    upwards = page.backwards == page.descending
    if not page.first:
        rows = rows.filter(**{f"{page.by}__{'gt' if upwards else 'lt'}": page.cursor})
    found = list(rows.order_by(page.by if upwards else f"-{page.by}")[: page.most])
    return found[::-1] if page.backwards else found


def fetch_page_by(rows: QuerySet[ModelT], page: PageRequest, *, column: str, edges: QuerySet[ModelT]) -> list[ModelT]:
    """The rows that the page shows by a column that several rows may have alike, then by id; and one more if there are.

    Args:
        rows: the query set.
        page: its cursor is the id of a row, its order that of the page.
        column: what the list is ordered by.
        edges: where the cursor's row is looked up, as it may have left ``rows``. If it is not there, the page is empty.
    """
    upwards = page.backwards == page.descending
    if not page.first:
        edge = edges.filter(id=page.cursor).values_list(column, flat=True).first()
        if edge is None:
            return []
        beyond = "gt" if upwards else "lt"
        rows = rows.filter(Q((f"{column}__{beyond}", edge)) | Q((column, edge), (f"id__{beyond}", page.cursor)))
    order = (column, "id") if upwards else (f"-{column}", "-id")
    found = list(rows.order_by(*order)[: page.most])
    return found[::-1] if page.backwards else found


def cut_page(page: PageRequest, rows: Sequence[Any]) -> Shown:
    """Remove the extra row, and return the page with the cursors of its neighbours.

    Args:
        page: what was asked for.
        rows: in the order of the list, one more than the page shows where there are more.
    """
    more = len(rows) > page.size
    shown = list(rows[1:] if more and page.backwards else rows[: page.size])
    has_next = bool(shown) and (page.backwards or more)
    has_prev = bool(shown) and (more if page.backwards else not page.first)
    return Shown(
        shown,
        f"after-{getattr(shown[-1], page.by)}" if has_next else None,
        f"before-{getattr(shown[0], page.by)}" if has_prev else None,
    )


def count_up_to(found: QuerySet[ModelT], *, most: int) -> int:
    """Return how many rows there are. ``most`` + 1 means more than ``most``: so many are read at most."""
    # Only keys: what a list computes for each of its rows is not computed for those that are counted.
    return found.order_by().values("pk")[: most + 1].count()
