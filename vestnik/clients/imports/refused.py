"""The refused rows of an import, for the author of the file: the line, the reason, and the cells.

As CSV they keep the columns of the file in their order, behind the line and the reason, so that they can be mended and
imported again: an import leaves the two columns alone.
"""

from collections.abc import Generator, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import override

from vestnik.clients.imports.checking import DUPLICATE_OF, REASONS
from vestnik.clients.imports.columns import Columns, matched_cells
from vestnik.clients.imports.jobs import refusals
from vestnik.models import ImportJob, ImportRefusal
from vestnik.spreadsheets import REST_STYLE, CsvStyle, csv_blocks, harmless

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

#: Names of columns, with commas between.
_PLACE = _lazy("line,reason")
#: For jobs that kept no names of columns.
_NAMES = _lazy("phone_number,mobile_operator_code,tag,timezone")
_DUPLICATE_OF = "duplicate of a line"


class ReasonCount(NamedTuple):
    """A word of REASONS, the same in words, and how many rows of an import it has."""

    reason: str
    text: str
    rows: int


def refused_lines(
    *, job: ImportJob, language: str, style: CsvStyle = REST_STYLE, rows: Iterable[ImportRefusal] | None = None
) -> Generator[bytes]:
    """CSV in UTF-8 with a byte order mark, a block at a time.

    Args:
        job: the import.
        language: of the first two headers and the reasons: ``en`` or ``ru``.
        style: how the file is written.
        rows: the refused rows; None: all of the import.
    """
    return csv_blocks(_rows(job, language, refusals(job=job) if rows is None else rows), style=style)


def _rows(job: ImportJob, language: str, rows: Iterable[ImportRefusal]) -> Iterator[list[object]]:
    names = said_in(language, _NAMES).split(",") if job.names is None else job.names
    # A file of refused rows that was imported again begins with these two columns itself.
    own = 2 if names[:2] in [said_in(each, _PLACE).split(",") for each, _name in settings.LANGUAGES] else 0
    yield [*said_in(language, _PLACE).split(","), *map(harmless, names[own:])]
    for refusal in rows:
        yield [refusal.line, reason_of(refusal, language), *(harmless(cell or "") for cell in refusal.cells[own:])]


def reason_counts(job: ImportJob, language: str) -> list[ReasonCount]:
    """The reasons of refused rows with the number of rows, the most frequent first."""
    counts = sorted(job.refused_by_reason.items(), key=lambda item: (-item[1], item[0]))
    return [ReasonCount(reason, reason_in(language, reason, None), rows) for reason, rows in counts]


def cells_shown(job: ImportJob, refusal: ImportRefusal) -> list[str | None]:
    """The cells of the phone, the code, the tag and the time zone."""
    if job.names is None or job.columns is None:
        return list(refusal.cells)
    return matched_cells(refusal.cells, Columns.of_json(job.columns))


def reason_of(refusal: ImportRefusal, language: str) -> str:
    """The reason why a row was refused, as a sentence."""
    return reason_in(language, refusal.reason, refusal.other_line, refusal.attribute)


def reason_in(language: str, reason: str, other_line: int | None, attribute: str | None = None) -> str:
    """A word of REASONS in words.

    Args:
        language: ``en`` or ``ru``.
        reason: the word.
        other_line: where the phone stands in the file before; None: not said.
        attribute: whose value is wrong; None: it is another column.
    """
    if attribute is not None:
        return f"{attribute}: {_said_once(language)[reason]}"
    if reason == "duplicate" and other_line is not None:
        return _said_once(language)[_DUPLICATE_OF] % {"line": other_line}
    return _said_once(language)[reason]


@lru_cache(maxsize=8)
def _said_once(language: str) -> dict[str, str]:
    """All reasons in a language. They are kept: translating for each row took 17 s for a million rows, now 1.4."""
    sentences = {**REASONS, _DUPLICATE_OF: DUPLICATE_OF}
    return {reason: said_in(language, sentence) for reason, sentence in sentences.items()}


def said_in(language: str, sentence: "StrPromise") -> str:
    """A marked sentence in a language: a file is written after the request that asked for it has got its answer."""
    with override(language):
        return str(sentence)
