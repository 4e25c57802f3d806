"""Columns as a caller of REST or of the command line names them: by the file's own names, or by letters.

A column is named as the first row names it, or by the letter that a spreadsheet gives it (``B``, ``AA``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from string import ascii_uppercase

from django.utils.translation import gettext as _

from vestnik.clients.attributes.names import suggested_name
from vestnik.clients.attributes.registry import known_types
from vestnik.clients.attributes.spelling import PLAIN, Spelling
from vestnik.clients.imports.attribute_columns import AttributeColumn
from vestnik.clients.imports.attribute_guess import guess_type, with_spellings
from vestnik.clients.imports.columns import Columns, check_columns, field_of, find_columns
from vestnik.clients.imports.limits import SAMPLE_ROWS
from vestnik.errors import InvalidInput
from vestnik.models import AttributeType

#: All further columns whose names can be names of attributes.
ALL = "*"
_ONE = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(?::\s*([a-z]+)\s*)?(?:=\s*(.+?)\s*)?")
#: Fields that callers call otherwise.
_FIELDS = {"timezone": "zone"}
_LETTERS = re.compile("[A-Z]{1,2}")
Cells = Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody said of the columns of a file.

    ``places``: of a field (phone, code, tag, timezone) its column. ``attributes``: ``name``, ``name:type``,
    ``name=column`` or ``name:type=column``, with commas between, or ``*``. ``spelling``: empty parts are guessed,
    for each column by itself.
    ``header``: the first row names the columns.
    """

    places: dict[str, str] = field(default_factory=dict)
    attributes: str = ""
    spelling: Spelling = PLAIN
    header: bool = True

    @property
    def looks_at(self) -> int:
        """How many rows are looked at."""
        return SAMPLE_ROWS if self.attributes or not self.header else 1


NOTHING = Wanted()


def matched_columns(
    rows: Sequence[Cells], wanted: Wanted, *, needs_all: bool, zone_default: str | None, zone_from_phone: bool
) -> Columns:
    """The columns of a file, as its first rows and somebody's words tell.

    Args:
        rows: the first rows of the file, as many as ``wanted`` looks at; at least one.
        wanted: what somebody said.
        needs_all: as for :func:`vestnik.clients.imports.columns.find_columns`, and so are the others.
        zone_default: as there.
        zone_from_phone: as there.

    Raises:
        FileProblem: a column is missing or stands there twice, or there are too many.
        InvalidInput: the file has no such column (``<field>_column``), or attributes are wrong (``attributes``).
    """
    header: Cells = rows[0] if wanted.header else [None] * max(map(len, rows))
    found = find_columns(
        header, needs_all=needs_all, zone_default=zone_default, zone_from_phone=zone_from_phone,
        chosen=places_of(header, wanted),
    )  # fmt: skip
    return with_attributes(replace(found, header=wanted.header), wanted, header, rows[1 if wanted.header else 0 :])


def place_of(header: Cells, name: str) -> int | None:
    """The place of a column; None: the file has none of this name, or several."""
    wanted = _said(name)
    found = [place for place, cell in enumerate(header) if wanted and _said(cell) == wanted]
    if found:
        return found[0] if len(found) == 1 else None
    letter = place_of_letter(name) if _LETTERS.fullmatch(name) else len(header)
    return letter if letter < len(header) else None


def places_of(header: Cells, wanted: Wanted) -> dict[str, int]:
    """The places of the fields that somebody named.

    Raises:
        InvalidInput: the file has no such column, as ``<field>_column``.
    """
    found = {each: place_of(header, name) for each, name in wanted.places.items()}
    missing = {each: wanted.places[each] for each, place in found.items() if place is None}
    if missing:
        raise InvalidInput({f"{each}_column": [no_column(name)] for each, name in missing.items()})
    return {_FIELDS.get(each, each): place for each, place in found.items() if place is not None}


def with_attributes(columns: Columns, wanted: Wanted, header: Cells, body: Sequence[Cells]) -> Columns:
    """The columns, and those that are to be attributes, each with the type that it has, or seems to have.

    Args:
        columns: those of phone, code, tag and zone.
        wanted: what somebody said.
        header: the names of the columns; None: it has none.
        body: the first rows below it.

    Raises:
        InvalidInput: a part is wrong, as ``attributes``.
    """
    if not wanted.attributes.strip():
        return columns
    known = known_types()
    if wanted.attributes.strip() == ALL:
        asked = [(place, name, "") for place, name in named_columns(columns, header).items()]
    else:
        asked = [_asked(header, part) for part in wanted.attributes.split(",") if part.strip()]
    cells = {place: [row[place] for row in body if place < len(row)] for place, _name, _kind in asked}
    attributes = tuple(
        AttributeColumn(
            place=place, name=name, type=kind or known.get(name) or guess_type(str(header[place] or ""), cells[place])
        )
        for place, name, kind in asked
    )
    found = replace(
        columns, attributes=with_spellings(attributes, body), decimal=wanted.spelling.decimal,
        first=wanted.spelling.first,
    )  # fmt: skip
    try:
        check_columns(found, needs_all=False)
    except InvalidInput as wrong:
        raise InvalidInput({"attributes": [text for texts in wrong.fields.values() for text in texts]}) from wrong
    return found


def named_columns(columns: Columns, header: Cells) -> dict[int, str]:
    """The further columns that have a name, by their place, and the name that an attribute of it would have."""
    matched = {columns.phone, columns.code, columns.tag, columns.zone}
    names: dict[int, str] = {}
    for place, cell in enumerate(header):
        is_ours = place < 2 and is_refusals_file(header)
        if place in matched or is_ours or field_of(cell) is not None:
            continue
        name = suggested_name("" if cell is None else str(cell), taken=names.values())
        if name:
            names[place] = name
    return names


def is_refusals_file(header: Cells) -> bool:
    """Whether the first two columns are those that we put before the rows that we refused."""
    return [_said(cell) for cell in header[:2]] in (["line", "reason"], ["строка", "причина"])


def letter_of(place: int) -> str:
    """The name of a column in a spreadsheet: A to Z, then AA and so on."""
    first, last = divmod(place, len(ascii_uppercase))
    return (ascii_uppercase[first - 1] if first else "") + ascii_uppercase[last]


def place_of_letter(letters: str) -> int:
    """The place of a column that a spreadsheet calls so: of ``AA`` 26."""
    place = 0
    for letter in letters:
        place = place * len(ascii_uppercase) + ascii_uppercase.index(letter) + 1
    return place - 1


def no_column(name: str) -> str:
    """That the file has no such column, or more than one, in the reader's language."""
    return _("The file has no column %(name)s, or several: give its name or its letter.") % {"name": name}


def _asked(header: Cells, part: str) -> tuple[int, str, str]:
    """The place, the name and the type (empty: not said) of one attribute."""
    found = _ONE.fullmatch(part)
    if found is None or (found[2] or AttributeType.TEXT) not in AttributeType.values:
        told = _("“%(part)s”: write name, name:type or name:type=column; types are text, number and date.")
        raise InvalidInput({"attributes": [told % {"part": part[:80]}]})
    name, kind, column = found[1], found[2] or "", found[3]
    place = place_of(header, column or name)
    if place is None and column is None:
        places = [place for place, cell in enumerate(header) if suggested_name(str(cell or "")) == name]
        place = places[0] if len(places) == 1 else None
    if place is None:
        raise InvalidInput({"attributes": [no_column(column or name)]})
    return place, name, kind


def _said(cell: object) -> str:
    return re.sub(r"[\s_\xa0]+", " ", "" if cell is None else str(cell)).strip().casefold()
