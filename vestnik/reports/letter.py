"""Renders a report: subject, text and HTML in one of the languages, and the CSV of its messages."""

import io
from collections.abc import Iterator, Sequence
from csv import writer as csv_writer
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.utils.translation import override

from vestnik.phones.display import mask_phone
from vestnik.reports.contents import Contents
from vestnik.statistics.messages import MessageRow, page_of_messages

#: Beyond so many messages in all a report has a link instead: mail servers refuse letters of many megabytes.
MAX_LINES = 50_000
HEADER = ("mailing", "id", "client", "phone", "state", "sent_at", "delivered_at", "gateway")
_PAGE = 2_000


def csv_of(mailings: Sequence[int]) -> bytes:
    """The lines of all messages of these mailings, ASCII. Only a page of rows is held besides the text itself.

    Phones are masked; times are ISO 8601 in the report's zone.
    """
    with io.BytesIO() as target, io.TextIOWrapper(target, "ascii", newline="", write_through=True) as text:
        lines = csv_writer(text)
        lines.writerow(HEADER)
        for mailing in mailings:
            lines.writerows(_line(mailing, row) for row in _rows(mailing))
        text.flush()
        return target.getvalue()


def _rows(mailing: int) -> Iterator[MessageRow]:
    cursor = 0
    while page := page_of_messages(mailing_id=mailing, states=None, cursor=cursor, most=_PAGE):
        yield from page
        cursor = page[-1].id


def _line(mailing: int, row: MessageRow) -> tuple[object, ...]:
    phone = "" if row.phone is None else mask_phone(row.phone)
    client = "" if row.client is None else row.client
    times = (_moment(row.sent_at), _moment(row.delivered_at))
    return (mailing, row.id, client, phone, row.state, *times, row.gateway or "")


def _moment(at: datetime | None) -> str:
    return localtime(at).isoformat(timespec="seconds") if at else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail to one recipient. ``csv``: None if the report has no messages, or more than an e-mail can hold."""

    subject: str
    text: str
    html: str
    csv: bytes | None
    csv_name: str


def attachment_of(contents: Contents) -> bytes | None:
    """The CSV of the messages of all mailings that ended, and of the single ones; None: there are none, or too many."""
    if not 0 < contents.messages <= MAX_LINES:
        return None
    return csv_of(contents.listed)


def write_letter(contents: Contents, *, language: str, csv: bytes | None) -> Letter:
    """Put a report into words.

    Args:
        contents: what it says.
        language: one of :class:`vestnik.models.Language`.
        csv: what :func:`attachment_of` gave.
    """
    context: dict[str, Any] = {
        "contents": contents,
        "period": contents.period,
        "language": language,
        "attached": csv is not None,
        "too_many": contents.messages > MAX_LINES,
        "most_lines": MAX_LINES,
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
            csv_name=f"vestnik-{contents.period.day.isoformat()}.csv",
        )
