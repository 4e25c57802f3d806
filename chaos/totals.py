"""Looks at the totals of a mailing all the time, over REST, while everything breaks around them."""

import threading
from collections.abc import Mapping
from typing import Any

from harness.rest import statistics
from vestnik.cluster.rest import Rest, Unavailable
from vestnik.errors import ClusterError

#: Seconds between two samples.
_PAUSE = 0.2
_ROLL_UPS = ("created_count", "processing_count", "complete_count", "error_count")
_FINAL = ("sent", "delivered", "undelivered", "failed", "expired", "cancelled")


def imbalance(sample: Mapping[str, Any], before: Mapping[str, Any] | None) -> str | None:
    """What is wrong with a sample of the totals, if anything.

    Nine states add up to the total, so do the roll-ups; the total and every final state but unknown only grow.
    """
    states: Mapping[str, int] = sample["by_state"]
    if sum(states.values()) != sample["total_count"]:
        return f"the states add up to {sum(states.values())}, not to {sample['total_count']}"
    if sum(sample[name] for name in _ROLL_UPS) != sample["total_count"]:
        return "the roll-ups do not add up to the total"
    if min(states.values()) < 0:
        return "a negative count"
    if before is not None:
        if sample["total_count"] < before["total_count"]:
            return f"the total shrank from {before['total_count']} to {sample['total_count']}"
        earlier, now = _growing(before["by_state"]), _growing(states)
        shrunk = [name for name in _FINAL if now[name] < earlier[name]]
        if shrunk:
            return f"{shrunk[0]} shrank from {earlier[shrunk[0]]} to {now[shrunk[0]]}"
    return None


def _growing(states: Mapping[str, int]) -> dict[str, int]:
    """The states with ``sent`` as all that were sent, whatever a receipt made of them since."""
    return {**states, "sent": states["sent"] + states["delivered"] + states["undelivered"]}


class Sampler(threading.Thread):
    """Samples one mailing until stopped. ``wrong``: what did not balance, or an answer that must not be (500)."""

    def __init__(self, rest: Rest, mailing: int) -> None:
        super().__init__(name="sampler", daemon=True)
        self.samples = 0
        self.unavailable = 0
        self.wrong: list[str] = []
        self.latest: dict[str, Any] | None = None
        self._rest = rest
        self._mailing = mailing
        self._stopping = threading.Event()

    def run(self) -> None:
        """Sample."""
        while not self._stopping.wait(_PAUSE):
            self.sample()

    def sample(self) -> None:
        """Take one sample."""
        try:
            sample = statistics(self._rest, self._mailing)
        except Unavailable:
            self.unavailable += 1
            return
        except ClusterError as error:
            self.wrong.append(str(error))
            return
        self.samples += 1
        found = imbalance(sample, self.latest)
        if found:
            self.wrong.append(found)
        self.latest = sample

    def stop(self) -> None:
        """End, after the sample that is being taken."""
        self._stopping.set()
        self.join(30)
