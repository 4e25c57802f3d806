"""The rows of a file go to the ledger by COPY, and what becomes of each is decided there, over all at once."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO

import psycopg
from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports.columns import Columns, find_columns
from vestnik.clients.imports.judging import Judged, judge_with
from vestnik.clients.imports.limits import FileProblem
from vestnik.clients.imports.reading import Row, rows_of
from vestnik.clients.zones import known_zones
from vestnik.models import ImportMode
from vestnik.models.connection import Connection, run
from vestnik.sqlfiles import sql

#: The package whose sql/ folder holds the statements.
SQL = "vestnik.clients.imports"
#: Rows between two looks at whether to stop; some 20 ms.
BATCH = 5_000
#: Characters of a cell of a refused row that are kept.
_SHOWN = 200
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What an import does, in rows of its file."""

    rows: int
    refused: int
    created: int
    updated: int
    unchanged: int


def stage(
    connection: Connection, file: IO[bytes], *, mode: str, columns: Columns | None, report: Callable[[int], None]
) -> Counts:
    """Read a file, and judge its rows, in the transaction of the caller; the directory stays as it is.

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
    stage_rows(connection, rows if columns.header else chain([first], rows), mode=mode, columns=columns, report=report)
    counted = run(connection, SQL, "count")[0]
    return Counts(rows=counted[0], refused=counted[1], created=counted[2], updated=counted[3], unchanged=counted[4])


def stage_rows(
    connection: Connection, rows: Iterator[Row], *, mode: str, columns: Columns, report: Callable[[int], None]
) -> None:
    """Judge rows (without a header): what would become of each stands then in the temporary table ``judged``."""
    judge = judge_with(columns, zones=known_zones(), needs_all=mode != ImportMode.UPDATE)
    run(connection, SQL, "staged_table")
    with connection.cursor().copy("COPY staged FROM STDIN") as copy:
        done = 0
        while batch := list(islice(rows, BATCH)):
            copy.write("".join(_line(row, judge(row[1]), columns) for row in batch))
            done += len(batch)
            report(done)
    # Sorting a million rows by their phones takes 60 MB.
    connection.execute("SET LOCAL work_mem = '64MB'")
    # What the table is joined and sorted by; what the other columns hold changes no plan, and costs as much again.
    connection.execute("ANALYZE staged (phone, reason)")
    connection.execute(sql(SQL, "judge").encode(), {"mode": mode}, prepare=False)


def apply(connection: Connection, counts: Counts) -> bool:
    """Do to the directory what was decided. False: somebody changed it meanwhile, so roll back and begin again."""
    try:
        added = connection.execute(sql(SQL, "add").encode()).rowcount
    except psycopg.errors.UniqueViolation:
        return False
    changed = connection.execute(sql(SQL, "change").encode()).rowcount
    return (added, changed) == (counts.created, counts.updated)


def keep_refused(connection: Connection, job: int) -> None:
    """Write the refused rows down, for the author of the file."""
    run(connection, SQL, "keep_refused", job=job)


def _line(row: Row, judged: Judged, columns: Columns) -> str:
    line, cells = row
    phone, code, tag, zone, reason = judged
    if reason is None:
        shown_tag = r"\N" if tag is None else _SPECIAL.sub(_escaped, tag)
        return f"{line}\t{phone}\t{_null(code)}\t{shown_tag}\t{_null(zone)}\t\\N\t\\N\n"
    kept = _SPECIAL.sub(_escaped, json.dumps(list(_kept(cells, columns)), ensure_ascii=False))
    return f"{line}\t\\N\t\\N\t\\N\t\\N\t{reason}\t{kept}\n"


def _kept(cells: list[object], columns: Columns) -> Iterator[str]:
    for place in (columns.phone, columns.code, columns.tag, columns.zone):
        cell = cells[place] if place is not None and place < len(cells) else None
        text = "" if cell is None else str(cell)[:_SHOWN]
        yield text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _null(value: object) -> object:
    return r"\N" if value is None else value


def _escaped(found: "re.Match[str]") -> str:
    return _ESCAPES[found.group()]
