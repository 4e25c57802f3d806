"""Rows of an import that were taken though they look wrong, for the author of the file: where, why, and who it is."""

from collections.abc import Generator, Iterator

from vestnik.models import ImportJob, ImportWarnedRow
from vestnik.spreadsheets import csv_blocks, harmless

#: Why a row is worth a look: the word in the ledger, in English, in Russian.
WARNINGS = {
    "phone_not_mobile": (
        "this is no mobile number: a text may not arrive",
        "это не мобильный номер: сообщение может не дойти",
    ),
}
_HEADER = {
    "en": ("line", "warning", "phone_number", "mobile_operator_code", "tag", "timezone"),
    "ru": ("строка", "предупреждение", "телефон", "код оператора", "тег", "часовой пояс"),
}


def warnings_of(*, job: ImportJob) -> Iterator[ImportWarnedRow]:
    """The rows with a warning, in the order of the file, a few thousand in memory at a time."""
    return ImportWarnedRow.objects.filter(job=job).order_by("line").iterator(chunk_size=2_000)


def warned_lines(*, job: ImportJob, language: str) -> Generator[bytes]:
    """CSV in UTF-8 with a byte order mark, a block at a time.

    Args:
        job: the import.
        language: of the headers and the warnings: ``en`` or ``ru``.
    """
    return csv_blocks(_rows(job, language))


def _rows(job: ImportJob, language: str) -> Iterator[list[object]]:
    yield [*_HEADER[language]]
    for row in warnings_of(job=job):
        yield [row.line, warning_in(language, row.warning), *(harmless(cell or "") for cell in row.cells)]


def warning_in(language: str, warning: str) -> str:
    """A word of WARNINGS in words."""
    return WARNINGS[warning][language == "ru"]
