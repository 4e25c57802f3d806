"""Accepts single messages: each with its own text to one phone (docs/decisions/direct-messages.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.accounts.tries import Taken, direct_limit, give_back_some, take_some
from vestnik.errors import InvalidInput, StateForbids, TooManyTries, VestnikError
from vestnik.ledger import direct as ledger
from vestnik.ledger.direct import LONGEST, NewMessage, Written
from vestnik.ledger.recalls import ON_STOP_LIST
from vestnik.mailings.sms import count_sms
from vestnik.models import MessageState, User
from vestnik.phones.display import mask_phone
from vestnik.routing.rules import rules_for_request

#: When a message ends that does not say so: this long after it was accepted.
USUAL = timedelta(hours=24)
#: Messages of one request, and messages to one phone in a day.
MAX_MESSAGES, MAX_A_DAY = 1_000, 50
#: The operator code is the three digits after the first.
_BEFORE_CODE, _CODES = 10**7, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleMessage:
    """A message to be sent. ``end``: it is not sent from then on. ``reference``: the caller's own name for it."""

    phone: int
    text: str
    end: datetime
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that was taken in. ``state``: queued, or cancelled if its phone is on the stop list."""

    id: int
    state: str
    code: str | None
    detail: str | None
    created_at: datetime
    end: datetime


def end_of(end: datetime | None, now: datetime) -> datetime:
    """The end of a message that was given ``end``, or none.

    Raises:
        InvalidInput: it has passed, or is more than 7 days ahead.
    """
    if end is None:
        return now + USUAL
    if end <= now:
        raise InvalidInput({"end_time": [_("The end must be in the future.")]})
    if end > now + LONGEST:
        raise InvalidInput({"end_time": [_("The end may be at most %(days)d days ahead.") % {"days": LONGEST.days}]})
    return end


def accept(messages: Sequence[SingleMessage], *, now: datetime, refuse_stopped: bool) -> list[Accepted]:
    """Write single messages into the ledger, all or none, and wake the dispatchers. They are due at once.

    Args:
        messages: at most :data:`MAX_MESSAGES`.
        now: by the database's clock.
        refuse_stopped: raise for a phone on the stop list. Otherwise its message is cancelled from the start.

    Raises:
        StateForbids: a phone is on the stop list; nothing is kept.
        TooManyTries: a phone has had :data:`MAX_A_DAY` messages today.
    """
    with transaction.atomic():
        ledger.share_day()
        written = write(messages, keep_stopped=not refuse_stopped)
        if len(written) < len(messages):
            raise TooManyTries(wait=_seconds_to_midnight(now))
        if not all(row.id for row in written.values()):
            raise StateForbids(_("This number is on the stop list: nothing is sent to it. Take it off the list first."))
    return [accepted_as(written[place], message) for place, message in enumerate(messages)]


def write(messages: Sequence[SingleMessage], *, keep_stopped: bool) -> dict[int, Written]:
    """Write messages, each into the first of the day's mailings in which its phone has none. Returns each by its place.

    Call it under :func:`vestnik.ledger.direct.share_day`. A phone that has had :data:`MAX_A_DAY` today is left out.

    Args:
        messages: in their order; of one phone the first comes first.
        keep_stopped: a message to a phone on the stop list is written, too; else it has the id 0.
    """
    found: dict[int, Written] = {}
    left: Sequence[int] = range(len(messages))
    for number in range(MAX_A_DAY):
        if not left:
            break
        found |= _write_once(messages, left, number, keep_stopped=keep_stopped)
        left = [place for place in left if place not in found]
    return found


def accepted_as(row: Written, message: SingleMessage) -> Accepted:
    """What is said of a message that was written."""
    stopped = row.state == MessageState.CANCELLED
    return Accepted(
        id=row.id, state="cancelled" if stopped else "queued", code=ON_STOP_LIST.code if stopped else None,
        detail=ON_STOP_LIST.detail if stopped else None, created_at=row.created_at, end=message.end,
    )  # fmt: skip


def send_one(message: SingleMessage, *, actor: User, now: datetime) -> Accepted:
    """Accept a message that a person has written, and record it, with the phone masked. The limits are those of REST.

    Raises:
        StateForbids: the phone is on the stop list; nothing is kept.
        TooManyTries: the account has sent too many in a minute, or the phone had :data:`MAX_A_DAY` today.
    """
    taken = _take_account_limit(account=actor, some=1)
    try:
        with transaction.atomic():
            (accepted,) = accept([message], now=now, refuse_stopped=True)
            details = {"phone": mask_phone(message.phone)}
            record(actor=actor, action="message.send", object_type="message", object_id=accepted.id, details=details)
    except VestnikError:  # only what is accepted counts
        give_back_some(taken)
        raise
    return accepted


def _take_account_limit(*, account: User, some: int) -> Taken:
    """Count single messages of an account, over REST and in the console together.

    Raises:
        TooManyTries: they do not fit into a minute; none was counted.
    """
    return take_some(direct_limit(settings.ENVIRONMENT.messages_per_minute), bucket_of_account(account), some=some)


def bucket_of_account(account: User) -> str:
    """Whose messages are counted: those of an account, over REST and in the console together."""
    return f"account {account.pk}"


def _write_once(
    messages: Sequence[SingleMessage], places: Iterable[int], number: int, *, keep_stopped: bool
) -> dict[int, Written]:
    """Write what has room in one of the day's mailings, where a phone has one message. Returns it by its place."""
    mailing = ledger.mailing_of_today(number, zone=settings.TIME_ZONE)
    rules = rules_for_request(mailing)
    first: dict[int, int] = {}
    for place in places:
        first.setdefault(messages[place].phone, place)
    new = [_new(messages[place], rules.by_code) for place in first.values()]
    return {first[row.phone]: row for row in ledger.add(new, mailing=mailing, keep_stopped=keep_stopped)}


def _new(message: SingleMessage, rule_of_code: Sequence[int]) -> NewMessage:
    rule = rule_of_code[message.phone // _BEFORE_CODE % _CODES]
    parts = count_sms(message.text).parts
    # The text of the day's mailing, a hyphen, has one part.
    own = parts if parts > 1 else None
    return NewMessage(message.phone, message.text, message.reference, message.end, rule, own)


def _seconds_to_midnight(now: datetime) -> int:
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, ceil(midnight.timestamp() - now.timestamp()))
