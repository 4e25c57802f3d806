"""How many submits may go now: a rate of the settings, and a lower one after the SMSC has said that it is too much."""

from collections import deque

#: Seconds without a submit after the SMSC said that it takes none.
PAUSE = 1.0
#: What is left of the rate then, and by how much a lowered rate grows in a second.
LOWERED, GROWTH = 0.5, 1.05
#: Submits a second, at least.
_MIN_RATE = 1.0
#: Seconds over which submits are counted, to know what was too much; and whose share of a rate may go at once.
_WATCHED, _BURST = 1.0, 0.1


class Pace:
    """Slows submits down, and lets them grow again. Times are monotonic seconds.

    Args:
        rate: submits a second, at most; None: no limit until the SMSC complains.
    """

    __slots__ = ("_as_of", "_counts", "_grown_at", "_max_rate", "_room", "_until", "rate")

    def __init__(self, rate: float | None) -> None:
        self._max_rate = rate
        #: Submits a second now; None: no limit.
        self.rate = rate
        self._room = 1.0
        self._as_of = self._grown_at = float("-inf")
        self._until = float("-inf")
        self._counts: deque[tuple[float, int]] = deque()

    def allowed(self, now: float) -> int:
        """How many may go now."""
        if now < self._until:
            return 0
        if self.rate is None:
            return 1 << 30
        self._grow(now)
        room = max(1.0, self.rate * _BURST)
        self._room = min(room, self._room + self.rate * min(1.0, now - self._as_of))
        self._as_of = now
        return int(self._room)

    def took(self, number: int, now: float) -> None:
        """So many went."""
        if self.rate is not None:
            self._room -= number
        counts = self._counts
        counts.append((now, number))
        while counts[0][0] < now - _WATCHED:
            counts.popleft()

    def throttled(self, now: float) -> None:
        """The SMSC took one not, because it is too much. Many such answers to one burst lower the rate once."""
        if now < self._until:
            return
        seen = sum(number for at, number in self._counts if at >= now - _WATCHED) / _WATCHED
        self.rate = max(_MIN_RATE, LOWERED * min(seen, self.rate or seen))
        self._until = self._grown_at = now + PAUSE
        self._room, self._as_of = 1.0, self._until

    def is_slowed(self, now: float) -> bool:
        """Is the rate below that of the settings, because the SMSC asked for it?"""
        return now < self._until or self.rate != self._max_rate

    def next_at(self, now: float) -> float:
        """When one may go."""
        if now < self._until or self.rate is None:
            return self._until
        return now + max(0.0, 1.0 - self._room) / self.rate

    def _grow(self, now: float) -> None:
        if self.rate is None or self.rate == self._max_rate or now - self._grown_at < 1.0:
            return
        grown = max(self.rate + 1.0, self.rate * GROWTH ** int(now - self._grown_at))
        self.rate = grown if self._max_rate is None else min(grown, self._max_rate)
        self._grown_at = now
