"""How many messages will not leave in time: by the clients' hours exactly, by the rate limit as an estimate.

Pure functions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from vestnik.mailings.hours import sending_stretches
from vestnik.mailings.windows import SendWindow

#: Openings and closings of windows, times zones, that an estimate looks at, at most: with the zones of one country some
#: months, with those of the whole world some days.
MOST_STEPS = 50_000


def shut_out(*, zones: Mapping[str, int], window: SendWindow | None, start: datetime, end: datetime) -> dict[str, int]:
    """The clients of each zone whose window does not open between ``start`` and ``end``. Exact.

    Args:
        zones: clients by time zone. A zone that Python does not know counts as shut out.
        window: the send window, None without one.
        start: of the mailing, or now if that is later.
        end: of the mailing.
    """
    return {
        zone: count for zone, count in zones.items() if next(sending_stretches(window, zone, start, end), None) is None
    }


def too_many(
    *, zones: Mapping[str, int], window: SendWindow | None, start: datetime, end: datetime, rate: float
) -> dict[str, int] | None:
    """The messages of each zone that ``rate`` messages per second leave unsent: an estimate.

    It takes the whole rate for this mailing, a gateway that keeps up, and batches in the order in which windows open,
    as the dispatchers lease them. None: the mailing lasts so long that nobody should guess.

    Args:
        zones: clients by time zone, of zones whose window opens.
        window: the send window, None without one.
        start: of the mailing, or now if that is later.
        end: of the mailing.
        rate: messages per second.
    """
    all_zones = [
        _Zone(zone, float(count), sending_stretches(window, zone, start, end), start, start)
        for zone, count in zones.items()
    ]
    now, waiting = start, all_zones
    for _ in range(MOST_STEPS // max(1, len(all_zones))):
        waiting = [zone for zone in waiting if zone.left > 0 and zone.reach(now)]
        if not waiting:
            return {zone.name: unsent for zone in all_zones if (unsent := round(zone.left))}
        until = min(at for zone in waiting for at in (zone.opens, zone.closes) if at > now)
        _send([zone for zone in waiting if zone.opens <= now], (until - now).total_seconds() * rate)
        now = until
    return None


@dataclass(slots=True)
class _Zone:
    """The messages of one zone that are left, and the stretch of time in which they leave now or next."""

    name: str
    left: float
    stretches: Iterator[tuple[datetime, datetime]]
    opens: datetime
    closes: datetime

    def reach(self, now: datetime) -> bool:
        """Go on to the stretch that holds ``now`` or comes after it. False: there is none any more."""
        while self.closes <= now:
            stretch = next(self.stretches, None)
            if stretch is None:
                return False
            self.opens, self.closes = stretch
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
