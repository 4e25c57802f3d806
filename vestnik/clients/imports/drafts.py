"""Imports that a person checks before they start: the file is kept, and its first rows are shown as they will be read.

An account has one draft at a time. A draft that is not started within an hour is deleted (``sql/forget.sql``).
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from vestnik.clients.attributes.values import Value
from vestnik.clients.imports.attribute_columns import NumberCell
from vestnik.clients.imports.columns import Columns, check_columns, matched_cells, refuse_too_wide
from vestnik.clients.imports.encodings import decoded
from vestnik.clients.imports.file_kinds import XLSX, kind_of
from vestnik.clients.imports.guessing import Guess, guess_columns
from vestnik.clients.imports.limits import SAMPLE_ROWS
from vestnik.clients.imports.packing import pieces
from vestnik.clients.imports.reading import Row, checked_rows
from vestnik.clients.imports.staging import SQL, stage_rows
from vestnik.clients.imports.unicode_marks import marked_encoding
from vestnik.clients.imports.uploads import check_size, keep_file, keep_types, refuse_too_many, take_place, wake
from vestnik.errors import StateForbids
from vestnik.models import ImportJob, ImportMode, ImportPiece, ImportState, OnError, User

#: Of the rows that are kept for the preview: characters of each cell, and bytes of them all.
SAMPLE_CELL, SAMPLE_BYTES = 200, 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """A row as it will be read. ``outcome``: created, updated, unchanged or refused; ``reason``: a word of REASONS.

    ``warning``: a word of WARNINGS; None: there is none.
    ``cells``: what stands in the matched columns (phone, code, tag, zone); None: it stays as it is.
    ``attributes``: as they are read. ``attribute``: the one whose value is the reason.
    """

    line: int
    cells: list[str | None]
    outcome: str
    reason: str | None
    other_line: int | None
    warning: str | None
    attributes: dict[str, Value]
    attribute: str | None


def keep_draft(*, file: IO[bytes], file_name: str, actor: User) -> ImportJob:
    """Keep a file whose columns are to be matched; an earlier draft of the same account goes.

    Raises:
        FileProblem: the file cannot be imported.
        TooManyTries: too many imports wait.
    """
    check_size(file)
    refuse_too_many()
    sample = list(_sample(checked_rows(file)))
    refuse_too_wide(sample[0][1])
    with transaction.atomic():
        # One draft an account, also when two files come at once.
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        for draft in ImportJob.objects.filter(created_by=actor, state=ImportState.RECEIVING):
            _forget(draft)
        job = ImportJob(mode=ImportMode.UPSERT, on_error=OnError.SKIP, file_name=file_name[:255], sample=sample)
        job.lines = _lines_of(file)
        return keep_file(file, job, actor)


def guess_of(job: ImportJob) -> Guess:
    """The suggested column of each field."""
    return guess_columns([cells for _line, cells in sample_of(job)])


def sample_of(job: ImportJob) -> list[Row]:
    """The first rows of a draft as they stand in the file, a header among them.

    Raises:
        StateForbids: the import was started.
    """
    if job.state != ImportState.RECEIVING:
        raise StateForbids(_("This import was started before, or its file is gone: choose the file again."))
    return [(line, cells) for line, cells in job.sample or []]


def preview(*, job: ImportJob, columns: Columns, mode: ImportMode) -> list[Previewed]:
    """Return what would become of the first rows if the import started now, by the same statements.

    Raises:
        InvalidInput: the columns cannot be these.
        StateForbids: the import was started.
    """
    check_columns(columns, needs_all=mode != ImportMode.UPDATE)
    rows = sample_of(job)[1 if columns.header else 0 :]
    cells_of = {line: matched_cells(cells, columns) for line, cells in rows}
    with transaction.atomic():
        connection.ensure_connection()
        stage_rows(connection.connection, iter(rows), mode=mode, columns=columns, report=lambda _: None)
        checked = SQL.run(connection.connection, "checked_rows")
        transaction.set_rollback(True)
    return [_previewed(*row, cells=cells_of[row[0]]) for row in checked]


def start_draft(*, job_id: int, columns: Columns, mode: ImportMode, on_error: OnError, actor: User) -> None:
    """Have a draft imported.

    Raises:
        InvalidInput: the columns cannot be these.
        StateForbids: it was started before, or forgotten.
        TooManyTries: too many imports wait.
    """
    check_columns(columns, needs_all=mode != ImportMode.UPDATE)
    refuse_too_many()
    with transaction.atomic():
        keep_types(columns)
        draft = ImportJob.objects.filter(id=job_id, state=ImportState.RECEIVING)
        started = draft.update(
            state=ImportState.WAITING, columns=columns.as_json(), mode=mode, on_error=on_error, sample=None,
            created_by=actor, created_by_name=actor.get_username(),
        )  # fmt: skip
        if not started:
            raise StateForbids(_("This import was started before, or its file is gone: choose the file again."))
        take_place(job_id)
        wake()


def discard_draft(*, job: ImportJob) -> None:
    """Forget a file that nobody wants to import.

    Raises:
        StateForbids: the import was started.
    """
    with transaction.atomic():
        sample_of(ImportJob.objects.select_for_update().get(id=job.id))
        _forget(job)


def _forget(draft: ImportJob) -> None:
    ImportPiece.objects.filter(job=draft).delete()
    draft.delete()


def _sample(rows: Iterator[Row]) -> Iterator[tuple[int, list[Any]]]:
    """The first rows, as JSON can hold them."""
    size = 0
    for _number, (line, cells) in zip(range(SAMPLE_ROWS), rows, strict=False):
        kept = [_plain(cell) for cell in cells]
        size += len(json.dumps(kept))
        if size > SAMPLE_BYTES:
            break
        yield line, kept


def _plain(cell: object) -> str | float | bool | None:
    """A cell as JSON and the ledger can hold it, so that it is checked as the cell itself would be."""
    if cell is None or isinstance(cell, bool | int):
        return cell
    if isinstance(cell, NumberCell):
        return float(cell)
    if isinstance(cell, float) and math.isfinite(cell):
        return cell
    return str(cell)[:SAMPLE_CELL].encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _lines_of(file: IO[bytes]) -> int | None:
    """About how many rows there are below a header: the line feeds of CSV; for a workbook it is not known yet."""
    if kind_of(file) == XLSX:
        return None
    marked = marked_encoding(next(pieces(file), b""))
    if marked is not None:
        return max(1, sum(text.count("\n") for text in decoded(file, marked)) - 1)
    return max(1, sum(piece.count(b"\n") for piece in pieces(file)) - 1)


def _previewed(
    line: int, phone: int | None, code: int | None, tag: str | None, zone: str | None, reason: str | None,
    other_line: int | None, known: bool, same: bool, warning: str | None, attributes: str | None,
    attribute: str | None, *, cells: list[str | None],
) -> Previewed:  # fmt: skip
    understood = cells if phone is None else [str(phone), f"{code or 0:03d}", tag, zone]
    outcome = "refused" if reason else ("unchanged" if same else "updated") if known else "created"
    return Previewed(
        line=line, cells=understood, outcome=outcome, reason=reason, other_line=other_line,
        warning=None if reason else warning, attribute=attribute,
        # Django's connections give JSON as text.
        attributes=json.loads(attributes) if attributes else {},
    )  # fmt: skip
