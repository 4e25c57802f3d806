"""What can be done about the refused rows of an import, by their reason, so that they can be imported after all."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from enum import StrEnum

from django.utils.translation import gettext as _

from vestnik.characters import clean_text
from vestnik.clients.attributes.sentences import WORDS
from vestnik.clients.attributes.values import Fault
from vestnik.clients.imports.attribute_columns import AttributeColumn
from vestnik.clients.imports.columns import Columns, check_columns
from vestnik.clients.zone_names import NUMBER, UNCLEAR, UNKNOWN, read_zone
from vestnik.clients.zones import is_known_zone
from vestnik.errors import InvalidInput
from vestnik.models import ImportJob, ImportMode, ImportState
from vestnik.phones.repair import repair_phone
from vestnik.phones.sentences import PhoneFault


class Fix(StrEnum):
    """What is done with all refused rows of one reason."""

    #: They have this time zone.
    ZONE = "zone"
    #: Their number counts hours from UTC, or from Moscow.
    FROM_UTC = "from_utc"
    FROM_MOSCOW = "from_moscow"
    #: The phone is the first number that can be read in the cell.
    PHONE = "phone"
    #: The operator code is that of the phone; a client that is there keeps its own.
    CODE = "code"
    #: They have this tag.
    TAG = "tag"
    #: What 1,234 and 1.234 mean in a number, and 05/06/2026 in a date: in the columns that were unclear.
    COMMA = "comma"
    POINT = "point"
    DAY = "day"
    MONTH = "month"
    #: The attribute stays as it is.
    LEAVE_OUT = "leave_out"
    #: The clients are there, or are not: they are changed, or added.
    UPDATE = "update"
    ADD = "add"


#: The fixes of each reason (a word of REASONS), the likeliest first. Other reasons have none.
FIXES: dict[str, tuple[Fix, ...]] = {
    **{fault.value: (Fix.LEAVE_OUT,) for fault in WORDS},
    Fault.NUMBER_UNCLEAR.value: (Fix.COMMA, Fix.POINT, Fix.LEAVE_OUT),
    Fault.DATE_UNCLEAR.value: (Fix.DAY, Fix.MONTH, Fix.LEAVE_OUT),
    "zone_missing": (Fix.ZONE,),
    UNKNOWN: (Fix.ZONE,),
    UNCLEAR: (Fix.ZONE,),
    NUMBER: (Fix.FROM_UTC, Fix.FROM_MOSCOW, Fix.ZONE),
    PhoneFault.WRONG.value: (Fix.PHONE,),
    PhoneFault.LETTERS.value: (Fix.PHONE,),
    "code_wrong": (Fix.CODE,),
    "tag_missing": (Fix.TAG,),
    "tag_long": (Fix.TAG,),
    "tag_wrong": (Fix.TAG,),
    "exists": (Fix.UPDATE,),
    "absent": (Fix.ADD,),
}
_MODES = {Fix.UPDATE: ImportMode.UPDATE, Fix.ADD: ImportMode.CREATE}
_COUNTED_FROM = {Fix.FROM_UTC: "UTC", Fix.FROM_MOSCOW: "MSK"}
#: Fixes that say how unclear cells are read.
ANSWERS = frozenset({Fix.COMMA, Fix.POINT, Fix.DAY, Fix.MONTH})
#: Fixes that read a cell in another way. Without the cell they do not help.
_READ = {Fix.PHONE, *_COUNTED_FROM}


def fixes_of(job: ImportJob, reason: str) -> tuple[Fix, ...]:
    """The fixes for the rows that a finished import refused for a reason.

    None for an import that imported nothing, as its author wanted if rows are refused, and for one of a release that
    did not keep whole rows.
    """
    if job.state != ImportState.DONE or job.columns is None or job.names is None:
        return ()
    fixes = FIXES.get(reason, ())
    return tuple(fix for fix in fixes if fix != Fix.ADD or _names_all(Columns.of_json(job.columns)))


def check_value(fix: Fix, value: str) -> str:
    """The time zone or the tag that a fix needs, as it is stored; empty for the others.

    Raises:
        InvalidInput: it is none (``zone``, ``tag``).
    """
    if fix == Fix.ZONE:
        if not is_known_zone(value):
            raise InvalidInput({"zone": [_("This is not an IANA time zone. Use, for example, Europe/Moscow.")]})
        return value
    if fix == Fix.TAG:
        tag = clean_text(value)
        if not 1 <= len(tag) <= 64 or "\x00" in tag:
            raise InvalidInput({"tag": [_("Give 1 to 64 characters.")]})
        return tag
    return ""


def fixed_columns(columns: Columns, fix: Fix, value: str, *, reason: str, unclear: Collection[str]) -> Columns:
    """The columns of the corrected rows, with their names in the first row.

    Rows without a time zone get it only where the client is new: a client that is there keeps its own.

    Args:
        columns: those of the file.
        fix: one that the reason has.
        value: its time zone or tag.
        reason: why the rows were refused.
        unclear: for ANSWERS, the attributes whose cells are unclear. The others are read as before.
    """
    fixed = replace(columns, header=True)
    if fix == Fix.TAG:
        return replace(fixed, tag_for_all=value)
    if fix in ANSWERS:
        return _answered(fixed, fix, unclear)
    if fix == Fix.ZONE and reason == "zone_missing":
        return replace(fixed, zone_default=value)
    return fixed


def fixed_cells(
    cells: Sequence[str], columns: Columns, fix: Fix, value: str, *, reason: str, attribute: str | None
) -> list[str] | None:
    """The cells of a row with the fix; None if it does not help this row.

    Args:
        cells: all of its cells.
        columns: where what stands.
        fix: one that the reason has.
        value: its time zone or tag.
        reason: why the row was refused.
        attribute: whose value is wrong.
    """
    place = _place(columns, fix, reason=reason, attribute=attribute)
    if place is None:
        return None if fix in _READ else list(cells)
    if place >= len(cells):
        # The last cells of a row may be missing.
        return None if fix in _READ else [*cells, *[""] * (place - len(cells)), value]
    text = _text(cells[place], fix, value)
    return None if text is None else [*cells[:place], text, *cells[place + 1 :]]


def fixed_mode(job: ImportJob, fix: Fix) -> ImportMode:
    """How an import of the corrected rows treats phones that are there, and those that are not."""
    return _MODES.get(fix, ImportMode(job.mode))


def _answered(columns: Columns, fix: Fix, unclear: Collection[str]) -> Columns:
    """The columns where unclear cells of some attributes are read as somebody says; all others as before."""
    # What was said of the whole file counts more than what is said of a column, so it is said of each column instead.
    known = [replace(each, decimal=columns.decimal or each.decimal) for each in columns.attributes]
    answered = [_with_answer(each, fix) if each.name in unclear else each for each in known]
    return replace(columns, decimal="", attributes=tuple(answered))


def _with_answer(column: AttributeColumn, fix: Fix) -> AttributeColumn:
    if fix == Fix.COMMA:
        return replace(column, decimal="comma", points_group=True)
    if fix == Fix.POINT:
        # Where a column has decimal commas, its 1.234 is unclear. Without them it is a fraction, and 1,234 is unclear.
        return replace(column, decimal="" if column.decimal == "comma" else "point", points_group=False)
    return replace(column, first="day" if fix == Fix.DAY else "month")


def _place(columns: Columns, fix: Fix, *, reason: str, attribute: str | None) -> int | None:
    """The place of the cell that a fix replaces; None: it replaces none, or the file has no such column."""
    places = {
        Fix.PHONE: columns.phone, Fix.CODE: columns.code, Fix.TAG: columns.tag, Fix.FROM_UTC: columns.zone,
        Fix.FROM_MOSCOW: columns.zone, Fix.ZONE: None if reason == "zone_missing" else columns.zone,
        Fix.LEAVE_OUT: next((each.place for each in columns.attributes if each.name == attribute), None),
    }  # fmt: skip
    return places.get(fix)


def _text(cell: str, fix: Fix, value: str) -> str | None:
    """What a cell says with the fix; None: the fix does not help it."""
    if fix == Fix.PHONE:
        phone = repair_phone(cell)
        return None if phone is None else f"+{phone}"
    if fix in _COUNTED_FROM:
        zone = f"{_COUNTED_FROM[fix]}+{cell.strip()}"
        return None if read_zone(zone).problem else zone
    return value


def _names_all(columns: Columns) -> bool:
    try:
        check_columns(columns, needs_all=True)
    except InvalidInput:
        return False
    return True
