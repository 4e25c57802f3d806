"""The fields of a mailing, their limits over REST and in the console, and its columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from vestnik.characters import clean_text
from vestnik.clients.segments.conditions import Rule, SegmentCopy, copy_as_json, copy_of
from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput
from vestnik.mailings.windows import SendWindow
from vestnik.models import Mailing, OnMissing
from vestnik.texts.formats import LOCALES

#: Characters (Unicode code points), as in the ledger's columns.
LONGEST_NAME, LONGEST_TEXT, LONGEST_TAG = 200, 2_000, 64
#: Values in one key of a filter.
MAX_VALUES = 1_000
#: Years that a time may be in: PostgreSQL knows more, Python's zones no more.
FIRST_YEAR, LAST_YEAR = 1970, 9000


#: The states that a message can have when nothing more happens to it by itself.
OUTCOMES = ("sent", "delivered", "undelivered", "failed", "expired", "cancelled", "unknown")
#: Those in which a phone has got the text, or may have: nobody should write to it again by mistake.
MAY_HAVE_IT = frozenset({"sent", "delivered", "unknown"})
#: Codes in a filter, and characters of one.
MAX_RESULT_CODES, LONGEST_RESULT_CODE = 100, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A filter by an earlier mailing: only phones whose message there has one of the ``states``.

    ``states`` are some of :data:`OUTCOMES`. ``codes``: and one of these codes; None: any.
    """

    mailing: int
    states: list[str]
    codes: list[str] | None = None

    @property
    def may_have_it(self) -> bool:
        """Whether some of the phones have got the earlier text, or may have."""
        return not MAY_HAVE_IT.isdisjoint(self.states)


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """The text has placeholders (docs/decisions/personal-texts.md).

    ``on_missing``: what becomes of a client without a value. ``locale``: in which numbers and dates are written.
    """

    on_missing: OnMissing
    locale: str = LOCALES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingFields:
    """The fields of a mailing that an operator gives. Times are aware; None for tags or codes means no filter.

    ``send_window``: the hours of each client's own clock in which messages may leave; None: all of them.
    ``earlier``: only phones of an earlier mailing whose messages had some outcome; None: not filtered by it.
    ``personal``: the text has placeholders; None: it goes out to the letter.
    ``segment``: only clients in a segment as it was when it was taken; None: not filtered by one.
    """

    name: str
    message_text: str
    filter_tags: list[str] | None
    filter_codes: list[int] | None
    start_time: datetime
    end_time: datetime
    send_window: SendWindow | None = None
    earlier: Earlier | None = None
    personal: Personal | None = None
    segment: SegmentCopy | None = None

    @property
    def segment_rule(self) -> Rule | None:
        """What the segment says, if there is one."""
        return None if self.segment is None else self.segment.rule


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
        earlier=earlier_of(mailing),
        personal=personal_of(mailing),
        segment=segment_of(mailing),
    )


#: The columns that only a personal text has values in.
PERSONAL_COLUMNS = ("personal", "on_missing", "locale")


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
        "earlier_mailing": fields.earlier and fields.earlier.mailing,
        "earlier_states": fields.earlier and fields.earlier.states,
        "earlier_codes": fields.earlier and fields.earlier.codes,
        "segment": None if fields.segment is None else copy_as_json(fields.segment),
        "personal": fields.personal is not None,
        "on_missing": "" if fields.personal is None else fields.personal.on_missing.value,
        "locale": "" if fields.personal is None else fields.personal.locale,
    }


def window_of(mailing: Mailing) -> SendWindow | None:
    """The send window of a mailing, if it has one."""
    if mailing.send_window_from is None or mailing.send_window_to is None:
        return None
    return SendWindow(mailing.send_window_from, mailing.send_window_to)


def earlier_of(mailing: Mailing) -> Earlier | None:
    """The filter of a mailing by an earlier one, if it has one."""
    return earlier_from(mailing.earlier_mailing, mailing.earlier_states, mailing.earlier_codes)


def segment_of(mailing: Mailing) -> SegmentCopy | None:
    """The copy of a segment that a mailing keeps, if it has one."""
    return copy_of(mailing.segment)


def personal_of(mailing: Mailing) -> Personal | None:
    """What a mailing says of its personal text, if it has one."""
    return Personal(on_missing=OnMissing(mailing.on_missing), locale=mailing.locale) if mailing.personal else None


def earlier_from(mailing: int | None, states: list[str] | None, codes: list[str] | None) -> Earlier | None:
    """The filter by an earlier mailing from its three columns."""
    return None if mailing is None or states is None else Earlier(mailing=mailing, states=states, codes=codes)


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
