"""Guesses from the first rows what each column of a table holds; a person can correct the guess."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vestnik.clients.imports.checking import text_of
from vestnik.clients.imports.columns import field_of
from vestnik.clients.zone_names import read_zone
from vestnik.phones.spelling import is_phone

#: Parts of headers that identify a field where the whole header is none of its names.
_HINTS = {
    "phone": ("телефон", "мобильн", "phone", "mobile"),
    "zone": ("часовой пояс", "timezone", "time zone"),
    "code": ("код оператора", "operator"),
    "tag": ("тег", "тэг", "метк", "групп", "сегмент", "tag", "group", "segment"),
}
Cells = Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The suggested column of each field (by name, e.g. ``phone``), and whether the first row names the columns."""

    places: dict[str, int]
    header: bool


def guess_columns(rows: Sequence[Cells]) -> Guess:
    """Guess by the names of the columns, and where they say nothing by what stands in them.

    Args:
        rows: the first rows of a file; at least one.
    """
    header = not any(_is_phone(cell) for cell in rows[0])
    body = rows[1:] if header else rows
    places: dict[str, int] = {}
    if header:
        names = [str("" if cell is None else cell).casefold() for cell in rows[0]]
        for tells in (_by_name, _by_hint):
            for place, name in enumerate(names):
                field = tells(name)
                if field is not None and place not in places.values():
                    places.setdefault(field, place)
    for field, holds in (("phone", _is_phone), ("zone", _is_zone)):
        if field not in places or not _mostly(holds, body, places[field]):
            _replace(places, field, holds, body)
    return Guess(places=places, header=header)


def _replace(places: dict[str, int], field: str, holds: Callable[[object], bool], body: Sequence[Cells]) -> None:
    """Name the first column whose cells are mostly of the right kind; where there is none, the name decides."""
    width = max(map(len, body), default=0)
    # Tags may be names of cities, which are also names of zones.
    taken = set(places.values()) if field == "zone" else set()
    found = next((place for place in range(width) if place not in taken and _mostly(holds, body, place)), None)
    if found is not None:
        for other in [name for name, place in places.items() if place == found]:
            del places[other]
        places[field] = found


def _mostly(holds: Callable[[object], bool], body: Sequence[Cells], place: int) -> bool:
    cells = [row[place] for row in body if place < len(row) and text_of(row[place])]
    return bool(cells) and 2 * sum(map(holds, cells)) >= len(cells)


def _by_name(name: str) -> str | None:
    return field_of(name)


def _by_hint(name: str) -> str | None:
    return next((field for field, hints in _HINTS.items() if any(hint in name for hint in hints)), None)


def _is_phone(cell: object) -> bool:
    return is_phone(text_of(cell))


def _is_zone(cell: object) -> bool:
    return read_zone(text_of(cell)).zone is not None
