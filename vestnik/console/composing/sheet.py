"""The pre-flight sheet: shows what a mailing would be, before anything is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from vestnik.audience.forecast import at_night
from vestnik.audience.preview import Preview, preview_mailing
from vestnik.audience.recipients import Recipient, sample_recipients
from vestnik.health import gateway_now
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.find import find_mailings
from vestnik.mailings.sms import SmsCount, count_sms
from vestnik.models import Mailing, MailingState
from vestnik.statistics.progress import measured_rate

#: Recipients that are shown.
_SAMPLE = 10
#: Rows of a table before the rest is folded away.
_ROWS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Messages per second that the forecast goes by; ``mailing``: which it was measured on, None: it is the limit."""

    per_second: float
    mailing: Mailing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Clients by something, the most first: the first rows, and those that are folded away."""

    first: list[tuple[str, int]]
    rest: list[tuple[str, int]]

    @property
    def clients_of_rest(self) -> int:
        """Their clients."""
        return sum(clients for _, clients in self.rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that an operator sees before the last click.

    Args:
        fields: the mailing.
        preview: whom it would go to, and what would not leave in time.
        sms: its text as networks count it.
        rate: what the forecast goes by; None: nothing is known of it.
        night: of each zone in which people sleep at some time when messages may leave, its clients.
        recipients: some of those who would get it.
        others_running: mailings that share the gateway now.
        gateway_is_down: the breaker is open.
    """

    fields: MailingFields
    preview: Preview
    sms: SmsCount
    rate: Rate | None
    night: Mapping[str, int]
    recipients: list[Recipient]
    others_running: int
    gateway_is_down: bool

    @property
    def total(self) -> int:
        """Clients."""
        return self.preview.audience.total

    @property
    def total_parts(self) -> int:
        """SMS parts of all of them."""
        return self.total * self.sms.parts

    @property
    def by_operator(self) -> Table:
        """Clients by operator code."""
        return _table({f"{code:03d}": clients for code, clients in self.preview.audience.by_operator_code.items()})

    @property
    def by_zone(self) -> Table:
        """Clients by time zone."""
        return _table(self.preview.audience.by_timezone)

    @property
    def takes(self) -> timedelta | None:
        """From the start until the last message has left; None: not known, or none leaves."""
        last = self.preview.last_leaves_at
        return None if last is None else last - self.preview.starts_at

    @property
    def lasts(self) -> timedelta:
        """From the start until the end."""
        return self.fields.end_time - self.preview.starts_at

    @property
    def outside_window(self) -> int:
        """Clients whose window does not open before the end."""
        return sum(self.preview.outside_window.values())

    @property
    def too_slow(self) -> int:
        """About how many messages the rate leaves unsent."""
        return sum((self.preview.too_slow or {}).values())

    @property
    def asleep(self) -> int:
        """Clients who may get it at night."""
        return sum(self.night.values())

    @property
    def is_to_everybody(self) -> bool:
        """Is nothing filtered?"""
        return self.fields.filter_tags is None and self.fields.filter_codes is None


def draw_up(*, fields: MailingFields, now: datetime, mailing_id: int | None) -> Sheet:
    """Look at everything that a mailing would be. ``mailing_id``: it exists already, and is edited.

    Raises:
        InvalidInput: the times are reversed, or the end has passed.
    """
    rate = _rate()
    preview = preview_mailing(fields=fields, now=now, rate=rate.per_second if rate else None)
    others = find_mailings().filter(state=MailingState.RUNNING, frozen_at=None).exclude(id=mailing_id or 0)
    return Sheet(
        fields=fields,
        preview=preview,
        sms=count_sms(fields.message_text),
        rate=rate,
        night=_night(fields, preview),
        recipients=sample_recipients(tags=fields.filter_tags, codes=fields.filter_codes, most=_SAMPLE),
        others_running=others.count(),
        gateway_is_down=gateway_now().breaker_open,
    )


def _rate() -> Rate | None:
    limit = settings.ENVIRONMENT.gateway_max_rate
    if limit is not None:
        return Rate(per_second=float(limit), mailing=None)
    measured = measured_rate()
    return None if measured is None else Rate(per_second=measured.per_second, mailing=measured.mailing)


def _night(fields: MailingFields, preview: Preview) -> dict[str, int]:
    """Without a rate the duration is unknown: then only what can happen right after the start is checked."""
    last = preview.last_leaves_at or preview.starts_at + timedelta(minutes=1)
    until = min(fields.end_time, last + timedelta(seconds=2))
    zones = preview.audience.by_timezone
    return at_night(zones=zones, window=fields.send_window, start=preview.starts_at, until=until)


def _table(counts: Mapping[str, int]) -> Table:
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    # Folding one row away would take as much room as the row.
    cut = _ROWS if len(rows) > _ROWS + 1 else len(rows)
    return Table(first=rows[:cut], rest=rows[cut:])
