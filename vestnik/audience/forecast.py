"""Forecasts when messages will leave, and how many will be late: exactly by the clients' hours, roughly by the rate.

Pure functions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice

from vestnik.mailings.hours import sending_periods
from vestnik.mailings.windows import SendWindow, is_open, next_opening, zone_of

#: Openings and closings of windows, times zones, that an estimate looks at, at most: with the zones of one country some
#: months, with those of the whole world some days.
MAX_STEPS = 50_000
#: The hours in which people sleep and a message is a nuisance: a warning, no rule.
NIGHT = SendWindow(time(22), time(8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """An estimate of a mailing at a given rate.

    Args:
        unsent: of each zone, about how many messages do not leave in time.
        last_leaves_at: about when the last one leaves that does; None: none does.
    """

    unsent: Mapping[str, int]
    last_leaves_at: datetime | None


def shut_out(*, zones: Mapping[str, int], window: SendWindow | None, start: datetime, end: datetime) -> dict[str, int]:
    """The clients of each zone whose window does not open between ``start`` and ``end``. Exact.

    Args:
        zones: clients by time zone. A zone that Python does not know counts as shut out.
        window: the send window, None without one.
        start: of the mailing, or now if that is later.
        end: of the mailing.
    """
    return {
        zone: count for zone, count in zones.items() if next(sending_periods(window, zone, start, end), None) is None
    }


def foresee(
    *, zones: Mapping[str, int], window: SendWindow | None, start: datetime, end: datetime, rate: float
) -> Forecast | None:
    """Estimate which messages leave in time at ``rate`` messages per second.

    It assumes the whole rate for this mailing, a gateway that keeps up, and batches in the order in which windows open,
    as the dispatchers lease them. None: the mailing lasts so long that nobody should guess.

    Args:
        zones: clients by time zone, of zones whose window opens.
        window: the send window, None without one.
        start: of the mailing, or now if that is later.
        end: of the mailing.
        rate: messages per second.
    """
    all_zones = [
        _Zone(zone, float(count), sending_periods(window, zone, start, end), start, start)
        for zone, count in zones.items()
    ]
    now, waiting, last = start, all_zones, None
    for _ in range(MAX_STEPS // max(1, len(all_zones))):
        waiting = [zone for zone in waiting if zone.left > 0 and zone.reach(now)]
        if not waiting:
            unsent = {zone.name: left for zone in all_zones if (left := round(zone.left))}
            return Forecast(unsent=unsent, last_leaves_at=last)
        until = min(at for zone in waiting for at in (zone.opens, zone.closes) if at > now)
        open_now = [zone for zone in waiting if zone.opens <= now]
        if open_now:
            last = min(until, now + timedelta(seconds=sum(zone.left for zone in open_now) / rate))
        _send(open_now, (until - now).total_seconds() * rate)
        now = until
    return None


def at_night(
    *, zones: Mapping[str, int], window: SendWindow | None, start: datetime, until: datetime
) -> dict[str, int]:
    """The clients of each zone in which it is night at some time when messages may leave.

    Args:
        zones: clients by time zone.
        window: the send window, None without one.
        start: of the mailing, or now if that is later.
        until: when the last message leaves, or the mailing's end.
    """
    return {zone: count for zone, count in zones.items() if _leaves_at_night(zone, window, start, until)}


def _leaves_at_night(name: str, window: SendWindow | None, start: datetime, until: datetime) -> bool:
    zone = zone_of(name)
    if zone is None:
        return False
    # The first period may be the rest of a day's hours; those after the second only repeat it.
    periods = islice(sending_periods(window, name, start, until), 2)
    return any(is_open(NIGHT, zone, opens) or next_opening(NIGHT, zone, opens) < closes for opens, closes in periods)


@dataclass(slots=True)
class _Zone:
    """The messages of one zone that are left, and the period in which they leave now or next."""

    name: str
    left: float
    periods: Iterator[tuple[datetime, datetime]]
    opens: datetime
    closes: datetime

    def reach(self, now: datetime) -> bool:
        """Move to the period that contains ``now`` or comes after it. Return False if there is none."""
        while self.closes <= now:
            period = next(self.periods, None)
            if period is None:
                return False
            self.opens, self.closes = period
        return True


def _send(zones: list[_Zone], room: float) -> None:
    """Take ``room`` messages out, first of those that opened first; zones that opened together share evenly."""
    for opening in sorted({zone.opens for zone in zones}):
        together = [zone for zone in zones if zone.opens == opening]
        left = sum(zone.left for zone in together)
        share = min(1.0, room / left)
        room -= share * left
        for zone in together:
            zone.left *= 1.0 - share
