"""The CSV of a report: one line per message of the mailings that ended, written page by page."""

import csv
import io
from collections.abc import Iterator, Sequence

from django.utils.timezone import localtime

from vestnik.phones.display import mask_phone
from vestnik.statistics.messages import MessageRow, page_of_messages

#: Beyond so many messages in all a report has a link instead: mail servers refuse letters of many megabytes.
MOST_LINES = 50_000
HEADER = ("mailing", "id", "client", "phone", "state", "sent_at")
_PAGE = 2_000


def csv_of(mailings: Sequence[int]) -> bytes:
    """The lines of all messages of these mailings, ASCII. Only a page of rows is held besides the text itself.

    Phones are masked; times are ISO 8601 in the report's zone.
    """
    with io.BytesIO() as target, io.TextIOWrapper(target, "ascii", newline="", write_through=True) as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        for mailing in mailings:
            writer.writerows(_line(mailing, row) for row in _rows(mailing))
        text.flush()
        return target.getvalue()


def _rows(mailing: int) -> Iterator[MessageRow]:
    cursor = 0
    while page := page_of_messages(mailing_id=mailing, states=None, cursor=cursor, most=_PAGE):
        yield from page
        cursor = page[-1].id


def _line(mailing: int, row: MessageRow) -> tuple[object, ...]:
    sent_at = localtime(row.sent_at).isoformat(timespec="seconds") if row.sent_at else ""
    phone = "" if row.phone is None else mask_phone(row.phone)
    return (mailing, row.id, "" if row.client is None else row.client, phone, row.state, sent_at)
