"""Copies the rows of a file to the ledger (COPY), where one set of statements decides what happens to each."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO

import psycopg
from django.utils.translation import gettext_noop as _noop
from psycopg.types.json import Jsonb

from vestnik.clients.attributes.names import MAX_ATTRIBUTES
from vestnik.clients.imports.attribute_columns import NumberCell
from vestnik.clients.imports.checking import CheckedRow, row_checker
from vestnik.clients.imports.columns import Columns, column_names, find_columns
from vestnik.clients.imports.limits import FileProblem
from vestnik.clients.imports.reading import Row, rows_of
from vestnik.clients.zones import known_zones
from vestnik.db.connection import Connection, set_for_transaction
from vestnik.db.statements import Statements
from vestnik.models import AttributeType, ImportMode
from vestnik.phones.numbering_plan import mobile_codes

SQL = Statements("vestnik.clients.imports")
#: Rows between two looks at whether to stop; some 20 ms.
BATCH = 5_000
_SPECIAL = re.compile(r"[\\\t\n\r]")
#: Digits that may be thousands for who reads them as a text.
_LIKE_THOUSANDS = re.compile(r"-?\d{1,3}\.\d{3}", re.ASCII)
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The numbers of rows of an import's file, by what is done with them."""

    rows: int
    refused: int
    created: int
    updated: int
    unchanged: int
    warnings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file whose rows are checked: what an import of it does, where its columns stand, and their names."""

    counts: Counts
    columns: Columns
    names: list[str]


def stage(
    connection: Connection, file: IO[bytes], *, mode: str, columns: Columns | None, report: Callable[[int], None]
) -> Staged:
    """Read a file, and check its rows, in the transaction of the caller; the directory stays as it is.

    Args:
        connection: in a transaction.
        file: can be sought in.
        mode: of ImportMode.
        columns: where what stands; None: as the first row says.
        report: called with the rows read so far every 5,000 rows; what it raises ends the import.

    Raises:
        FileProblem: the file cannot be read.
    """
    rows = rows_of(file)
    first = next(rows, None)
    if first is None:
        raise FileProblem(_noop("The file is empty."))
    columns = columns or find_columns(first[1], needs_all=mode != ImportMode.UPDATE)
    _keep_types(connection, columns)
    stage_rows(connection, rows if columns.header else chain([first], rows), mode=mode, columns=columns, report=report)
    counted = SQL.run(connection, "count")[0]
    counts = Counts(
        rows=counted[0], refused=counted[1], created=counted[2], updated=counted[3], unchanged=counted[4],
        warnings=counted[5],
    )  # fmt: skip
    return Staged(counts=counts, columns=columns, names=[_kept(name) for name in column_names(columns, first[1])])


def _keep_types(connection: Connection, columns: Columns) -> None:
    """Make sure that the attributes have the types that were chosen, until the transaction ends.

    Raises:
        FileProblem: somebody has removed one meanwhile, or changed its type.
    """
    names = [each.name for each in columns.attributes]
    types: dict[str, str] = dict(SQL.run(connection, "lock_attributes", names=names)) if names else {}
    for each in columns.attributes:
        if types.get(each.name) != each.type:
            raise FileProblem(_noop("The type of the attribute %(name)s was changed meanwhile."), name=each.name)


def stage_rows(
    connection: Connection, rows: Iterator[Row], *, mode: str, columns: Columns, report: Callable[[int], None]
) -> None:
    """Check rows (without a header) and write the result of each into the temporary table ``checked``."""
    check = row_checker(columns, zones=known_zones(), needs_all=mode != ImportMode.UPDATE)
    SQL.run(connection, "staged_table")
    with SQL.copy(connection, "copy_staged") as copy:
        done = 0
        while batch := list(islice(rows, BATCH)):
            copy.write("".join(_line(row, check(row[1])) for row in batch))
            done += len(batch)
            report(done)
    # Sorting a million rows by their phones takes 60 MB.
    set_for_transaction(connection, work_mem="64MB")
    SQL.run(connection, "analyze_staged")
    SQL.run(connection, "check", mode=mode, mobile=list(mobile_codes()), most_attributes=MAX_ATTRIBUTES)


def apply(connection: Connection, staged: Staged) -> bool:
    """Change the directory as decided. Return False if somebody changed it meanwhile: roll back and begin again."""
    counts, names = staged.counts, [each.name for each in staged.columns.attributes]
    if names:
        set_for_transaction(connection, **{"vestnik.counts_attributes": "yes"})
        counts_of_names = [SQL.text("count_attribute", number=str(number + 1)) for number in range(len(names))]
        SQL.run(connection, "count_attributes", {"counts": ", ".join(counts_of_names)}, names=names)
    try:
        added = SQL.change(connection, "add")
    except psycopg.errors.UniqueViolation:
        return False
    changed = SQL.change(connection, "change")
    return (added, changed) == (counts.created, counts.updated)


def keep_refused(
    connection: Connection, job: int, file: IO[bytes], columns: Columns, report: Callable[[], None]
) -> dict[str, int]:
    """Write the refused rows down, each with all of its cells, for the author of the file.

    The file is read a second time for their cells: to stage the cells of all rows would cost every import, and most
    refuse few rows or none. Both readings are in the order of the lines, so memory stays flat.

    Args:
        connection: in the transaction of :func:`stage`.
        job: the import's id.
        file: the same as was staged.
        columns: where what stands in it.
        report: called every 5,000 refused rows; what it raises ends the import.

    Returns:
        How many rows each reason has, the most first.
    """
    reasons: dict[str, int] = dict(SQL.run(connection, "refused_by_reason"))
    if not reasons:
        return reasons
    numbers = frozenset(each.place for each in columns.attributes if each.type == AttributeType.NUMBER)
    rows = rows_of(file)
    for batch in SQL.run_in_pieces(connection, "refused_rows", BATCH):
        with SQL.copy(connection, "copy_refused") as copy:
            for line, reason, other_line, attribute in batch:
                cells = next((cells for at, cells in rows if at == line), [])
                copy.write_row((job, line, reason, other_line, attribute, Jsonb(_kept_row(cells, numbers))))
        report()
    return reasons


def _line(row: Row, checked: CheckedRow) -> str:
    phone, code, tag, zone, reason, default_zone, attributes, attribute = checked
    if reason is not None:
        return f"{row[0]}\t\\N\t\\N\t\\N\t\\N\t\\N\t{reason}\t\\N\t{_null(attribute)}\n"
    shown_tag = r"\N" if tag is None else _SPECIAL.sub(_escaped, tag)
    zones = f"{_null(zone)}\t{_null(default_zone)}"
    return f"{row[0]}\t{phone}\t{_null(code)}\t{shown_tag}\t{zones}\t\\N\t{_null(attributes)}\t\\N\n"


def _kept_row(cells: Sequence[object], numbers: frozenset[int]) -> list[str]:
    """The cells of a row; ``numbers``: the places of attributes that are numbers.

    The point of a workbook's number is the decimal one. As a text it might be read as a point of thousands, so there is
    one more zero, as in an export.
    """
    return [
        f"{cell}0" if place in numbers and isinstance(cell, NumberCell) and _LIKE_THOUSANDS.fullmatch(cell)
        else _kept(cell)
        for place, cell in enumerate(cells)
    ]  # fmt: skip


def _kept(cell: object) -> str:
    """A cell as the ledger can hold it."""
    text = "" if cell is None else str(cell)
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _null(value: object) -> object:
    return r"\N" if value is None else value


def _escaped(found: "re.Match[str]") -> str:
    return _ESCAPES[found.group()]
