"""The hours in which a batch may be handed over: its clients' send window, as two numbers to compare with a clock."""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from vestnik.gateway.transport import CONNECT_SECONDS
from vestnik.mailings.windows import SendWindow, next_closing, next_opening, zone_of

#: Seconds before the close from which nothing is handed over: a request that starts then is written in time, however
#: long its connection takes. So none need be cut at the close: the gateway has it, and a cut would only leave a doubt.
CLOSE_MARGIN = timedelta(seconds=1 + CONNECT_SECONDS)


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
