"""Takes refused rows of an import in after all: a fix is applied to all rows of one group, and they are imported.

A group has the rows of one reason. Of time zones that nobody can read, each value has its own group.
"""

import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from vestnik.clients.imports.columns import Columns
from vestnik.clients.imports.fixes import ANSWERS, Fix, check_value, fixed_cells, fixed_columns, fixed_mode, fixes_of
from vestnik.clients.imports.jobs import get_job
from vestnik.clients.imports.refused import ReasonCount, reason_counts
from vestnik.clients.imports.refused_values import NamedValue, frequent_values, has_value, splits
from vestnik.clients.imports.uploads import check_size, keep_file, keep_types, refuse_too_many, take_place, wake
from vestnik.errors import StateForbids
from vestnik.models import ImportJob, ImportRefusal, ImportState, OnError, User
from vestnik.phones.repair import repair_phone
from vestnik.spreadsheets import BYTE_ORDER_MARK, harmless

#: Rows of a reason that are shown, and rows that are looked at for those whose phone can be read.
EXAMPLES, _LOOKED_AT = 3, 1_000
#: Rows whose reasons are found in one look, before a reason is asked for by itself; rows marked in one statement.
_WINDOW, _BATCH = 2_000, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedGroup:
    """The rows that an import refused for one reason, or those of them with one value.

    Args:
        reason: A word of REASONS.
        text: The same in words.
        value: What the cell of all of them says. None: they are not grouped by it, or these are the other values.
        is_rest: Whether they have the values that have no group of their own.
        rows: How many of them nobody has taken in.
        examples: The first of those.
        fixes: What can be done about them.
        readable: For a wrong phone: the first cells that can be read after all, each with its number.
        taken_in_by: The imports that have taken in, or will take in, the others.
    """

    reason: str
    text: str
    value: str | None
    is_rest: bool
    rows: int
    examples: list[ImportRefusal]
    fixes: tuple[Fix, ...]
    readable: list[tuple[str, int]]
    taken_in_by: list[ImportJob]


def refused_groups(job: ImportJob, language: str) -> list[RefusedGroup]:
    """The refused rows of an import that is over, by reason, the most frequent first.

    Args:
        job: The import.
        language: Of the reasons: ``en`` or ``ru``.
    """
    corrections = corrections_of(job)
    examples = _examples(job)
    groups = []
    for count in reason_counts(job, language):
        taken_in_by = [each for each in corrections if (each.correction or {}).get("reason") == count.reason]
        if splits(job, count.reason):
            groups += _groups_of_values(job, count, taken_in_by)
        else:
            groups.append(_group(job, count, examples, taken_in_by))
    return groups


def corrections_of(job: ImportJob) -> list[ImportJob]:
    """The imports that take in refused rows of this one, without those that failed."""
    found = ImportJob.objects.filter(corrects=job.id).exclude(state=ImportState.FAILED)
    return list(found.order_by("id").defer("sample", "columns"))


def open_rows(job: ImportJob) -> int:
    """How many refused rows of an import nobody has taken in."""
    return max(0, job.refused - sum(each.lines or 0 for each in corrections_of(job)))


def open_refusals(job: ImportJob) -> QuerySet[ImportRefusal]:
    """The refused rows of an import that nobody has taken in, in the order of the file."""
    taken_in_by = [each.id for each in corrections_of(job)]
    is_open = Q(corrected_by__isnull=True) | ~Q(corrected_by__in=taken_in_by)
    return ImportRefusal.objects.filter(is_open, job=job).order_by("line")


def take_in(
    *, job_id: int, reason: str, fix: Fix, value: str, actor: User, cell: str | None = None
) -> ImportJob:  # fmt: skip
    """Import the rows of a group of refused rows, with a fix. Rows that it does not help stay as they are.

    Args:
        job_id: The import that refused them.
        reason: A word of REASONS.
        fix: One that the reason has.
        value: The time zone or the tag of the fix; empty for the others.
        actor: Who decides.
        cell: Where a reason is grouped by value: that of the rows. None: those whose value has no group of its own.

    Raises:
        InvalidInput: There is no such time zone or tag.
        NotFound: There is no such import.
        StateForbids: These rows have no such fix, or somebody has taken them in before.
        TooManyTries: Too many imports wait.
    """
    get_job(job_id=job_id, viewer=actor)
    value = check_value(fix, value)
    refuse_too_many()
    with transaction.atomic(), tempfile.SpooledTemporaryFile(max_size=2**20) as file:
        # Two clicks at once: the second one finds the rows taken.
        job = ImportJob.objects.select_for_update().get(id=job_id)
        if fix not in fixes_of(job, reason):
            raise StateForbids(_("There is no such fix for these rows."))
        columns = Columns.of_json(job.columns or {})
        ids = _write(file, job, columns, _rows(job, reason, cell), fix, value)
        if not ids:
            raise StateForbids(_("These rows were imported meanwhile, or this does not help them."))
        unclear = unclear_attributes(job, reason) if fix in ANSWERS else []
        fixed = fixed_columns(columns, fix, value, reason=reason, unclear=unclear)
        corrected = _start(file, fixed, actor, ImportJob(
            mode=fixed_mode(job, fix), on_error=OnError.SKIP, file_name=job.file_name, lines=len(ids),
            corrects=job.id, correction={"reason": reason, "fix": fix.value, "value": value, "cell": cell},
        ))  # fmt: skip
        for batch in _in_batches(ids):
            ImportRefusal.objects.filter(id__in=batch).update(corrected_by=corrected.id)
    return corrected


def unclear_attributes(job: ImportJob, reason: str) -> list[str]:
    """The attributes whose cells are the reason of refused rows that nobody has taken in, by name."""
    rows = open_refusals(job).filter(reason=reason, attribute__isnull=False)
    return sorted(name for name in rows.order_by().values_list("attribute", flat=True).distinct() if name)


def _start(file: IO[bytes], columns: Columns, actor: User, corrected: ImportJob) -> ImportJob:
    """Keep the file of corrected rows, and have it imported, in the transaction of the caller."""
    check_size(file)
    keep_types(columns)
    corrected.columns = columns.as_json()
    keep_file(file, corrected, actor)
    corrected.state = ImportState.WAITING
    corrected.save(update_fields=["state"])
    take_place(corrected.id)
    wake()
    return corrected


def _rows(job: ImportJob, reason: str, cell: str | None) -> QuerySet[ImportRefusal]:
    """The rows of a group that nobody has taken in."""
    rows = open_refusals(job).filter(reason=reason)
    if not splits(job, reason):
        return rows
    if cell is not None:
        return rows.filter(has_value(job, [cell]))
    return rows.exclude(has_value(job, [each.value for each in frequent_values(job, reason, open_refusals(job))]))


def _write(
    file: IO[bytes], job: ImportJob, columns: Columns, rows: QuerySet[ImportRefusal], fix: Fix, value: str
) -> list[int]:
    """Write the corrected rows as CSV. Return the ids of their refusals."""
    ids = []
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    # Excel's own line: nobody has to guess the separator.
    text.write(f"{BYTE_ORDER_MARK}sep=,\r\n")
    writer = csv.writer(text)
    writer.writerow(map(harmless, job.names or ()))
    for refusal in rows.iterator(chunk_size=2_000):
        cells = fixed_cells(
            refusal.cells, columns, fix, value, reason=refusal.reason, attribute=refusal.attribute
        )  # fmt: skip
        if cells is not None:
            writer.writerow(map(harmless, cells))
            ids.append(refusal.id)
    text.detach()
    return ids


def _group(
    job: ImportJob, count: ReasonCount, examples: dict[str, list[ImportRefusal]], taken_in_by: list[ImportJob]
) -> RefusedGroup:
    reason = count.reason
    left = max(0, count.rows - _taken(taken_in_by))
    fixes = fixes_of(job, reason) if left else ()
    readable = _readable(job, reason) if Fix.PHONE in fixes else []
    return RefusedGroup(
        reason=reason, text=count.text, value=None, is_rest=False, rows=left, taken_in_by=taken_in_by,
        readable=readable, examples=(examples.get(reason) or _first(job, reason)) if left else [],
        fixes=tuple(fix for fix in fixes if fix != Fix.PHONE or readable),
    )  # fmt: skip


def _groups_of_values(job: ImportJob, count: ReasonCount, taken_in_by: list[ImportJob]) -> list[RefusedGroup]:
    """A group for each of the most frequent values, and one for the others, if there are any."""
    found = frequent_values(job, count.reason, open_refusals(job))
    left = max(0, count.rows - _taken(taken_in_by) - sum(each.left for each in found))
    named: list[NamedValue | None] = [*found]
    groups = [
        _group_of_value(job, count, each, left if each is None else each.left, taken_in_by) for each in [*named, None]
    ]
    return [each for each in groups if each.rows or each.taken_in_by]


def _group_of_value(
    job: ImportJob, count: ReasonCount, named: NamedValue | None, left: int, taken_in_by: list[ImportJob]
) -> RefusedGroup:
    value = None if named is None else named.value
    return RefusedGroup(
        reason=count.reason, text=count.text, value=value, is_rest=named is None, rows=left, readable=[],
        # Releases without these groups took in the rows of all values at once: those imports stand with the others.
        taken_in_by=[each for each in taken_in_by if (each.correction or {}).get("cell") == value],
        examples=list(_rows(job, count.reason, value)[:EXAMPLES]) if left else [],
        fixes=fixes_of(job, count.reason) if left else (),
    )  # fmt: skip


def _taken(taken_in_by: list[ImportJob]) -> int:
    return sum(each.lines or 0 for each in taken_in_by)


def _examples(job: ImportJob) -> dict[str, list[ImportRefusal]]:
    """The first open rows of each reason that is among the first rows: one look, however many reasons there are."""
    found: dict[str, list[ImportRefusal]] = {}
    for refusal in open_refusals(job)[:_WINDOW]:
        rows = found.setdefault(refusal.reason, [])
        if len(rows) < EXAMPLES:
            rows.append(refusal)
    return found


def _first(job: ImportJob, reason: str) -> list[ImportRefusal]:
    return list(open_refusals(job).filter(reason=reason)[:EXAMPLES])


def _readable(job: ImportJob, reason: str) -> list[tuple[str, int]]:
    """The first cells of phones that can be read after all."""
    place = Columns.of_json(job.columns or {}).phone
    rows = open_refusals(job).filter(reason=reason).values_list("cells", flat=True)[:_LOOKED_AT]
    read = ((cells[place], repair_phone(cells[place])) for cells in rows if place < len(cells))
    return list(islice(((cell, phone) for cell, phone in read if phone is not None), EXAMPLES))


def _in_batches(ids: list[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while batch := list(islice(rest, _BATCH)):
        yield batch
