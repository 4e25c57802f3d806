"""Which column of a file is what: headers in English or Russian, as people write them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.limits import MOST_COLUMNS, FileProblem
from vestnik.clients.zones import is_known_zone
from vestnik.errors import InvalidInput

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
    """Where each field stands (None: the file has no such column), and how many columns there are.

    ``header``: the first row names the columns, and is no client. ``tag_for_all``, ``zone_for_all``: for rows whose
    cell is empty, and for files without such a column.
    """

    phone: int
    code: int | None
    tag: int | None
    zone: int | None
    count: int
    header: bool = True
    tag_for_all: str | None = None
    zone_for_all: str | None = None


def find_columns(header: Sequence[object], *, needs_all: bool) -> Columns:
    """Read the first row of a file. Columns of other names are left alone.

    Args:
        header: its cells.
        needs_all: a tag and a time zone must be there, too (clients are added).

    Raises:
        FileProblem: a column is missing or stands there twice, or there are too many of them.
    """
    refuse_too_wide(header)
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


def refuse_too_wide(row: Sequence[object]) -> None:
    """Look at how many columns there are.

    Raises:
        FileProblem: too many.
    """
    if len(row) > MOST_COLUMNS:
        raise FileProblem(_noop("The file has more than %(most)d columns."), most=MOST_COLUMNS)


def check_columns(columns: Columns, *, needs_all: bool) -> None:
    """Look at columns that somebody matched by hand.

    Raises:
        InvalidInput: one stands for two fields, or what clients need is nowhere (names of fields: phone, code, tag,
            zone).
    """
    places = {"phone": columns.phone, "code": columns.code, "tag": columns.tag, "zone": columns.zone}
    wrong: dict[str, list[str]] = {}
    for field, place in places.items():
        if place is not None and not 0 <= place < columns.count:
            wrong[field] = [_("The file has no such column.")]
        elif place is not None and list(places.values()).index(place) != list(places).index(field):
            wrong[field] = [_("This column is matched already.")]
    if needs_all and columns.tag is None and not columns.tag_for_all:
        wrong["tag"] = [_("New clients need a tag: choose its column, or write one for all rows.")]
    if needs_all and columns.zone is None and not columns.zone_for_all:
        wrong["zone"] = [_("New clients need a time zone: choose its column, or one for all rows.")]
    if columns.tag_for_all and (columns.tag_for_all.isspace() or len(columns.tag_for_all) > 64):
        wrong["tag_for_all"] = [_("Give 1 to 64 characters.")]
    if columns.zone_for_all and not is_known_zone(columns.zone_for_all):
        wrong["zone_for_all"] = [_("This is no IANA time zone: say e.g. Europe/Moscow.")]
    if wrong:
        raise InvalidInput(wrong)


def _written(field: str) -> str:
    """The name of a column as an export writes it."""
    return NAMES[field][0].replace(" ", "_")


def field_of(cell: object) -> str | None:
    """What a column of this name holds."""
    return _FIELDS.get(_SPACES.sub(" ", str(cell)).strip().casefold())
