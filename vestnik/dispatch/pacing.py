"""Limits how fast one process hands over: the ledger grants slots of the rate limit, and each is used at its time."""

import math
from collections import deque
from collections.abc import Callable

from vestnik.gateways.channel import Channel, Prepared, SubmitChannel

#: Seconds worth of messages in one grant, at most: the limit holds in every short period, over all processes.
GRANT_SECONDS = 0.1
#: Seconds over which the rate is estimated.
RATE_SECONDS = 0.5


class Pacer:
    """Holds granted slots and says how many messages may leave now.

    A message usually takes one slot. One that takes more leaves a debt, which the next slots pay before any other
    message leaves: over all processes no more slots are used than were granted.

    Args:
        max_rate: messages per second over the whole cluster; None: no limit.
    """

    __slots__ = ("_debt", "_interval", "_rate", "_slots")

    def __init__(self, max_rate: int | None) -> None:
        self._rate = max_rate
        self._interval = 1.0 / max_rate if max_rate else 0.0
        self._slots: deque[tuple[float, int]] = deque()
        self._debt = 0.0

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self._rate is not None

    def ask(self, waiting: int) -> int:
        """The number of slots to request for ``waiting`` messages; 0 if enough are held."""
        waiting += int(self._debt)
        if self._rate is None or not waiting:
            return 0
        held = sum(count for _, count in self._slots)
        most = max(1, int(self._rate * GRANT_SECONDS))
        return 0 if held * 2 > most else min(most, waiting - held) if waiting > held else 0

    def grant(self, first: float, count: int) -> None:
        """Take ``count`` slots; the first is at local monotonic time ``first``."""
        self._slots.append((first, count))
        self._pay()

    def allowed(self, now: float, most: int) -> int:
        """The number of messages, at most ``most``, that may leave at local monotonic time ``now``."""
        if self._rate is None:
            return most
        allowed = 0
        for first, count in self._slots:
            if first > now or allowed >= most:
                break
            allowed += min(count, int((now - first) / self._interval) + 1)
        return min(allowed, most)

    def spend(self, slots: float) -> None:
        """Note that messages left which took so many slots."""
        if self._rate is not None:
            self._debt += slots
            self._pay()

    def _pay(self) -> None:
        while self._debt >= 1 and self._slots:
            first, held = self._slots.popleft()
            used = min(int(self._debt), held)
            self._debt -= used
            if held > used:
                self._slots.appendleft((first + used * self._interval, held - used))

    def wait(self, now: float) -> float:
        """Seconds until the next slot; infinity when none is held."""
        return max(0.0, self._slots[0][0] - now) if self._slots else float("inf")


def cost_of(channel: Channel, *, max_rate: int | None, of_submits: int | None) -> Callable[[Prepared], float] | None:
    """How many slots a message with some text takes; None: each takes one.

    Args:
        channel: the way to the gateway.
        max_rate: slots a second: the lower of the gateway's messages a second and its provider's submits.
        of_submits: submits a second that the provider takes from all processes; None: it does not say.
    """
    if max_rate is None or of_submits is None or not isinstance(channel, SubmitChannel):
        return None
    submits_of, each = channel.submits_of, max_rate / of_submits
    return lambda text: max(1.0, submits_of(text) * each)


def smoothed_rate(rate: float, *, handed: int, seconds: float) -> float:
    """Messages per second, from an estimate and what was handed over since it was made.

    A slow gateway answers in bursts, and flushes come as close as 20 ms: one of them says little. Too high an estimate
    grants ids far ahead of the network, and each of them is in doubt if the process dies (a dispatcher of 400
    messages/s left 994 behind, now about 400).

    Args:
        rate: the estimate before.
        handed: messages handed over since then.
        seconds: how long that was.
    """
    weight = 1.0 - math.exp(-seconds / RATE_SECONDS)
    return rate + weight * (handed / max(seconds, 0.001) - rate)
