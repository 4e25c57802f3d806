"""The part of an import's form that says which further columns become attributes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext as _

from vestnik.clients.attributes.names import suggested_name
from vestnik.clients.attributes.registry import known_types, name_problem
from vestnik.clients.imports.attribute_columns import AttributeColumn
from vestnik.clients.imports.attribute_guess import guess_type
from vestnik.clients.imports.columns import field_of
from vestnik.clients.imports.matching import is_refusals_file, letter_of
from vestnik.console.clients.attributes import TYPES
from vestnik.console.clients.fields import DatalistInput

Rows = Sequence[Sequence[object]]
#: The number of characters shown of a column's name and of an example cell.
SHOWN = 40


class AttributeRow(NamedTuple):
    """The fields of one column."""

    keep: forms.BoundField
    name: forms.BoundField
    type: forms.BoundField


def examples(rows: Rows, place: int) -> str:
    """The letter of a column, and what stands in its first two cells."""
    cells = [str(row[place]).strip() for row in rows if place < len(row) and row[place] is not None]
    shown = [cell[:SHOWN] for cell in cells if cell][:2]
    return ": ".join([letter_of(place), ", ".join(shown)]) if shown else letter_of(place)


def attribute_fields(rows: Rows) -> dict[str, forms.Field]:
    """Three fields for each column: whether it is kept, the attribute's name, and its type."""
    found: dict[str, forms.Field] = {}
    names = list(known_types())
    for place in range(max(map(len, rows))):
        letter = letter_of(place)
        found[f"keep_{place}"] = forms.BooleanField(label=examples(rows, place), required=False)
        found[f"name_{place}"] = forms.CharField(
            label=_("Attribute name (%(column)s)") % {"column": letter}, required=False,
            widget=DatalistInput(names, attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": 40}),
        )  # fmt: skip
        found[f"type_{place}"] = forms.ChoiceField(
            label=_("Type (%(column)s)") % {"column": letter}, choices=TYPES, required=False
        )
    return found


def guessed_attributes(rows: Rows, *, header: bool, matched: Collection[int]) -> dict[str, Any]:
    """The initial values: a name and a type for each further column; kept are those whose name is known already."""
    known = known_types()
    body = rows[1:] if header else rows
    width = max(map(len, rows))
    titles = [str(rows[0][place] or "") if header and place < len(rows[0]) else "" for place in range(width)]
    cells = {place: [row[place] for row in body if place < len(row)] for place in range(width)}
    found: dict[str, Any] = {}
    names: list[str] = []
    for place in range(width):
        is_ours = place < 2 and is_refusals_file(rows[0])
        name = (
            "" if place in matched or is_ours or field_of(titles[place]) else suggested_name(titles[place], taken=names)
        )
        names.append(name)
        found[f"name_{place}"] = name
        found[f"type_{place}"] = known.get(name) or guess_type(titles[place], cells[place])
        found[f"keep_{place}"] = name in known
    return found


def chosen_attributes(cleaned: Mapping[str, Any], width: int) -> tuple[AttributeColumn, ...]:
    """The columns that are kept, by the values of a valid form."""
    return tuple(
        AttributeColumn(place=place, name=cleaned[f"name_{place}"], type=cleaned[f"type_{place}"])
        for place in range(width)
        if cleaned.get(f"keep_{place}")
    )


def attribute_problems(chosen: Sequence[AttributeColumn], matched: Collection[int]) -> dict[int, str]:
    """What is wrong with each column that is kept, by its place."""
    known = known_types()
    found: dict[int, str] = {}
    names: set[str] = set()
    for each in chosen:
        problem = name_problem(each.name)
        if each.place in matched:
            problem = _("This column is matched already.")
        elif each.name in names:
            problem = _("Another column has this name already.")
        elif problem is None and known.get(each.name, each.type) != each.type:
            problem = _("This attribute has the type %(type)s already.") % {"type": dict(TYPES)[known[each.name]]}
        if problem is not None:
            found[each.place] = problem
        names.add(each.name)
    return found
