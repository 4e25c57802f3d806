"""When messages may be handed over: the send window and the mailing's end, with the margins that keep both.

No request starts outside them, by the gateway's own log; so nothing is handed over shortly before.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from vestnik.gateways.limits import CONNECT_SECONDS
from vestnik.mailings.windows import SendWindow, next_closing, next_opening, zone_of

#: No request starts in the last second before a mailing's end, and each is cut at the end.
LAST_SECOND = timedelta(seconds=1)
#: Before a window's close it is more: what is handed over then is written in time, however long its connection takes.
#: So none need be cut at the close: the gateway has the request by then, and a cut would only leave a doubt.
CLOSE_MARGIN = LAST_SECOND + timedelta(seconds=CONNECT_SECONDS)


class Hours(NamedTuple):
    """Unix seconds: nothing is handed over from ``until`` on; then the batch is due again at ``reopens``.

    ``reopens`` is None where there is no window. A window that is closed now has ``until`` in the past.
    """

    until: float
    reopens: float | None


#: Without a send window.
ALWAYS = Hours(float("inf"), None)


def hours_of(*, timezone: str | None, opens: time | None, closes: time | None, at: datetime, end: datetime) -> Hours:
    """The hours around ``at`` of a batch, whose clients live in ``timezone``.

    Where Python no longer knows the zone, nobody knows what time it is there: nothing is handed over, and the batch
    waits for the mailing's ``end``.
    """
    if timezone is None or opens is None or closes is None:
        return ALWAYS
    zone = zone_of(timezone)
    if zone is None:
        return Hours(float("-inf"), end.timestamp())
    window = SendWindow(opens, closes)
    closing = next_closing(window, zone, at)
    if closing == at.astimezone(UTC):
        return Hours(float("-inf"), next_opening(window, zone, at).timestamp())
    return Hours((closing - CLOSE_MARGIN).timestamp(), next_opening(window, zone, closing).timestamp())


def sending_periods(
    window: SendWindow | None, timezone: str, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The periods in which a mailing hands over messages for a zone, in order; none if it never does.

    Args:
        window: the mailing's send window; None: any hour.
        timezone: the clients' zone; with a window, one that Python does not know has no periods.
        start: when the mailing starts.
        end: when it ends.
    """
    last = end - LAST_SECOND
    zone = zone_of(timezone) if window else None
    if window is None and start < last:
        yield start, last
    if window is None or zone is None:
        return
    opens = next_opening(window, zone, start)
    while opens < last:
        closing = next_closing(window, zone, opens)
        closes = min(closing - CLOSE_MARGIN, last)
        if opens < closes:
            yield opens, closes
        opens = next_opening(window, zone, closing)
