"""Finds what each column of a file holds, by headers in English or Russian as people write them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from vestnik.characters import clean_text
from vestnik.clients.attributes.names import MAX_ATTRIBUTES
from vestnik.clients.attributes.registry import name_problem
from vestnik.clients.attributes.spelling import Spelling
from vestnik.clients.imports.attribute_columns import AttributeColumn
from vestnik.clients.imports.limits import MAX_COLUMNS, FileProblem
from vestnik.clients.zones import is_known_zone
from vestnik.errors import InvalidInput

#: Names of each column, in lower case, with single spaces. The first is what an export writes.
NAMES = {
    "phone": ("phone number", "phone", "mobile", "телефон", "номер телефона", "номер", "мобильный телефон"),
    "code": (
        "mobile operator code", "operator code", "code", "код оператора", "код мобильного оператора", "код",
    ),
    "tag": ("tag", "тег", "тэг", "метка"),
    "zone": (
        "timezone", "time zone", "tz", "часовой пояс", "пояс", "таймзона", "временная зона", "часовая зона",
        "временной пояс",
    ),
}  # fmt: skip
_FIELDS = {name: field for field, names in NAMES.items() for name in names}
_SPACES = re.compile(r"[\s_\-\xa0]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The column of each field (None: the file has none), and the number of columns.

    ``header``: the first row names the columns, and is no client. ``tag_for_all``, ``zone_for_all``: for rows whose
    cell is empty, and for files without such a column. ``zone_from_phone``, ``zone_default``: for such rows, too, but
    only where the client is new; the zone of the phone number (:func:`vestnik.clients.zones.zone_of_phone`) goes first.
    ``attributes``: further columns that are kept; ``decimal`` and ``first``: what somebody said of all of them, as in
    :class:`vestnik.clients.attributes.spelling.Spelling`.
    """

    phone: int
    code: int | None
    tag: int | None
    zone: int | None
    count: int
    header: bool = True
    tag_for_all: str | None = None
    zone_for_all: str | None = None
    zone_default: str | None = None
    zone_from_phone: bool = False
    attributes: tuple[AttributeColumn, ...] = ()
    decimal: Literal["", "comma", "point"] = ""
    first: Literal["", "day", "month"] = ""

    @property
    def spelling(self) -> Spelling:
        """What numbers and days mean that may mean two things, as somebody said."""
        return Spelling(decimal=self.decimal, first=self.first)

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> "Columns":
        """The columns that :meth:`as_json` gave."""
        attributes = tuple(AttributeColumn(**each) for each in said.get("attributes", ()))
        return cls(**{**said, "attributes": attributes})

    def as_json(self) -> dict[str, object]:
        """All values except the defaults, so that a worker of an older version reads it, too."""
        said = _without_defaults(self)
        return {**said, "attributes": list(map(_without_defaults, self.attributes))} if self.attributes else said


def _without_defaults(columns: Columns | AttributeColumn) -> dict[str, object]:
    usual = {field.name: field.default for field in fields(columns)}
    return {name: value for name, value in asdict(columns).items() if value != usual[name]}


def find_columns(
    header: Sequence[object],
    *,
    needs_all: bool,
    zone_default: str | None = None,
    zone_from_phone: bool = False,
    chosen: Mapping[str, int] | None = None,
) -> Columns:
    """Read the first row of a file. Other columns are ignored.

    Args:
        header: its cells.
        chosen: places of fields that somebody has named; the others are found by the names in the row.
        needs_all: a tag and a time zone must be there, too (clients are added); the zone may come from what follows.
        zone_default: of new clients whose row names none.
        zone_from_phone: take it from the phone number, where that is possible.

    Raises:
        FileProblem: a column is missing or stands there twice, or there are too many of them.
    """
    refuse_too_wide(header)
    places: dict[str, int] = dict(chosen or {})
    for place, cell in enumerate(header):
        field = field_of(cell) if place not in places.values() else None
        if field is not None and field not in (chosen or {}) and places.setdefault(field, place) != place:
            raise FileProblem(_noop("The column %(name)s occurs twice."), name=_written(field))
    needed = ("phone", "tag", "zone") if needs_all else ("phone",)
    for field in needed[:2] if zone_default or zone_from_phone else needed:
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
        zone_default=zone_default,
        zone_from_phone=zone_from_phone,
    )


def refuse_too_wide(row: Sequence[object]) -> None:
    """Check the number of columns.

    Raises:
        FileProblem: too many.
    """
    if len(row) > MAX_COLUMNS:
        raise FileProblem(_noop("The file has more than %(most)d columns."), most=MAX_COLUMNS)


def check_columns(columns: Columns, *, needs_all: bool) -> None:
    """Check columns that a person chose.

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
    zone_is_given = columns.zone is not None or columns.zone_for_all or columns.zone_from_phone
    if needs_all and not zone_is_given:
        wrong["zone"] = [_("New clients need a time zone: choose its column, or one for all rows.")]
    if columns.tag_for_all and not 1 <= len(clean_text(columns.tag_for_all)) <= 64:
        wrong["tag_for_all"] = [_("Give 1 to 64 characters.")]
    if columns.zone_for_all and not is_known_zone(columns.zone_for_all):
        wrong["zone_for_all"] = [_("This is not an IANA time zone. Use, for example, Europe/Moscow.")]
    wrong |= _wrong_attributes(columns, {place for place in places.values() if place is not None})
    if wrong:
        raise InvalidInput(wrong)


def _wrong_attributes(columns: Columns, taken: set[int]) -> dict[str, list[str]]:
    """What is wrong with the columns of attributes: of each as ``attributes.<name>``, or of all as ``attributes``."""
    wrong: dict[str, list[str]] = {}
    names: set[str] = set()
    for each in columns.attributes:
        problem = name_problem(each.name)
        if each.place in taken:
            problem = _("This column is matched already.")
        elif not 0 <= each.place < columns.count:
            problem = _("The file has no such column.")
        elif each.name in names:
            problem = _("Another column has this name already.")
        if problem is not None:
            wrong[f"attributes.{each.name}"] = [problem]
        names.add(each.name)
        taken = {*taken, each.place}
    if len(names) > MAX_ATTRIBUTES:
        wrong["attributes"] = [_("A client has at most %(most)d attributes.") % {"most": MAX_ATTRIBUTES}]
    return wrong


def matched_cells(cells: Sequence[object], columns: Columns) -> list[str | None]:
    """Return the cells of the phone, the code, the tag and the time zone; None: there is no such cell."""
    places = (columns.phone, columns.code, columns.tag, columns.zone)
    found = [cells[place] if place is not None and place < len(cells) else None for place in places]
    return [None if cell is None else str(cell) for cell in found]


def column_names(columns: Columns, first: Sequence[object]) -> list[str]:
    """The names of a file's columns, as its first row gives them; of a file without such a row, names that are read."""
    if columns.header:
        return ["" if cell is None else str(cell) for cell in first]
    matched = {columns.phone: "phone", columns.code: "code", columns.tag: "tag", columns.zone: "zone"}
    names = {place: _written(field) for place, field in matched.items()}
    names |= {each.place: each.name for each in columns.attributes}
    return [names.get(place, f"column {place + 1}") for place in range(columns.count)]


def _written(field: str) -> str:
    """The name of a column as an export writes it."""
    return NAMES[field][0].replace(" ", "_")


def field_of(cell: object) -> str | None:
    """The field that a column of this name holds."""
    return _FIELDS.get(_SPACES.sub(" ", str(cell)).strip().casefold())
