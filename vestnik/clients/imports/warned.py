"""Rows of an import that were accepted but look wrong, for the author of the file: line, reason and client."""

from collections.abc import Generator, Iterator

from django.utils.translation import gettext_lazy as _lazy

from vestnik.clients.imports.refused import said_in
from vestnik.models import ImportJob, ImportWarnedRow
from vestnik.spreadsheets import REST_STYLE, CsvStyle, csv_blocks, harmless

#: Why a row is worth a look: the word in the ledger, and a sentence for people.
WARNINGS = {"phone_not_mobile": _lazy("this is not a mobile number: the message may not arrive")}
#: Names of columns, with commas between.
_HEADER = _lazy("line,warning,phone_number,mobile_operator_code,tag,timezone")


def warnings_of(*, job: ImportJob) -> Iterator[ImportWarnedRow]:
    """The rows with a warning, in the order of the file, a few thousand in memory at a time."""
    return ImportWarnedRow.objects.filter(job=job).order_by("line").iterator(chunk_size=2_000)


def warned_lines(*, job: ImportJob, language: str, style: CsvStyle = REST_STYLE) -> Generator[bytes]:
    """CSV in UTF-8 with a byte order mark, a block at a time.

    Args:
        job: the import.
        language: of the headers and the warnings: ``en`` or ``ru``.
        style: how the file is written.
    """
    return csv_blocks(_rows(job, language), style=style)


def _rows(job: ImportJob, language: str) -> Iterator[list[object]]:
    yield [*said_in(language, _HEADER).split(",")]
    words = {warning: warning_in(language, warning) for warning in WARNINGS}
    for row in warnings_of(job=job):
        yield [row.line, words[row.warning], *(harmless(cell or "") for cell in row.cells)]


def warning_in(language: str, warning: str) -> str:
    """A word of WARNINGS in words."""
    return said_in(language, WARNINGS[warning])
