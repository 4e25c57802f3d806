"""The fields of a mailing, their limits over REST and in the console, and its columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from vestnik.characters import clean_text
from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput
from vestnik.mailings.windows import SendWindow
from vestnik.models import Mailing

#: Characters (Unicode code points), as in the ledger's columns.
LONGEST_NAME, LONGEST_TEXT, LONGEST_TAG = 200, 2_000, 64
#: Values in one key of a filter.
MAX_VALUES = 1_000
#: Years that a time may be in: PostgreSQL knows more, Python's zones no more.
FIRST_YEAR, LAST_YEAR = 1970, 9000


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingFields:
    """The fields of a mailing that an operator gives. Times are aware; None for tags or codes means no filter.

    ``send_window``: the hours of each client's own clock in which messages may leave; None: all of them.
    """

    name: str
    message_text: str
    filter_tags: list[str] | None
    filter_codes: list[int] | None
    start_time: datetime
    end_time: datetime
    send_window: SendWindow | None = None


def fields_of(mailing: Mailing) -> MailingFields:
    """The present fields of a mailing."""
    return MailingFields(
        name=mailing.name,
        message_text=mailing.message_text,
        filter_tags=clean_tags(mailing.filter_tags),
        filter_codes=mailing.filter_codes,
        start_time=mailing.start_time,
        end_time=mailing.end_time,
        send_window=window_of(mailing),
    )


def columns(fields: MailingFields) -> dict[str, object]:
    """The columns of the ledger for ``fields``."""
    return {
        "name": fields.name,
        "message_text": fields.message_text,
        "filter_tags": fields.filter_tags,
        "filter_codes": fields.filter_codes,
        "start_time": fields.start_time,
        "end_time": fields.end_time,
        "send_window_from": fields.send_window and fields.send_window.opens,
        "send_window_to": fields.send_window and fields.send_window.closes,
    }


def window_of(mailing: Mailing) -> SendWindow | None:
    """The send window of a mailing, if it has one."""
    if mailing.send_window_from is None or mailing.send_window_to is None:
        return None
    return SendWindow(mailing.send_window_from, mailing.send_window_to)


def check_times(start: datetime, end: datetime, now: datetime | None = None) -> None:
    """Check a mailing's times at ``now`` by the database's clock, which is read if it is not given.

    Raises:
        InvalidInput: ``end`` is not after ``start``, or has passed.
    """
    if end <= start:
        raise InvalidInput({"end_time": [_("The end must be after the start.")]})
    if end <= (now or database_now()):
        raise InvalidInput({"end_time": [_("The end must be in the future.")]})


def is_tag(value: object) -> bool:
    """Return whether a client can have this tag, once it is cleaned."""
    return isinstance(value, str) and is_storable(value) and 1 <= len(clean_text(value)) <= LONGEST_TAG


def clean_tags(tags: Sequence[str] | None) -> list[str] | None:
    """The tags of a filter as clients have them, each once; None means no filter."""
    return None if tags is None else list(dict.fromkeys(map(clean_text, tags)))


def matched_tags(tags: Sequence[str] | None) -> list[str] | None:
    """The tags that a stored filter matches: tags of earlier releases may not be clean yet."""
    return None if tags is None else list(dict.fromkeys([*tags, *map(clean_text, tags)]))


def is_operator_code(value: object) -> bool:
    """Return whether this is a number of three digits (leading zeros left out)."""
    return type(value) is int and 0 <= value <= 999


def is_storable(text: str) -> bool:
    """Return whether the ledger and the gateway accept this text: it has no NUL and no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
