"""A report in words: subject, text and HTML in one of the languages, and the CSV of its messages."""

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import override

from vestnik.reports.attachment import MOST_LINES, csv_of
from vestnik.reports.contents import Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one recipient gets. ``csv``: None where the report has no messages, or more than an e-mail can carry."""

    subject: str
    text: str
    html: str
    csv: bytes | None
    csv_name: str


def attachment_of(contents: Contents) -> bytes | None:
    """The CSV of the messages of all mailings that ended; None where there are none, or too many."""
    if not 0 < contents.messages <= MOST_LINES:
        return None
    return csv_of([account.mailing.id for account in contents.ended])


def write_letter(contents: Contents, *, language: str, csv: bytes | None) -> Letter:
    """Put a report into words.

    Args:
        contents: what it says.
        language: one of :class:`vestnik.models.Language`.
        csv: what :func:`attachment_of` gave.
    """
    context: dict[str, Any] = {
        "contents": contents,
        "stretch": contents.stretch,
        "language": language,
        "attached": csv is not None,
        "too_many": contents.messages > MOST_LINES,
        "most_lines": MOST_LINES,
    }

    def rendered(name: str) -> str:
        return render_to_string(f"vestnik/report/{name}", context)

    # Numbers are grouped as in that language.
    with override(language):
        return Letter(
            subject=" ".join(rendered(f"subject.{language}.txt").split()),
            text=rendered(f"report.{language}.txt").strip() + "\n",
            html=rendered(f"report.{language}.html"),
            csv=csv,
            csv_name=f"vestnik-{contents.stretch.day.isoformat()}.csv",
        )
