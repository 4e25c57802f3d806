"""The refused rows of an import as CSV, for the author of the file: where, why, and what stood there."""

import csv
import io
from collections.abc import Generator

from vestnik.clients.imports.jobs import refusals
from vestnik.clients.imports.judging import REASONS
from vestnik.models import ImportJob, ImportRefusal
from vestnik.spreadsheets import harmless

_HEADERS = {
    "en": ("line", "reason", "phone_number", "mobile_operator_code", "tag", "timezone"),
    "ru": ("строка", "причина", "телефон", "код оператора", "тег", "часовой пояс"),
}
#: Characters handed on at once.
_BLOCK = 65_536


def refused_lines(*, job: ImportJob, language: str) -> Generator[bytes]:
    """CSV in UTF-8 with a byte order mark, a block at a time.

    Args:
        job: the import.
        language: of the headers and the reasons: ``en`` or ``ru``.
    """
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(_HEADERS[language])
    for refusal in refusals(job=job):
        writer.writerow([refusal.line, reason_of(refusal, language), *(harmless(cell or "") for cell in refusal.cells)])
        if text.tell() >= _BLOCK:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def reason_of(refusal: ImportRefusal, language: str) -> str:
    """Why a row was refused, in words."""
    return reason_in(language, refusal.reason, refusal.other_line)


def reason_in(language: str, reason: str, other_line: int | None) -> str:
    """A word of REASONS in words; ``other_line``: where the phone stands in the file before."""
    return REASONS[reason][language == "ru"].format(line=other_line)
