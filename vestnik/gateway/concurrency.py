"""How many requests to have in flight: as many as the gateway's latency needs, and no more than help.

With a slow gateway each request more is a message more per round trip. With a fast one the processor is the limit, and
a message costs less the fewer connections it is one of: what libcurl and the kernel know of them stays in the
processor's caches. The two differ in whether the sender has to wait (``docs/decisions/concurrency.md``).
"""

import contextlib
import os

#: Requests in flight that are always allowed: answers and new requests still come in handfuls.
MIN = 32
#: Seconds of sending from which one judges.
_JUDGED = 0.05
#: Shares of the time spent waiting: below the first the processor is the limit, above the second the gateway is.
_BUSY, _WAITING = 0.03, 0.12
#: It grows faster than it shrinks: a few requests too many cost less than a few too few.
_LESS, _MORE = 0.8, 1.5
#: What the thread that opens it has had of the processors and waited for them, in nanoseconds (proc(5), schedstat).
_SCHEDULED = "/proc/thread-self/schedstat"


class ConcurrencyLimit:
    """Follows the gateway: shrinks while the sender never waits, grows while it does. One thread.

    Args:
        most: requests in flight, at most; it begins there.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._least = min(MIN, most)
        #: Requests in flight that are allowed now.
        self.now = most
        self._since: float | None = None
        self._waited = 0.0

    def note_wait(self, seconds: float, *, until: float, reached: bool) -> None:
        """The sender waited for the network.

        Args:
            seconds: how long.
            until: when that ended, in seconds of a monotonic clock.
            reached: as many requests were in flight as are allowed. If not, a wait says nothing about the limit.
        """
        if not reached:
            self._since = None
            return
        if self._since is None:
            self._since, self._waited = until - seconds, 0.0
        self._waited += seconds
        judged = until - self._since
        if judged < _JUDGED:
            return
        share = self._waited / judged
        if share < _BUSY:
            self.now = max(self._least, int(self.now * _LESS))
        elif share > _WAITING:
            self.now = min(self._most, int(self.now * _MORE))
        self._since = None


class ProcessorQueue:
    """How long a thread has waited for a processor: on a busy machine a wait for the network ends with one of those.

    Belongs to the thread that asks first.
    """

    _file: int | None = None

    def seconds(self) -> float:
        """All the time so far; 0 where the kernel does not count it."""
        if self._file is None:
            self._file = _opened(_SCHEDULED)
        return int(os.pread(self._file, 64, 0).split(b" ")[1]) / 1e9 if self._file >= 0 else 0.0

    def close(self) -> None:
        """Ask no more."""
        if self._file is not None and self._file >= 0:
            os.close(self._file)
        self._file = -1


def _opened(path: str) -> int:
    with contextlib.suppress(OSError):
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return -1
