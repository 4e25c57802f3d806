"""Checks one row of a file: it is a client, or there is a reason why not. The rules are those of REST."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _lazy

from vestnik.characters import clean_text, without_blanks
from vestnik.clients.attributes.sentences import WORDS
from vestnik.clients.attributes.values import Fault
from vestnik.clients.imports.attribute_columns import BadCell, attributes_reader
from vestnik.clients.imports.columns import Columns
from vestnik.clients.zone_names import read_zone
from vestnik.clients.zones import zone_of_phone
from vestnik.phones.sentences import PHONE_WORDS, PhoneFault
from vestnik.phones.spelling import NoPhone, read_phone

#: NUL, and halves of characters.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


class CheckedRow(NamedTuple):
    """A row: its fields (None: left as they are, or derived), or the reason why it is refused, a word of REASONS.

    ``default_zone``: for a client that is new, where the row names no zone. A client that is there keeps its own.
    ``attributes``: a JSON object as COPY takes it. ``attribute``: the one whose value is the reason.
    """

    phone: int | None
    code: int | None
    tag: str | None
    zone: str | None
    reason: str | None
    default_zone: str | None = None
    attributes: str | None = None
    attribute: str | None = None


_OF_JSON = (Fault.TEXT_TYPE, Fault.NUMBER_TYPE, Fault.DATE_TYPE)
#: Why a row is refused: the word in the ledger, and a sentence for people.
REASONS = {
    **{fault.value: _lazy(words) for fault, words in PHONE_WORDS.items() if fault is not PhoneFault.CONTRACT},
    "code_wrong": _lazy("the operator code is not three digits, such as 911"),
    "tag_missing": _lazy("the tag is missing"),
    "tag_long": _lazy("the tag is longer than 64 characters"),
    "tag_wrong": _lazy("the tag contains invalid characters"),
    "zone_missing": _lazy("the time zone is missing"),
    "zone_unknown": _lazy(
        "this is not a time zone: write a city, a region, UTC+5, or an IANA name such as Europe/Moscow"
    ),
    "zone_unclear": _lazy("this may be several time zones: write one city, or one offset such as UTC+5"),
    "zone_number": _lazy("a number alone is ambiguous: write UTC+5 or MSK+2"),
    **{fault.value: words for fault, words in WORDS.items() if fault not in _OF_JSON},
    "attributes_many": _lazy("the client would have more than 50 attributes"),
    "too_many_cells": _lazy("the row has more cells than the first row"),
    "duplicate": _lazy("duplicate of an earlier line"),
    "exists": _lazy("a client with this phone number exists already"),
    "absent": _lazy("there is no client with this phone number"),
}
#: The sentence for a duplicate whose line is known.
DUPLICATE_OF = _lazy("duplicate of line %(line)s")


def row_checker(
    columns: Columns, *, zones: frozenset[str], needs_all: bool
) -> Callable[[Sequence[object]], CheckedRow]:
    """The function that checks the rows of one file.

    Args:
        columns: where what stands.
        zones: the time zones that Python and the database know, for speed; other spellings are read, too.
        needs_all: a tag and a zone must be there (clients are added); else an empty cell leaves what is.
    """
    at_phone, at_code, at_tag, at_zone, count = columns.phone, columns.code, columns.tag, columns.zone, columns.count
    tag_for_all = clean_text(columns.tag_for_all or "") or None
    read_attributes = attributes_reader(columns.attributes, columns.spelling)

    def default_zone(number: int) -> str | None:
        return (zone_of_phone(number) if columns.zone_from_phone else None) or columns.zone_default

    def check(cells: Sequence[object]) -> CheckedRow:
        if len(cells) != count:
            if any(text_of(extra) for extra in cells[count:]):
                return _refused("too_many_cells")
            cells = [*cells, *[None] * (count - len(cells))]
        try:
            number = read_phone(text_of(cells[at_phone]))
        except NoPhone as none:
            return _refused(none.fault)
        code = None if at_code is None else _code(cells[at_code])
        if code == _WRONG:
            return _refused("code_wrong")
        tag = (None if at_tag is None else _tag(cells[at_tag])) or tag_for_all
        reason = _tag_problem(tag, needs_all=needs_all)
        zone: str | None = "" if at_zone is None else text_of(cells[at_zone])
        if reason is None and zone and zone not in zones:
            zone, reason = read_zone(zone)
        default = None if zone or reason else default_zone(number)
        zone = zone or (None if default else columns.zone_for_all) or None
        if reason is None and needs_all and not (zone or default):
            reason = "zone_missing"
        if reason is not None:
            return _refused(reason)
        try:
            attributes = read_attributes(cells)
        except BadCell as bad:
            return CheckedRow(None, None, None, None, bad.fault, attribute=bad.attribute)
        return CheckedRow(number, code, tag, zone, None, default, attributes)

    return check


_WRONG = -1


def _refused(reason: str) -> CheckedRow:
    return CheckedRow(None, None, None, None, reason)


def text_of(value: object) -> str:
    """A cell as text, cleaned; empty: nothing can be seen in it. Workbooks give whole numbers as floats, too."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _code(value: object) -> int | None:
    """The operator code: as in REST a number, or three digits."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if 0 <= value <= 999 and value == int(value) else _WRONG
    text = without_blanks(text_of(value))
    if not text:
        return None
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else _WRONG


def _tag(value: object) -> str | None:
    """The tag, cleaned."""
    return text_of(value) or None


def _tag_problem(tag: str | None, *, needs_all: bool) -> str | None:
    if tag is None:
        return "tag_missing" if needs_all else None
    if len(tag) > 64:
        return "tag_long"
    return "tag_wrong" if _NO_TEXT.search(tag) else None
