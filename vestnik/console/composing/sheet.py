"""The sheet that shows what a mailing would do, before anything is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from vestnik.audience.audience_count import recipients_of
from vestnik.audience.forecast import at_night
from vestnik.audience.matching import filter_of
from vestnik.audience.preview import Audience, Preview, Recipient, check_preview, count_audience, preview_of
from vestnik.console.composing.counting import Counted
from vestnik.health import gateway_now
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.find import running_mailings
from vestnik.mailings.sms import SmsCount, count_sms
from vestnik.models import Mailing
from vestnik.routing.text_limits import TextLimit, limits_under
from vestnik.statistics.progress import measured_rate

#: A shorter wait for a send window needs no word, in seconds.
_SHORT_WAIT = 60
#: The number of rows of a table that are shown unfolded.
_ROWS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The messages per second that a forecast uses.

    ``mailing`` is the one that the rate was measured on. It is None if the rate is the configured limit.
    """

    per_second: float
    mailing: Mailing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Client counts by some property, the largest first: the first rows, and the rows that are folded away."""

    first: list[tuple[str, int]]
    rest: list[tuple[str, int]]

    @property
    def clients_of_rest(self) -> int:
        """The number of clients in the folded rows."""
        return sum(clients for _, clients in self.rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that an operator sees before confirming.

    Args:
        fields: The mailing.
        is_counted: Whether all clients are counted. If not, of ``preview`` only the start may be shown: the rest is of
            the first clients.
        preview: The audience, and the messages that could not be sent in time.
        sms: The SMS parts of the text.
        rate: The rate that the forecast uses. None if it is not known.
        night: The clients of each zone where it may be night when messages are sent.
        recipients: Some of the recipients.
        others_running: The number of other running mailings, which share the gateway.
        gateway_is_down: Whether the breaker is open.
        text_limits: Gateways that could get messages of it, and do not take so long a text. Of a personal text the
            part that looks at all texts says it.
    """

    fields: MailingFields
    is_counted: bool
    preview: Preview
    sms: SmsCount
    rate: Rate | None
    night: Mapping[str, int]
    recipients: list[Recipient]
    others_running: int
    gateway_is_down: bool
    text_limits: list[TextLimit]

    @property
    def total(self) -> int:
        """The number of clients."""
        return self.preview.audience.total

    @property
    def total_parts(self) -> int:
        """The SMS parts of all messages."""
        return self.total * self.sms.parts

    @property
    def by_operator(self) -> Table:
        """The clients by operator code."""
        return _table({f"{code:03d}": clients for code, clients in self.preview.audience.by_operator_code.items()})

    @property
    def by_zone(self) -> Table:
        """The clients by time zone."""
        return _table(self.preview.audience.by_timezone)

    @property
    def takes(self) -> timedelta | None:
        """The time from the start until the last message is sent. None if it is not known or nothing is sent."""
        last = self.preview.last_leaves_at
        return None if last is None else last - self.preview.starts_at

    @property
    def waits_for_window(self) -> bool:
        """Whether most of that time is waiting: some send windows are closed when the mailing starts."""
        if self.takes is None or self.rate is None or self.fields.send_window is None:
            return False
        return self.takes.total_seconds() > 2 * self.total / self.rate.per_second + _SHORT_WAIT

    @property
    def lasts(self) -> timedelta:
        """The time from the start until the end."""
        return self.fields.end_time - self.preview.starts_at

    @property
    def outside_window(self) -> int:
        """The number of clients whose send window does not open before the end."""
        return sum(self.preview.outside_window.values())

    @property
    def too_slow(self) -> int:
        """About how many messages cannot be sent before the end at this rate."""
        return sum((self.preview.too_slow or {}).values())

    @property
    def asleep(self) -> int:
        """The number of clients who may receive the message at night."""
        return sum(self.night.values())

    @property
    def is_to_everybody(self) -> bool:
        """Whether there is no filter."""
        fields = self.fields
        filters = (fields.filter_tags, fields.filter_codes, fields.earlier, fields.segment)
        return all(each is None for each in filters)


def draw_up(*, fields: MailingFields, now: datetime, mailing_id: int | None) -> Sheet:
    """Collect what saving needs: all clients are counted at once, and none of them is shown.

    Args:
        fields: The mailing.
        now: The database's time.
        mailing_id: The mailing that is edited, if any.

    Raises:
        InvalidInput: The end is before the start, or has passed.
    """
    check_preview(fields)
    return _drawn(fields, count_audience(**filter_of(fields)._asdict()), [], now, mailing_id, is_counted=True)


def draw_up_so_far(*, fields: MailingFields, now: datetime, mailing_id: int | None, counted: Counted) -> Sheet:
    """Collect everything that the sheet shows, as far as the clients are counted.

    Args:
        fields: The mailing, which :func:`vestnik.audience.preview.check_preview` takes.
        now: The database's time.
        mailing_id: The mailing that is edited, if any.
        counted: Its clients.
    """
    recipients = recipients_of(counted.now) if counted.complete else []
    return _drawn(fields, counted.now.audience, recipients, now, mailing_id, is_counted=counted.complete)


def _drawn(
    fields: MailingFields, audience: Audience, recipients: list[Recipient], now: datetime, mailing_id: int | None, *,
    is_counted: bool,
) -> Sheet:  # fmt: skip
    rate = _rate()
    preview = preview_of(fields, audience, now=now, rate=rate.per_second if rate else None)
    sms = count_sms(fields.message_text)
    codes = audience.by_operator_code if fields.personal is None else ()
    return Sheet(
        fields=fields,
        is_counted=is_counted,
        preview=preview,
        sms=sms,
        rate=rate,
        night=_night(fields, preview),
        recipients=recipients,
        others_running=running_mailings(but=mailing_id).count(),
        gateway_is_down=gateway_now().breaker_open,
        text_limits=limits_under(codes=codes, mailing=mailing_id or 0, characters=sms.characters, parts=sms.parts),
    )


def _rate() -> Rate | None:
    limit = settings.ENVIRONMENT.gateway_max_rate
    if limit is not None:
        return Rate(per_second=float(limit), mailing=None)
    measured = measured_rate()
    return None if measured is None else Rate(per_second=measured.per_second, mailing=measured.mailing)


def _night(fields: MailingFields, preview: Preview) -> dict[str, int]:
    """Return the clients of zones where it may be night.

    Without a rate the duration is not known, so only the first minute is checked.
    """
    last = preview.last_leaves_at or preview.starts_at + timedelta(minutes=1)
    until = min(fields.end_time, last + timedelta(seconds=2))
    zones = preview.audience.by_timezone
    return at_night(zones=zones, window=fields.send_window, start=preview.starts_at, until=until)


def _table(counts: Mapping[str, int]) -> Table:
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    # One folded row would take as much room as the row itself.
    cut = _ROWS if len(rows) > _ROWS + 1 else len(rows)
    return Table(first=rows[:cut], rest=rows[cut:])
