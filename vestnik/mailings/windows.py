"""Send windows: when a client's own clock shows a time at which it may be sent something.

One rule decides all: a window is open at an instant when the wall clock of the zone shows a time from ``opens``
(included) to ``closes`` (not included) at it; when ``opens`` is later than ``closes``, it crosses midnight. So
what a clock skips in spring or shows twice in autumn needs no rules of its own (docs/decisions/send-windows.md):

- a window that begins inside the skipped hour opens right after it, one that ends inside closes right before it, and
  one that lies wholly inside does not open on that day;
- a window that covers the repeated hour is open both times; one that begins or ends inside it is open whenever the
  clock shows a time of it, so it closes when the clock is put back and opens again.

Pure functions; all instants are aware, and answers are in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)
#: The step of a search for a change of the offset: no zone had two within an hour.
_STEP = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SendWindow:
    """Local times of day, without a zone: from ``opens`` (included) to ``closes`` (not included).

    Raises:
        ValueError: both are the same, which could mean always or never.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens == self.closes:
            raise ValueError("a send window must end at another time than it begins")

    def holds(self, clock: time) -> bool:
        """Return whether it is open when the local clock shows ``clock``."""
        if self.opens < self.closes:
            return self.opens <= clock < self.closes
        return clock >= self.opens or clock < self.closes


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone ``name``, or None when Python does not know it (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_open(window: SendWindow, zone: ZoneInfo, instant: datetime) -> bool:
    """Return whether the window is open in ``zone`` at ``instant``."""
    return window.holds(instant.astimezone(zone).time())


def next_opening(window: SendWindow, zone: ZoneInfo, instant: datetime) -> datetime:
    """The first instant from ``instant`` on at which the window is open: ``instant`` itself when it is open now."""
    return _first(window, zone, instant, is_open=True)


def next_closing(window: SendWindow, zone: ZoneInfo, instant: datetime) -> datetime:
    """The first instant from ``instant`` on at which the window is closed: ``instant`` itself when it is closed now."""
    return _first(window, zone, instant, is_open=False)


def _first(window: SendWindow, zone: ZoneInfo, instant: datetime, *, is_open: bool) -> datetime:
    """Go from one period with a constant offset to the next; inside one, the wall clock runs evenly."""
    at = instant.astimezone(UTC)
    while True:
        clock = at.astimezone(zone).time()
        if window.holds(clock) is is_open:
            return at
        until = _end_of_period(zone, at)
        change = at + _between(clock, window.opens if is_open else window.closes)
        if change < until:
            return change
        at = until


def _between(earlier: time, later: time) -> timedelta:
    """The time that an even clock takes from ``earlier`` to ``later``, over midnight if ``later`` is the smaller."""
    return (_since_midnight(later) - _since_midnight(earlier)) % _DAY


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _end_of_period(zone: ZoneInfo, at: datetime) -> datetime:
    """The first instant after ``at`` with another offset, or a day later when there is none until then."""
    offset = _offset(zone, at)
    before = at
    while before < at + _DAY:
        after = before + _STEP
        if _offset(zone, after) != offset:
            return _transition(zone, before, after)
        before = after
    return before


def _transition(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant, on a whole second, at which the offset changes between two instants."""
    offset = _offset(zone, before)
    low, high = before.replace(microsecond=0), after.replace(microsecond=0) + _SECOND
    while high - low > _SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if _offset(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()
