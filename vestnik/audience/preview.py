"""The preview of a mailing: how many clients it would go to, a few of them, and how many messages would be too late."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Max

from vestnik.audience.earlier import SQL as EARLIER
from vestnik.audience.earlier import clients_of, fragments_of, values_of
from vestnik.audience.forecast import foresee, shut_out
from vestnik.audience.matching import SQL, Matching, filter_of, matching
from vestnik.clients.segments.conditions import Rule
from vestnik.db.clock import database_now
from vestnik.mailings.earlier import check_earlier
from vestnik.mailings.fields import Earlier, MailingFields, check_times
from vestnik.mailings.personal import check_personal
from vestnik.models import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Clients that a filter matches, as they are now.

    Args:
        by_operator_code: clients by operator code.
        by_timezone: clients by time zone.
        stopped: phones on the stop list that match, too; they get nothing and are counted nowhere else.
    """

    by_operator_code: Mapping[int, int]
    by_timezone: Mapping[str, int]
    stopped: int

    @property
    def total(self) -> int:
        """Clients that a mailing would go to."""
        return sum(self.by_timezone.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The recipients and times of a mailing if it was made now.

    Args:
        audience: the recipients.
        starts_at: its start, or now if that has passed.
        outside_window: of each zone whose send window does not open before the end: all its clients.
        too_slow: of each zone, about how many messages the rate leaves unsent; None: not guessed.
        last_leaves_at: about when the last message leaves at this rate; None: none does, or not guessed.
    """

    audience: Audience
    starts_at: datetime
    outside_window: Mapping[str, int]
    too_slow: Mapping[str, int] | None
    last_leaves_at: datetime | None

    @property
    def will_not_fit(self) -> int:
        """The number of clients that could not be sent it before the end or in their window."""
        return sum(self.outside_window.values()) + sum((self.too_slow or {}).values())


class Recipient(NamedTuple):
    """A client that a mailing would go to."""

    phone: int
    operator_code: int
    tag: str
    timezone: str


def preview_mailing(*, fields: MailingFields, now: datetime, rate: float | None) -> Preview:
    """Count the recipients of a mailing. Saves nothing.

    Args:
        fields: the mailing.
        now: the database's time; a mailing whose start has passed would start now.
        rate: messages per second; None: not known, and nothing is said about speed.

    Raises:
        InvalidInput: the times are reversed, the end has passed, the earlier mailing has no messages any more, or a
            personal text is wrong.
    """
    check_preview(fields)
    audience = count_audience(**filter_of(fields)._asdict())
    return preview_of(fields, audience, now=now, rate=rate)


def check_preview(fields: MailingFields) -> None:
    """Check what no client needs to be counted for.

    Raises:
        InvalidInput: as :func:`preview_mailing`.
    """
    check_times(fields.start_time, fields.end_time)
    check_earlier(fields.earlier)
    check_personal(fields)


def preview_of(fields: MailingFields, audience: Audience, *, now: datetime, rate: float | None) -> Preview:
    """What becomes of a mailing to clients who were counted already. Nothing is asked of the ledger.

    Args:
        fields: the mailing, which :func:`check_preview` takes.
        audience: the clients.
        now: as :func:`preview_mailing` says.
        rate: as :func:`preview_mailing` says.
    """
    start, end, window = max(fields.start_time, now), fields.end_time, fields.send_window
    outside = shut_out(zones=audience.by_timezone, window=window, start=start, end=end)
    inside = {zone: count for zone, count in audience.by_timezone.items() if zone not in outside}
    forecast = None if rate is None else foresee(zones=inside, window=window, start=start, end=end, rate=rate)
    return Preview(
        audience=audience,
        starts_at=start,
        outside_window=outside,
        too_slow=None if forecast is None else forecast.unsent,
        last_leaves_at=None if forecast is None else forecast.last_leaves_at,
    )


def count_audience(
    *,
    tags: Sequence[str] | None,
    codes: Sequence[int] | None,
    earlier: Earlier | None = None,
    segment: Rule | None = None,
) -> Audience:
    """Count the clients that a filter matches, all at once; None means no filter.

    A page that must not wait counts in slices (:mod:`vestnik.audience.audience_count`).
    """
    clients, values = ("vestnik_client c", {}) if earlier is None else clients_of(earlier)
    matched = _matched(tags, codes, segment)
    fragments = {"clients": clients, "in_slice": "", **matched.fragments}
    rows = SQL.run(connection, "count", fragments, **values, **matched.values)
    by_code: Counter[int] = Counter()
    by_zone: Counter[str] = Counter()
    for code, zone, clients, _ in rows:
        by_code[code] += clients
        by_zone[zone] += clients
    return Audience(by_operator_code=+by_code, by_timezone=+by_zone, stopped=sum(row[3] for row in rows))


def sample_recipients(
    *,
    tags: Sequence[str] | None,
    codes: Sequence[int] | None,
    most: int,
    earlier: Earlier | None = None,
    segment: Rule | None = None,
    draw: random.Random | None = None,
) -> list[Recipient]:
    """Return up to ``most`` clients that a mailing would go to, so that a person can check them.

    They follow each other in the directory, from a random client on. Phones on the stop list are left out. Of an
    earlier mailing they are the first ones.

    Args:
        tags: The filter's tags. None means no filter by tags.
        codes: The filter's operator codes. None means no filter by codes.
        most: The number of clients.
        earlier: The filter's earlier mailing.
        segment: The filter's segment.
        draw: Chooses the first client.
    """
    matched = _matched(tags, codes, segment)
    if earlier is not None:
        fragments = {**fragments_of(earlier), **matched.fragments}
        values = {**values_of(earlier), **matched.values, "after": 0, "most": most}
        rows = EARLIER.run(connection, "sample_of_earlier", fragments, **values)
        return [Recipient(*row) for row in rows]
    last = Client.objects.aggregate(last=Max("id"))["last"] or 1
    first = (draw or random.Random()).randint(1, last)  # noqa: S311 - a sample, not a secret
    rows = SQL.run(connection, "sample_recipients", matched.fragments, **matched.values, first=first, most=most)
    return [Recipient(*row) for row in rows]


def _matched(tags: Sequence[str] | None, codes: Sequence[int] | None, segment: Rule | None) -> Matching:
    as_of = None if segment is None else database_now()
    return matching(connection, tags=tags, codes=codes, segment=segment, as_of=as_of)
