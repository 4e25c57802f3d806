"""Which column of a file is what: headers in English or Russian, as people write them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.limits import MOST_COLUMNS, FileProblem

#: Names of each column, in lower case, with single spaces. The first is what an export writes.
NAMES = {
    "phone": ("phone number", "phone", "mobile", "телефон", "номер телефона", "номер", "мобильный телефон"),
    "code": (
        "mobile operator code", "operator code", "code", "код оператора", "код мобильного оператора", "код",
    ),
    "tag": ("tag", "тег", "тэг", "метка"),
    "zone": ("timezone", "time zone", "часовой пояс", "таймзона", "временная зона"),
}  # fmt: skip
_FIELDS = {name: field for field, names in NAMES.items() for name in names}
_SPACES = re.compile(r"[\s_\-\xa0]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each field stands (None: the file has no such column), and how many columns there are."""

    phone: int
    code: int | None
    tag: int | None
    zone: int | None
    count: int


def find_columns(header: Sequence[object], *, needs_all: bool) -> Columns:
    """Read the first row of a file. Columns of other names are left alone.

    Args:
        header: its cells.
        needs_all: a tag and a time zone must be there, too (clients are added).

    Raises:
        FileProblem: a column is missing or stands there twice, or there are too many of them.
    """
    if len(header) > MOST_COLUMNS:
        raise FileProblem(_noop("The file has more than %(most)d columns."), most=MOST_COLUMNS)
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        field = field_of(cell)
        if field is not None and places.setdefault(field, place) != place:
            raise FileProblem(_noop("The column %(name)s stands in the file twice."), name=_written(field))
    for field in ("phone", "tag", "zone") if needs_all else ("phone",):
        if field not in places:
            raise FileProblem(
                _noop("The first row must name the columns, and %(name)s is missing among them."), name=_written(field)
            )
    return Columns(
        phone=places["phone"],
        code=places.get("code"),
        tag=places.get("tag"),
        zone=places.get("zone"),
        count=len(header),
    )


def _written(field: str) -> str:
    """The name of a column as an export writes it."""
    return NAMES[field][0].replace(" ", "_")


def field_of(cell: object) -> str | None:
    """What a column of this name holds."""
    return _FIELDS.get(_SPACES.sub(" ", str(cell)).strip().casefold())
